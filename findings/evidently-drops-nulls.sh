#!/usr/bin/env bash
# evidently 0.7.23: a column that has gone missing is no drift, until its very last value is gone.
#
# Nulls are dropped before drift is measured. A feed in which 399 of 400 values are null is judged by the one that is left,
# here the reference's own median: SUCCESS. With the 400th null there is no verdict at all: the report raises. So a share of
# nulls must be watched beside drift, by another metric or another gate.
#
# Seen:
#   399 of 400 null: p-value 1.000, SUCCESS
#   400 of 400 null: ValueError: An empty column 'x' was provided for drift calculation in the current dataset.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON311:-python3.11}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check evidently==0.7.23 pandas==2.3.3 numpy==2.4.6
"$folder/venv/bin/python" -W ignore - <<'END'
import json
import sys

import numpy as np
import pandas as pd
from evidently import DataDefinition, Dataset, Report
from evidently.metrics import ValueDrift

columns = DataDefinition(numerical_columns=["x"])
reference = pd.DataFrame({"x": np.random.default_rng(0).normal(size=500)})


def run(values):
    report = Report([ValueDrift(column="x", method="ks", threshold=0.05)], include_tests=True).run(
        Dataset.from_pandas(pd.DataFrame({"x": values}), data_definition=columns),
        Dataset.from_pandas(reference, data_definition=columns),
    )
    return json.loads(report.json())


found = run([reference["x"].median(), *[np.nan] * 399])
status = found["tests"][0]["status"]
print(f"399 of 400 null: p-value {found['metrics'][0]['value']:.3f}, {status}")
if status != "SUCCESS":
    sys.exit(f"evidently-drops-nulls: no longer so: 399 nulls of 400 are {status}")
try:
    run([np.nan] * 400)
except ValueError as error:
    print(f"400 of 400 null: ValueError: {error}")
else:
    sys.exit("evidently-drops-nulls: no longer so: a column of nulls alone is judged")
END
