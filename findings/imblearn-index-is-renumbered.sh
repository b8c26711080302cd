#!/usr/bin/env bash
# imbalanced-learn 0.14.2: of three samplers that keep whole rows, one keeps the frame's index and two number it anew.
#
# RandomUnderSampler gives the rows with the index they had. RandomOverSampler and TomekLinks, with the same fit_resample(X, y),
# give 0, 1, 2, ... So a join by index to the ids, the texts or the weights works with the one, and after a change of the
# sampler it fits other rows to them, without an error where the old index is 0 to n-1 as well. Go by sample_indices_, which
# holds positions in all three.
#
# Seen, an index of 101 to 105:
#   RandomUnderSampler index [105, 103, 102, 104] positions [4, 2, 1, 3]
#   RandomOverSampler index [0, 1, 2, 3, 4, 5] positions [0, 1, 2, 3, 4, 1]
#   TomekLinks index [0, 1, 2, 3] positions [1, 2, 3, 4]
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON311:-python3.11}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check imbalanced-learn==0.14.2 scikit-learn==1.9.1 pandas==2.3.3
"$folder/venv/bin/python" - <<'END'
import sys

import pandas as pd
from imblearn.over_sampling import RandomOverSampler
from imblearn.under_sampling import RandomUnderSampler, TomekLinks

rows = pd.DataFrame({"length": [1.0, 2.0, 3.0, 4.0, 5.0]}, index=[101, 102, 103, 104, 105])
labels = pd.Series([0, 1, 0, 1, 0], index=rows.index)
kept = {}
for sampler in (RandomUnderSampler(random_state=0), RandomOverSampler(random_state=0), TomekLinks()):
    name, taken = type(sampler).__name__, sampler.fit_resample(rows, labels)[0]
    print(name, "index", list(taken.index), "positions", sampler.sample_indices_.tolist())
    kept[name] = list(taken.index) == list(rows.index[sampler.sample_indices_])
if kept != {"RandomUnderSampler": True, "RandomOverSampler": False, "TomekLinks": False}:
    sys.exit(f"imblearn-index-is-renumbered: no longer so: index kept {kept}")
END
