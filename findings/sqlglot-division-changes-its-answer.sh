#!/usr/bin/env bash
# sqlglot 30.30.0: Athena's 7 / 2 is handed to DuckDB as it is, where the answer is 3.5 and not 3.
#
# Athena (Trino) divides two integers to an integer, DuckDB to a double. The other way round sqlglot knows it and adds a cast;
# from Athena it only does after annotate_types(), and only where it knows the types, so for columns without a schema never. A
# query that is tested on DuckDB in place of Athena passes with other numbers: shares of 0.5 here are 0 there. Write CAST(a AS
# DOUBLE) / b.
#
# Seen:
#   athena to duckdb: SELECT 7 / 2 -> 3.5
#   the same after annotate_types: SELECT CAST(TRUNC(7 / 2) AS BIGINT) -> 3
#   columns after annotate_types: SELECT a / b FROM t
#   duckdb to athena: SELECT CAST(7 AS DOUBLE) / 2
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON311:-python3.11}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check sqlglot==30.30.0 duckdb==2.0.0
cd "$folder"
venv/bin/python - <<'END' | tee seen
import duckdb
import sqlglot
from sqlglot.optimizer.annotate_types import annotate_types


def answer(sql):
    return duckdb.sql(sql).fetchall()[0][0]


(plain,) = sqlglot.transpile("SELECT 7 / 2", read="athena", write="duckdb")
typed = annotate_types(sqlglot.parse_one("SELECT 7 / 2", read="athena"), dialect="athena").sql("duckdb")
columns = annotate_types(sqlglot.parse_one("SELECT a / b FROM t", read="athena"), dialect="athena").sql("duckdb")
print(f"athena to duckdb: {plain} -> {answer(plain)}")
print(f"the same after annotate_types: {typed} -> {answer(typed)}")
print(f"columns after annotate_types: {columns}")
print("duckdb to athena:", *sqlglot.transpile("SELECT 7 / 2", read="duckdb", write="athena"))
END
diff - seen <<'END' || { echo "sqlglot-division-changes-its-answer: no longer so: see the difference above" >&2; exit 1; }
athena to duckdb: SELECT 7 / 2 -> 3.5
the same after annotate_types: SELECT CAST(TRUNC(7 / 2) AS BIGINT) -> 3
columns after annotate_types: SELECT a / b FROM t
duckdb to athena: SELECT CAST(7 AS DOUBLE) / 2
END
