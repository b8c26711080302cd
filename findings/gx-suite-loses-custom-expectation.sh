#!/usr/bin/env bash
# great-expectations 1.24.1: a stored suite whose custom expectation is not imported drops it, and passes.
#
# A suite is kept as JSON and names a custom expectation by its type. A process that loads the suite without having imported
# the class logs that it was not found, with a traceback, goes on with the rest, and its validation says success. Define suites
# in code, or assert that statistics["evaluated_expectations"] is the number that was defined.
#
# Seen, one suite of two expectations on one frame, of which one cell breaks the custom one:
#   class imported: success False, 2 expectations evaluated
#   class not imported: success True, 1 expectations evaluated
#   expect_price_below_ten not found
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON311:-python3.11}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check great-expectations==1.24.1 pandas==2.3.3
export GX_ANALYTICS_ENABLED=false
cd "$folder"

cat >house_rules.py <<'END'
from great_expectations.expectations import ExpectColumnMaxToBeBetween


class ExpectPriceBelowTen(ExpectColumnMaxToBeBetween):
    max_value: float = 10
END
cat >validate.py <<'END'
import sys

import great_expectations as gx
import pandas as pd

if sys.argv[1] != "not imported":
    import house_rules
stored = gx.get_context(mode="file", project_root_dir="project")
if sys.argv[1] == "define":
    rules = [gx.expectations.ExpectColumnToExist(column="price"), house_rules.ExpectPriceBelowTen(column="price")]
    stored.suites.add(gx.ExpectationSuite("prices", expectations=rules))
    sys.exit()
context = gx.get_context(mode="ephemeral")
context.variables.progress_bars = {"globally": False}
batch = context.data_sources.add_pandas("frames").add_dataframe_asset("day").add_batch_definition_whole_dataframe("whole")
found = batch.get_batch({"dataframe": pd.DataFrame({"price": [5, 50]})}).validate(stored.suites.get("prices"))
print(f"class {sys.argv[1]}: success {found.success}, {found.statistics['evaluated_expectations']} expectations evaluated")
END
for case in define imported "not imported"; do venv/bin/python -W ignore validate.py "$case" 2>>errors; done | tee seen
grep -om1 'expect_price_below_ten not found' errors
diff - seen <<'END' || { echo "gx-suite-loses-custom-expectation: no longer so: see the difference above" >&2; exit 1; }
class imported: success False, 2 expectations evaluated
class not imported: success True, 1 expectations evaluated
END
