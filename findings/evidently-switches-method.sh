#!/usr/bin/env bash
# evidently 0.7.23: one reference row more turns drift into no drift.
#
# ValueDrift without a method takes the Kolmogorov-Smirnov p-value up to 1,000 reference rows and a normed Wasserstein
# distance from 1,001 on. Not only the verdict may change: a low p-value means drift, a low distance means none, so a chart
# or a limit on `value` turns round on the day on which the reference grows past 1,000. Name the method and the threshold.
#
# Seen:
#   1000 reference rows: K-S p_value, value 0.043, FAIL
#   1001 reference rows: Wasserstein distance (normed), value 0.086, SUCCESS
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

rng = np.random.default_rng(7)
reference = pd.DataFrame({"x": rng.normal(size=1500)})
current = pd.DataFrame({"x": rng.normal(size=1500)})
columns = DataDefinition(numerical_columns=["x"])
seen = []
for num_rows in (1000, 1001):
    report = Report([ValueDrift(column="x")], include_tests=True).run(
        Dataset.from_pandas(current, data_definition=columns),
        Dataset.from_pandas(reference.head(num_rows), data_definition=columns),
    )
    found = json.loads(report.json())
    method = found["tests"][0]["description"].split("method is ")[1].split(". ")[0]
    status, value = found["tests"][0]["status"], found["metrics"][0]["value"]
    print(f"{num_rows} reference rows: {method}, value {value:.3f}, {status}")
    seen.append((method, status))
if seen != [("K-S p_value", "FAIL"), ("Wasserstein distance (normed)", "SUCCESS")]:
    sys.exit(f"evidently-switches-method: no longer so: {seen}")
END
