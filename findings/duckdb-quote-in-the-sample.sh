#!/usr/bin/env bash
# duckdb 2.0.0: whether a quote in a tab-separated file is a letter depends on the row in which the first one stands.
#
# read_csv guesses the quote from its first 20,480 rows. A review that begins with a quote and another, 7 rows later, that ends
# with one are read as one cell over 8 lines, so 7 rows are gone without an error, if they stand within the sample. The same two
# cells after it are letters, and all rows arrive. Giving the delimiter, the header and the types changes nothing: give quote=''
# (or quote='"') too. pandas takes such quotes as quotes wherever they stand.
#
# Seen, 40,000 rows, the first quote in row
#   1000: duckdb 39993 rows, pandas 39993
#   30000: duckdb 40000 rows, pandas 39993
#   1000, quote='': duckdb 40000 rows
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON311:-python3.11}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check duckdb==2.0.0 pandas==2.3.3
cd "$folder"
venv/bin/python - <<'END' | tee seen
import duckdb
import pandas as pd


def count(name, more=""):
    given = r"delim='\t', header=true, columns={'id': 'INTEGER', 'title': 'VARCHAR', 'price': 'INTEGER'}"
    return duckdb.sql(f"SELECT count(*) FROM read_csv('{name}', {given}{more})").fetchall()[0][0]


for first in (1000, 30000):
    rows = [f"{number}\tnice {number}\t{number % 50}" for number in range(1, 40_001)]
    rows[first - 1] = f'{first}\t"Comfy\t10'
    rows[first + 6] = f'{first + 7}\tvery good"\t10'
    with open(f"{first}.tsv", "w") as file:
        file.write("\n".join(["id\ttitle\tprice", *rows]) + "\n")
    print(f"{first}: duckdb {count(f'{first}.tsv')} rows, pandas {len(pd.read_csv(f'{first}.tsv', sep=chr(9)))}")
print(f"1000, quote='': duckdb {count('1000.tsv', more=', quote=' + chr(39) * 2)} rows")
END
diff - seen <<'END' || { echo "duckdb-quote-in-the-sample: no longer so: see the difference above" >&2; exit 1; }
1000: duckdb 39993 rows, pandas 39993
30000: duckdb 40000 rows, pandas 39993
1000, quote='': duckdb 40000 rows
END
