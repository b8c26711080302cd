#!/usr/bin/env bash
# skops 0.16.0: the safe file of a TF-IDF model is over 20 times the size of joblib's, unless asked to compress.
#
# skops keeps the vocabulary as JSON, an object of several lines for every word with its type, module and loader, in a zip that
# does not compress by default. A model whose numbers take 80 KB is 3 MB, a vocabulary of a million words 600 MB.
# compression=zipfile.ZIP_DEFLATED makes it smaller than joblib's.
#
# Seen, 5,001 words:
#   joblib 135 KB
#   skops 3212 KB, of it schema.json 3131 KB
#   skops, deflated 73 KB
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON311:-python3.11}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check skops==0.16.0 scikit-learn==1.9.1 joblib==1.6.0
cd "$folder"
venv/bin/python - <<'END'
import os
import sys
import zipfile

import joblib
import skops.io
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

texts = [f"w{place} w{place + 1} w{place * 7 % 5000}" for place in range(5000)]
model = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(texts, [place % 2 for place in range(5000)])
joblib.dump(model, "model.joblib")
skops.io.dump(model, "model.skops")
skops.io.dump(model, "deflated.skops", compression=zipfile.ZIP_DEFLATED)
plain, whole, small = (os.path.getsize(name) for name in ("model.joblib", "model.skops", "deflated.skops"))
schema = zipfile.ZipFile("model.skops").getinfo("schema.json").file_size
print(f"joblib {plain / 1000:.0f} KB")
print(f"skops {whole / 1000:.0f} KB, of it schema.json {schema / 1000:.0f} KB")
print(f"skops, deflated {small / 1000:.0f} KB")
if not (whole > 10 * plain and schema > 0.9 * whole and small < plain):
    sys.exit("skops-text-model-is-mostly-json: no longer so: see the sizes above")
END
