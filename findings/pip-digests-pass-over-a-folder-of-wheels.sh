#!/usr/bin/env bash
# pip 26.3 (and 23.2.1): a lock with digests makes pip take the lower version.
#
# A folder of wheels (--find-links) holds tool 1.0+cpu, an index page states the digest of tool 1.0, as PyPI's pages do, and the lock
# takes either file: tool==1.0 with both digests. Without digests pip takes 1.0+cpu, the higher version and the one at hand; with
# --require-hashes it takes 1.0 from the index, because only a link that states an allowed digest counts as allowed, and a file of a
# folder states none before it is read. Nothing says so. This is how a machine that has torch's CPU build in a folder downloads 2.5 GB
# of CUDA as soon as its lock gets digests.
#
# Seen:
#   without digests: tool-1.0+cpu-py3-none-any.whl
#   with both digests: tool-1.0-py3-none-any.whl
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON311:-python3.11}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check pip==26.3
cat >"$folder/make.py" <<'END_PYTHON'
import base64
import hashlib
import sys
from pathlib import Path
from zipfile import ZipFile

folder = Path(sys.argv[1])


def wheel(place: Path, version: str) -> str:
    place.mkdir()
    info = f"tool-{version}.dist-info"
    files = {
        "tool.py": f"VERSION = {version!r}\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: tool\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: by hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    for name, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        record += f"{name},sha256={digest},{len(text)}\n"
    path = place / f"tool-{version}-py3-none-any.whl"
    with ZipFile(path, "w") as archive:
        for name, text in {**files, f"{info}/RECORD": f"{record}{info}/RECORD,,\n"}.items():
            archive.writestr(name, text)
    return hashlib.sha256(path.read_bytes()).hexdigest()


plain, cpu = wheel(folder / "index", "1.0"), wheel(folder / "at_hand", "1.0+cpu")
(folder / "index" / "links.html").write_text(f'<a href="tool-1.0-py3-none-any.whl#sha256={plain}">tool 1.0</a>')
(folder / "lock.txt").write_text(f"tool==1.0 --hash=sha256:{plain} --hash=sha256:{cpu}\n")
END_PYTHON
"$folder/venv/bin/python" "$folder/make.py" "$folder"
take() {
    env -u PIP_FIND_LINKS PIP_CONFIG_FILE=/dev/null "$folder/venv/bin/pip" download -q --disable-pip-version-check --no-index --no-deps \
        --find-links "$folder/at_hand" --find-links "file://$folder/index/links.html" --dest "$1" "${@:2}"
    (cd "$1" && ls)
}
{
    echo "without digests: $(take "$folder/without" tool==1.0)"
    echo "with both digests: $(take "$folder/with" --require-hashes -r "$folder/lock.txt")"
} | tee "$folder/told"
expected="without digests: tool-1.0+cpu-py3-none-any.whl
with both digests: tool-1.0-py3-none-any.whl"
[ "$(cat "$folder/told")" = "$expected" ] || { echo "pip-digests-pass-over-a-folder-of-wheels: no longer so, see above" >&2; exit 1; }
