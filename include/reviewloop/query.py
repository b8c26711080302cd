"""Ask the lake: ``python -m reviewloop query "SELECT day, count(*) AS num_rows FROM reviews GROUP BY day"``.

Runs one SELECT through Athena and prints its result, or writes it as Parquet. Reads only. Exit status: 0 done, 1 failed, 2 misused.
"""

import argparse
import logging
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from reviewloop.errors import ReviewloopError

if TYPE_CHECKING:
    import pandas as pd

MAX_CELL = 60
"""Characters of a cell that a table shows."""


def _parser() -> argparse.ArgumentParser:
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="python -m reviewloop query", description=__doc__, formatter_class=layout)
    parser.add_argument("sql", help="one SELECT in Athena's dialect; tables: reviews, predictions, and what was crawled")
    parser.add_argument("--format", choices=("table", "csv", "json"), default="table", help="default: table")
    parser.add_argument("--limit", type=int, default=100, metavar="ROWS", help="at most this many rows; 0: all (default: 100)")
    parser.add_argument("--to-parquet", metavar="URI", help="write the rows under this fresh s3:// prefix, print the files' URIs")
    return parser


def main(arguments: Sequence[str]) -> int:
    """Run the query that ``arguments`` hold; returns the exit status."""
    parser = _parser()
    chosen = parser.parse_args(arguments)
    if chosen.limit < 0:
        parser.error("--limit: must be 0 (all) or more")
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    from reviewloop.adapters.lake import athena, unload
    from reviewloop.core.lake.statements import select_only

    try:
        if chosen.to_parquet:
            uris = unload.statement_to_parquet("query", select_only(chosen.sql, chosen.limit or None), chosen.to_parquet)
            sys.stdout.write("".join(f"{uri}\n" for uri in uris))
            return 0
        frame = athena.run("query", select_only(chosen.sql, chosen.limit + 1 if chosen.limit else None))
    except ReviewloopError as error:
        sys.stderr.write(" ".join(str(error).split()) + "\n")
        return 1
    shown = frame.head(chosen.limit) if chosen.limit else frame
    sys.stdout.write(written(shown, chosen.format))
    if len(shown) < len(frame):
        sys.stderr.write(f"only the first {len(shown)} rows; --limit 0 gives all\n")
    return 0


def written(frame: "pd.DataFrame", form: str) -> str:
    """The frame as text: an aligned ``table`` (numbers to the right), ``csv``, or ``json`` (one object a line)."""
    if form == "csv":
        return frame.to_csv(index=False)
    if form == "json":
        return str(frame.to_json(orient="records", lines=True, force_ascii=False)) if len(frame) else ""
    from pandas.api.types import is_numeric_dtype

    columns = []
    for name in map(str, frame.columns):
        missing = frame[name].isna()
        cells = [name, *("" if gap else _cell(value) for value, gap in zip(frame[name], missing, strict=True))]
        width = max(map(len, cells))
        number = is_numeric_dtype(frame[name])
        columns.append([cell.rjust(width) if number else cell.ljust(width) for cell in [cells[0], "-" * width, *cells[1:]]])
    return "".join("  ".join(line).rstrip() + "\n" for line in zip(*columns, strict=True))


def _cell(value: object) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= MAX_CELL else text[: MAX_CELL - 3] + "..."
