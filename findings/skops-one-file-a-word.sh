#!/usr/bin/env bash
# skops 0.16.0 with scikit-learn 1.9.1: a vectoriser that has max_features is saved with a file for every word.
#
# Without max_features scikit-learn numbers the words with Python's integers, and skops writes them into its schema. With it, also
# where it leaves all words in, the numbers come out of a NumPy array; skops takes each for an array and gives it a member of its own.
# Nothing is wrong in the answers, so small tests see nothing; with 50,000 words the archive has 50,000 members, takes many
# times as long to write and read, and meets whatever limit somebody has put on the members of an archive. What helps is
# vectoriser.vocabulary_ = {word: int(place) for word, place in vectoriser.vocabulary_.items()} before saving.
#
# Seen, 2,000 words:
#   max_features=None: numbers are int, 2 members
#   max_features=2000: numbers are int64, 2002 members
#   its numbers made Python's again: 2 members
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON311:-python3.11}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check skops==0.16.0 scikit-learn==1.9.1 numpy==2.4.6
cd "$folder"
venv/bin/python -W ignore - <<'END' | tee seen
import io
import zipfile

import skops.io
from sklearn.feature_extraction.text import TfidfVectorizer

WORDS = [f"word{number}" for number in range(2000)]


def members(vectoriser):
    return len(zipfile.ZipFile(io.BytesIO(skops.io.dumps(vectoriser))).namelist())


for most in (None, 2000):
    vectoriser = TfidfVectorizer(max_features=most).fit([" ".join(WORDS)])
    kind = type(next(iter(vectoriser.vocabulary_.values()))).__name__
    print(f"max_features={most}: numbers are {kind}, {members(vectoriser)} members")
vectoriser.vocabulary_ = {word: int(place) for word, place in vectoriser.vocabulary_.items()}
print(f"its numbers made Python's again: {members(vectoriser)} members")
END
diff - seen <<'END' || { echo "skops-one-file-a-word: no longer so: see the difference above" >&2; exit 1; }
max_features=None: numbers are int, 2 members
max_features=2000: numbers are int64, 2002 members
its numbers made Python's again: 2 members
END
