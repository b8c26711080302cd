#!/usr/bin/env bash
# duckdb 2.0.0 reading a Parquet file of pyarrow 25.0.1: rows with NaN are there, and cannot be found.
#
# In DuckDB NaN is a value, equal to itself and greater than all others. Parquet's statistics leave NaN out, and DuckDB prunes
# by them: a filter that only NaN meets finds nothing, max() answers from the footer. The same rows in a table, or in a file
# that DuckDB wrote (which then has no statistics), give the other answer. pyarrow writes statistics by default, so counts of
# NaN in a lake are wrong without an error, isnan(x) in the WHERE included. What helps: a table in between, or count(*) FILTER
# (WHERE ...).
#
# Seen, x of 0.1, NaN, 0.4:
#   written by pyarrow: 0 rows where x > 0.5, 0 rows where isnan(x), 1 by FILTER, max(x) 0.4
#   in a table:         1 rows where x > 0.5, 1 rows where isnan(x), 1 by FILTER, max(x) nan
#   written by duckdb:  1 rows where x > 0.5, 1 rows where isnan(x), 1 by FILTER, max(x) nan
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON311:-python3.11}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check duckdb==2.0.0 pyarrow==25.0.1
cd "$folder"
venv/bin/python - <<'END' | tee seen
import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

pq.write_table(pa.table({"x": [0.1, float("nan"), 0.4]}), "pyarrow.parquet")
duckdb.sql("CREATE TABLE rows_here AS FROM 'pyarrow.parquet'")
duckdb.sql("COPY rows_here TO 'duckdb.parquet'")
for what, source in {
    "written by pyarrow:": "'pyarrow.parquet'", "in a table:": "rows_here", "written by duckdb:": "'duckdb.parquet'"
}.items():

    def ask(question, source=source):
        return duckdb.sql(question.replace("SOURCE", source)).fetchall()[0][0]

    print(
        f"{what:19}",
        f"{ask('SELECT count(*) FROM SOURCE WHERE x > 0.5')} rows where x > 0.5,",
        ask("SELECT count(*) FROM SOURCE WHERE isnan(x)"), "rows where isnan(x),",
        ask("SELECT count(*) FILTER (WHERE isnan(x)) FROM SOURCE"), "by FILTER,",
        f"max(x) {ask('SELECT max(x) FROM SOURCE')}",
    )
END
diff - seen <<'END' || { echo "duckdb-loses-nan-of-parquet: no longer so: see the difference above" >&2; exit 1; }
written by pyarrow: 0 rows where x > 0.5, 0 rows where isnan(x), 1 by FILTER, max(x) 0.4
in a table:         1 rows where x > 0.5, 1 rows where isnan(x), 1 by FILTER, max(x) nan
written by duckdb:  1 rows where x > 0.5, 1 rows where isnan(x), 1 by FILTER, max(x) nan
END
