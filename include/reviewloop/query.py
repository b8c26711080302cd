"""Ask the lake: ``python -m reviewloop query "SELECT day, count(*) AS num_rows FROM reviews GROUP BY day"``.

Runs one SELECT through Athena and prints its result, or writes it as Parquet. It reads the lake's own tables, and Athena's
functions that compute, and nothing else. Without a statement it lists the tables,
their columns and two statements to begin with. Exit status: 0 done, 1 failed, 2 misused.
"""

import argparse
import logging
import re
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from reviewloop.errors import ReviewloopError
from reviewloop.settings import settings

if TYPE_CHECKING:
    import pandas as pd

    from reviewloop.adapters.catalog.tables import Column

EXAMPLES: Final = (
    "SELECT day, department, count(*) AS num_low FROM reviews WHERE rating <= 2 GROUP BY day, department ORDER BY day, num_low",
    "SELECT r.day, r.rating, p.prediction, r.text FROM reviews r JOIN predictions p ON r.review_id = p.review_id AND r.day = p.day",
    "SELECT day, count(*) AS num_rows, avg(rating) AS rating FROM reviews GROUP BY day ORDER BY day",
)
"""What a listing shows: the first two that its tables can answer."""

_ENGINE: Final = re.compile(r"\s*(Candidate (?:bindings|functions)|Did you mean|LINE \d+:).*", re.DOTALL)
"""What DuckDB, the engine of the local lake, adds to its reason: its own names and files."""

MAX_LIMIT: Final = 2**31
"""Rows; one more is of no type that the engine's LIMIT has."""
MAX_CELL = 60
"""Characters of a cell that a table shows."""


def _parser() -> argparse.ArgumentParser:
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="python -m reviewloop query", description=__doc__, formatter_class=layout)
    parser.add_argument("sql", nargs="?", default="", help="one SELECT in Athena's dialect; none: list tables and columns")
    parser.add_argument(
        "--format",
        choices=("table", "csv", "json"),
        default="table",
        help="default: table. In csv a text that a spreadsheet would take for a formula (it begins with = + - @ or a tab) has an "
        "apostrophe in front, as OWASP advises; numbers stay numbers, and json has every text as it is",
    )
    parser.add_argument("--limit", type=int, default=100, metavar="ROWS", help="at most this many rows; 0: all (default: 100)")
    parser.add_argument("--to-parquet", metavar="URI", help="write the rows under this fresh s3:// prefix, print the files' URIs")
    return parser


def main(arguments: Sequence[str]) -> int:
    """Run the query that ``arguments`` hold; returns the exit status."""
    parser = _parser()
    chosen = parser.parse_args(arguments)
    if not 0 <= chosen.limit < MAX_LIMIT:
        parser.error(f"--limit: {chosen.limit} is no number of rows; give 0 (all) or more, below {MAX_LIMIT:,}")
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    from reviewloop.adapters.catalog import athena, tables, unload
    from reviewloop.core.lake.query_check import check_query
    from reviewloop.core.lake.statements import select_only

    logging.getLogger("sqlglot").setLevel(logging.ERROR)  # of a statement that it reads in part it warns; we refuse it
    try:
        if not chosen.sql.strip():
            sys.stdout.write(listing(tables.list_tables()))
            return 0
        statement = select_only(chosen.sql, chosen.limit + 1 if chosen.limit and not chosen.to_parquet else chosen.limit or None)
        known = {name: [column.name for column in columns] for name, columns in tables.list_tables().items()}
        check_query(statement, known, settings().database)
        if chosen.to_parquet:
            uris = unload.statement_to_parquet("query", statement, chosen.to_parquet)
            sys.stdout.write("".join(f"{uri}\n" for uri in uris))
            return 0
        frame = athena.run("query", statement)
    except ReviewloopError as error:
        sys.stderr.write(" ".join(_ENGINE.sub("", str(error)).split()) + "\n")
        return 1
    shown = frame.head(chosen.limit) if chosen.limit else frame
    sys.stdout.write(written(shown, chosen.format))
    if len(shown) < len(frame):
        sys.stderr.write(f"only the first {len(shown)} rows; --limit 0 gives all\n")
    return 0


def listing(tables: Mapping[str, Sequence["Column"]]) -> str:
    """Every table with its columns, types and comments, then two statements that these tables can answer."""
    from reviewloop.core.lake.query_check import check_query
    from reviewloop.errors import PermanentError

    if not tables:
        return "The lake has no table yet: the first ingested day makes `reviews`.\n"
    lines = []
    for name, columns in tables.items():
        widths = [max(len(column.name) for column in columns), max(len(column.type) for column in columns)]
        lines += [name, *(f"  {item.name:<{widths[0]}}  {item.type:<{widths[1]}}  {item.comment}".rstrip() for item in columns), ""]
    examples = []
    for sql in EXAMPLES:
        try:
            check_query(sql, {name: [column.name for column in columns] for name, columns in tables.items()}, settings().database)
        except PermanentError:
            continue  # of a table that is not there yet
        examples.append(f"  {sql}")
    return "\n".join([*lines, *(["To begin with:", *examples[:2]] if examples else [])]).rstrip() + "\n"


def written(frame: "pd.DataFrame", form: str) -> str:
    """The frame as text: an aligned ``table`` (numbers to the right), ``csv``, or ``json`` (one object a line)."""
    if form == "csv":
        return csv_for_people(frame)
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


def csv_for_people(frame: "pd.DataFrame") -> str:
    """The frame as CSV whose cells and header no spreadsheet takes for formulas; numbers stay numbers."""
    from reviewloop.core.formulas import defused

    safe = frame.rename(columns=lambda name: defused(str(name)))
    return safe.map(lambda cell: defused(cell) if isinstance(cell, str) else cell).to_csv(index=False)


def _cell(value: object) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= MAX_CELL else text[: MAX_CELL - 3] + "..."
