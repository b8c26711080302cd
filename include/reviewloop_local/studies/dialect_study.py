"""Are deliveries read as they were written? ``python -m reviewloop_local.studies.dialect_study [--csv FILE]``.

Writes the same random days in many dialects, those of writers that enclose cells in quotes and those of exports that quote
nothing, and reads each as the contract's gate does. Exit status 0 only where no day is refused and every cell is as it was.
"""

import argparse
import csv
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from reviewloop.config import load_config
from reviewloop.core.delivery.parsing import parse_whole
from reviewloop.errors import DataRejected
from reviewloop_local.errors import LocalError
from reviewloop_local.sample.dataset import require_dataset
from reviewloop_local.sample.reviews import make_reviews

DAY_ROWS: Final = 200
Rows = pd.DataFrame


class Dialect(NamedTuple):
    """How a day is written: what becomes of its rows before, the file's name, and its bytes."""

    name: str
    file: str
    prepare: Callable[[Rows], Rows]
    write: Callable[[Rows], bytes]


def enclosing(delimiter: str, rule: int, end: str = "\n") -> Callable[[Rows], bytes]:
    """As RFC 4180: quotes around cells by the ``csv`` module's ``rule``, doubled inside."""

    def write(rows: Rows) -> bytes:
        text: str = rows.to_csv(index=False, sep=delimiter, quoting=rule, lineterminator=end)  # type: ignore[call-overload]
        return text.encode()

    return write


def bare(delimiter: str, end: str = "\n") -> Callable[[Rows], bytes]:
    """As an export of a database: cells and nothing around them."""

    def write(rows: Rows) -> bytes:
        cells = rows.astype(object).where(rows.notna(), "").astype(str)
        lines = [delimiter.join(line) for line in [list(rows), *cells.itertuples(index=False)]]
        return (end.join(lines) + end).encode()

    return write


def as_is(rows: Rows) -> Rows:
    """Texts keep their line ends."""
    return rows


def flat(*marks: str) -> Callable[[Rows], Rows]:
    """Line ends and ``marks`` inside of texts become blanks, as an export that quotes nothing must write them."""
    kept = {ord(mark): " " for mark in ("\r", "\n", *marks)}

    def prepare(rows: Rows) -> Rows:
        return rows.map(lambda cell: cell.translate(kept) if isinstance(cell, str) else cell)

    return prepare


# fmt: off
DIALECTS: Final = (
    Dialect("unquoted TSV", "day.tsv", flat("\t"), bare("\t")),
    Dialect("unquoted TSV, CRLF", "day.tsv", flat("\t"), bare("\t", "\r\n")),
    Dialect("unquoted, pipes", "day.csv", flat("|"), bare("|")),
    Dialect("unquoted, semicolons", "day.csv", flat(";"), bare(";")),
    Dialect("unquoted, commas", "day.csv", flat(","), bare(",")),
    Dialect("quoted CSV", "day.csv", as_is, enclosing(",", csv.QUOTE_MINIMAL)),
    Dialect("quoted CSV, every cell", "day.csv", as_is, enclosing(",", csv.QUOTE_ALL, "\r\n")),
    Dialect("quoted CSV, texts", "day.csv", as_is, enclosing(";", csv.QUOTE_NONNUMERIC)),
    Dialect("quoted TSV", "day.tsv", as_is, enclosing("\t", csv.QUOTE_MINIMAL)),
    Dialect("quoted TSV, flat texts", "day.tsv", flat("\t"), enclosing("\t", csv.QUOTE_MINIMAL)),
    Dialect("quoted TSV, every cell", "day.tsv", as_is, enclosing("\t", csv.QUOTE_ALL)),
    Dialect("quoted, pipes", "day.csv", as_is, enclosing("|", csv.QUOTE_MINIMAL)),
)
# fmt: on


def days(pool: Rows, num_days: int, seed: int = 1) -> Iterator[Rows]:
    """Days of ``DAY_ROWS`` rows drawn from ``pool``; every second one is numbered anew, the others keep ids in no order."""
    rng = np.random.default_rng(seed)
    for number in range(num_days):
        rows = pool.iloc[rng.choice(len(pool), DAY_ROWS, replace=False)].reset_index(drop=True)
        yield rows.assign(**{"": range(len(rows))}) if number % 2 else rows


def outcome(dialect: Dialect, rows: Rows) -> str:
    """What became of the day: ``exact``, ``refused``, ``merged`` or ``split`` (other rows than written), or ``changed`` cells."""
    config, written = load_config(), dialect.prepare(rows)
    try:
        found, read, _ = parse_whole(dialect.file, dialect.write(written), config.contract, config.dataset.limits)
    except DataRejected:
        return "refused"
    if found.num_landed != len(rows):
        return "merged" if found.num_landed < len(rows) else "split"
    return "exact" if _same(read, written, config.contract.headers()) else "changed"


def _same(read: Rows, written: Rows, headers: dict[str, str]) -> bool:
    """Whether the accepted rows are those written, cell by cell; a row without a text is set aside."""
    wanted = [row for row in written[list(headers.values())].itertuples(index=False) if _cell(row[list(headers).index("text")])]
    found = read[list(headers)].itertuples(index=False)
    return [[_cell(cell) for cell in row] for row in wanted] == [[_cell(cell) for cell in row] for row in found]


def _cell(value: Any) -> str:
    return str(value) if pd.notna(value) and str(value).strip() else ""


def main(arguments: list[str] | None = None) -> int:
    """Print, for every dialect, how many days were read exactly and what became of the others."""
    parser = argparse.ArgumentParser(prog="python -m reviewloop_local.studies.dialect_study", description=__doc__.splitlines()[0])
    parser.add_argument("--csv", type=Path, help="a review file with Kaggle's columns; without it, made-up sample reviews")
    parser.add_argument("--days", type=int, default=500, help="days to write in every dialect; default: %(default)s")
    chosen = parser.parse_args(arguments)
    try:
        require_dataset("the dialects are written of its columns: leave REVIEWLOOP_PROFILE unset")
    except LocalError as error:
        parser.error(str(error))
    pool = pd.read_csv(chosen.csv).rename(columns={"Unnamed: 0": ""}) if chosen.csv else make_reviews()
    print(f"{'dialect':<26}{'days':>6}{'exact':>8}{'changed':>9}{'merged':>8}{'split':>7}{'refused':>9}")
    failed = False
    for dialect in DIALECTS:
        found = Counter(outcome(dialect, rows) for rows in days(pool, chosen.days))
        failed |= found["exact"] != chosen.days
        told = [found[word] for word in ("exact", "changed", "merged", "split", "refused")]
        print("{:<26}{:>6}{:>8}{:>9}{:>8}{:>7}{:>9}".format(dialect.name, chosen.days, *told), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
