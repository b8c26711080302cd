#!/usr/bin/env bash
# model-signing 1.1.1 with sigstore 4.5.1: installed as its requirements say, it cannot be imported.
#
# `model_signing.signing` imports OpenSSL (the package pyOpenSSL) for signing with certificates, and names it nowhere among its
# requirements; older versions of sigstore brought it along, 4.5.1 does not any more. `pip check` finds nothing broken. So a program that
# signs with a plain key, which needs no OpenSSL, fails at its first import after an upgrade of sigstore: name pyopenssl yourself.
#
# Seen:
#   pip check: No broken requirements found.
#   import: ModuleNotFoundError: No module named 'OpenSSL'
#   with pyopenssl: imported
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON311:-python3.11}" -m venv "$folder/venv"
python="$folder/venv/bin/python"
"$python" -m pip install -q --disable-pip-version-check model-signing==1.1.1 sigstore==4.5.1 cryptography==50.0.2
imported() { "$python" -c 'import model_signing; print("imported")' 2>&1 | tail -n 1; }
{
    echo "pip check: $("$python" -m pip --disable-pip-version-check check)"
    echo "import: $(imported)"
    "$python" -m pip install -q --disable-pip-version-check pyopenssl==26.4.0
    echo "with pyopenssl: $(imported)"
} | tee "$folder/told"
expected="pip check: No broken requirements found.
import: ModuleNotFoundError: No module named 'OpenSSL'
with pyopenssl: imported"
[ "$(cat "$folder/told")" = "$expected" ] || { echo "model-signing-imports-pyopenssl-undeclared: no longer so, see above" >&2; exit 1; }
