#!/usr/bin/env bash
# pyarrow 25.0.1 and duckdb 2.0.0: one folder of Parquet files is two different tables.
#
# Hive's (and Athena's, and Spark's) readers skip files whose name begins with an underscore or a dot: half-written files,
# markers, notes. pyarrow does too, DuckDB's glob reads them as data. And pyarrow makes a number of the partition store=007,
# DuckDB a text, so a join on it matches in one and not in the other. Keep what is no data out of the folder, and give the
# partitions' types: hive_types in DuckDB, partitioning=... in pyarrow.
#
# Seen, one folder with store=007/part.parquet (id 1) and store=007/_draft.parquet (id 2):
#   pyarrow: [{'id': 1, 'store': 7}]
#   duckdb:  [{'id': 1, 'store': '007'}, {'id': 2, 'store': '007'}]
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON311:-python3.11}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check duckdb==2.0.0 pyarrow==25.0.1
cd "$folder"
venv/bin/python - <<'END' | tee seen
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

Path("lake/store=007").mkdir(parents=True)
pq.write_table(pa.table({"id": [1]}), "lake/store=007/part.parquet")
pq.write_table(pa.table({"id": [2]}), "lake/store=007/_draft.parquet")
print("pyarrow:", pq.read_table("lake").to_pylist())
rows = duckdb.sql("SELECT id, store FROM read_parquet('lake/*/*.parquet', hive_partitioning=true) ORDER BY id").fetchall()
print("duckdb: ", [dict(zip(("id", "store"), row)) for row in rows])
END
diff - seen <<'END' || { echo "hive-folder-is-two-tables: no longer so: see the difference above" >&2; exit 1; }
pyarrow: [{'id': 1, 'store': 7}]
duckdb:  [{'id': 1, 'store': '007'}, {'id': 2, 'store': '007'}]
END
