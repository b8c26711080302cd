#!/usr/bin/env bash
# great-expectations 1.24.1: a column without a value passes `mostly=1`, and a suite without an expectation passes too.
#
# Column-map expectations leave nulls out of the count, so `mostly` is the share of the values that are there. Where none is,
# nothing is unexpected and the result is success, with "success_percent" 100. An empty suite is success as well, with
# "success_percent" None. So every column needs its own ExpectColumnValuesToNotBeNull, and a gate must count what was evaluated.
#
# Seen:
#   between 1 and 5, mostly=1, on 5 nulls: success True, 5 missing, 0 unexpected
#   a suite without expectations: success True, 0 evaluated
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON311:-python3.11}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check great-expectations==1.24.1 pandas==2.3.3
export GX_ANALYTICS_ENABLED=false
"$folder/venv/bin/python" -W ignore - <<'END'
import sys

import great_expectations as gx
import pandas as pd

context = gx.get_context(mode="ephemeral")
context.variables.progress_bars = {"globally": False}
batches = context.data_sources.add_pandas("frames").add_dataframe_asset("day").add_batch_definition_whole_dataframe("whole")
batch = batches.get_batch({"dataframe": pd.DataFrame({"rating": pd.Series([None] * 5, dtype="float64")})})

rule = gx.expectations.ExpectColumnValuesToBeBetween(column="rating", min_value=1, max_value=5, mostly=1)
nulls = batch.validate(gx.ExpectationSuite("nulls", expectations=[rule]))
counts = nulls.results[0].result
print(
    f"between 1 and 5, mostly=1, on 5 nulls: success {nulls.success}, {counts['missing_count']} missing, "
    f"{counts['unexpected_count']} unexpected"
)
empty = batch.validate(gx.ExpectationSuite("empty", expectations=[]))
print(f"a suite without expectations: success {empty.success}, {empty.statistics['evaluated_expectations']} evaluated")
if not (nulls.success and empty.success):
    sys.exit("gx-nothing-to-check-passes: no longer so: see the two lines above")
END
