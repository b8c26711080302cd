"""Do the fast ways through a day say what the plain ones say? ``python -m reviewloop_local.studies.engine_study [--tables 1000]``.

Draws deliveries of everything that cells can hold (gaps, words for gaps, ``-0.0``, numbers beyond 64 bits, foreign digits, times
with zones, ties, NUL, quotes, line ends, characters that show nothing) in every dialect, and as JSON Lines, and has each

- parsed column by column and row by row: the same counts, the same bytes of accepted and quarantined rows, or the same refusal;
- judged by Great Expectations on the whole frame, and on what was counted piece by piece (one table in ``GX_ONE_IN``: it takes a
  second): the same verdicts in the same words.

Exit status 0 only where none of them differs.
"""

import argparse
import csv
import io
import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import pandas as pd

from reviewloop.adapters.expectations import reviews
from reviewloop.adapters.expectations.suites import Check, run_suite
from reviewloop.adapters.expectations.tallied import questions_of
from reviewloop.adapters.lake.frames import ParquetFile, from_parquet
from reviewloop.config import Column, load_config
from reviewloop.contracts import load_contract
from reviewloop.core.delivery.parsing import QUARANTINE, parse_reviews
from reviewloop.core.quality.rows import Rows, rows_of
from reviewloop.core.quality.tally import tally
from reviewloop.errors import DataRejected

DAY: Final = "2026-03-14"
GX_ONE_IN: Final = 25
_JSON_SHARE: Final = 0.15
_LARGE_ONE_IN, _LARGE_ROWS, _MAX_ROWS = 50, 25_000, 60
_QUOTING: Final[tuple[Literal[0, 1, 2, 3], ...]] = (csv.QUOTE_MINIMAL, csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC)
# fmt: off
_INTEGERS: Final = (
    "0", "1", "2", "3", "4", "5", "17", "43", "120", "121", "-1", "-0", "+5", "007", " 7 ", "5.0", "-0.0", "1e3", "5.5", "",
    "9223372036854775807", "9223372036854775808", "1234567890123456789", "\u0663", "\u00bd", "\uff15",
)
_TEXTS: Final = (
    "", " ", "nan", " NULL ", r"\N", "-", "N/A", "General", "Tops", "Dresses", "\u200b", "\u3164", "\u00a0", "\x7f", "x\0y",
    "It fits, and I love it so much.", 'She said "wow", twice.', '"', "it's", "Two\nlines", "Mac\rline", "DOS\r\nline",
    "tab\there; and | there", "caf\u00e9 \u201cquoted\u201d", "\u0130stanbul", "STRASSE \u00df", "\U0001f457", "e\u0301",
    "2026-03-29T02:30:00+02:00", "2026-03-29 02:30 Europe/Vienna", "\ufeffmark", "=1+1", " outer blanks ",
)
# fmt: on


@dataclass(frozen=True)
class Outcome:
    """What became of a file: what was counted and the bytes of both Parquet files, or why it was refused."""

    told: str
    accepted: bytes = b""
    quarantine: bytes = b""


def draw(rng: np.random.Generator, num_rows: int) -> tuple[str, bytes]:
    """A delivery's name and bytes."""
    columns = list(load_contract().columns)
    odd = float(rng.choice([0.0, 0.02, 0.3]))
    rows = [[column.column for column in columns]]
    rows += [[_cell(rng, column, place, odd) for column in columns] for place in range(num_rows)]
    if rng.random() < _JSON_SHARE:
        return "a.jsonl", _json_lines(rng, rows)
    if rng.random() < 0.2:
        rows = [[*row, str(rng.choice(_TEXTS))] for row in rows]
        rows[0][-1] = "Extra"
    if rng.random() < 0.1 and num_rows:
        rows[int(rng.integers(1, len(rows)))].append("one more")
    name, delimiter = ("a.tsv", "\t") if rng.random() < 0.3 else ("a.csv", str(rng.choice([",", ";", "|"])))
    end = str(rng.choice(["\n", "\r\n", "\r"]))
    quoting = _QUOTING[int(rng.integers(len(_QUOTING)))]
    sink = io.StringIO()
    if rng.random() < 0.2:  # nothing encloses a cell
        bare = [[cell.translate({ord(char): " " for char in f"{delimiter}\r\n"}) for cell in row] for row in rows]
        sink.write("".join(delimiter.join(row) + end for row in bare))
    else:
        csv.writer(sink, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(rows)
    text = sink.getvalue()
    text = text.removesuffix(end) if rng.random() < 0.2 else text
    text = text.replace(end, end * 2, 1) if rng.random() < 0.1 else text
    return name, (b"\xef\xbb\xbf" if rng.random() < 0.2 else b"") + text.encode()


def _json_lines(rng: np.random.Generator, rows: list[list[str]]) -> bytes:
    """The rows as objects: integers mostly as numbers, some keys left out, here and there another value or no JSON at all."""
    kinds, odd = [column.type for column in load_contract().columns], float(rng.choice([0.0, 0.0, 0.02]))
    lines = []
    for row in rows[1:]:
        cells: list[Any] = [
            int(cell) if kind == "integer" and cell.isdecimal() and cell.isascii() else cell
            for kind, cell in zip(kinds, row, strict=True)
        ]
        if rng.random() < odd:
            cells[int(rng.integers(len(cells)))] = (None, 5.5, True, ["a"], {"b": 1}, 2**70, "\ud800")[int(rng.integers(7))]
        item = {key: cell for key, cell in zip(rows[0], cells, strict=True) if rng.random() > odd}
        lines.append("{not json" if rng.random() < odd else json.dumps(item, ensure_ascii=bool(rng.random() < 0.5 or odd)))
    return "".join(f"{line}\n" for line in lines).encode()


def _cell(rng: np.random.Generator, column: Column, place: int, odd: float) -> str:
    if rng.random() < odd:
        return str(rng.choice(_INTEGERS if column.type == "integer" else _TEXTS))
    if column.role == "key":
        return str(place if rng.random() < 0.999 else rng.integers(0, place + 1))
    if column.type == "integer":
        low, high = column.range
        return str(rng.integers(low or 0, (high or 500) + 1))
    if column.categories:
        return str(rng.choice(column.categories))
    return f"{rng.choice(_TEXTS)} {rng.choice(['fits', 'is too small', 'I love it'])} {place}"


def outcome(name: str, data: bytes, *, by_columns: bool) -> Outcome:
    """The file through the parser, column by column or row by row."""
    contract, limits = load_contract(), load_config().dataset.limits
    with tempfile.TemporaryDirectory() as folder:
        paths = Path(folder) / "accepted", Path(folder) / "quarantine"
        try:
            with ParquetFile(paths[0], contract.dtypes()) as accepted, ParquetFile(paths[1], QUARANTINE) as quarantine:
                found = parse_reviews(
                    name, io.BytesIO(data), contract, limits, accepted.write, quarantine.write, by_columns=by_columns
                )
        except DataRejected as refused:
            return Outcome(refused.reason)
        return Outcome(repr(found), *(path.read_bytes() for path in paths))


def verdicts(accepted: pd.DataFrame, piece_rows: int = 0) -> tuple[Check, ...]:
    """What the suite of the accepted rows says: of the whole frame, or with ``piece_rows`` counted in pieces of so many."""
    config = load_config()
    suite = reviews.accepted_expectations(config.quality, config.contract)
    if not piece_rows:
        return run_suite("accepted", reviews.accepted_view(accepted), suite, DAY).checks
    whole = rows_of(accepted)
    plain = pd.concat([*whole.pieces()]) if len(accepted) else whole.head
    cut = Rows(whole.head, lambda: (plain.iloc[first : first + piece_rows] for first in range(0, len(plain), piece_rows)))
    seen = cut.seen_as(reviews.accepted_view)
    return run_suite("accepted", seen.head, suite, DAY, answers=tally(questions_of(suite), seen.pieces())).checks


def differing(num_tables: int, seed: int = 0) -> Iterator[str]:
    """What differs, a line each."""
    for number in range(num_tables):
        rng = np.random.default_rng([seed, number])
        large = number % _LARGE_ONE_IN == _LARGE_ONE_IN - 1
        name, data = draw(rng, _LARGE_ROWS if large else int(rng.integers(0, _MAX_ROWS)))
        columns, rows = (outcome(name, data, by_columns=by_columns) for by_columns in (True, False))
        if columns != rows:
            yield f"table {number}: parsed otherwise: {columns.told[:200]} / {rows.told[:200]}"
        if number % GX_ONE_IN == 0 and rows.accepted:
            yield from _judged_otherwise(number, from_parquet(rows.accepted), int(rng.integers(1, 40)))


def _judged_otherwise(number: int, accepted: pd.DataFrame, piece_rows: int) -> Iterator[str]:
    for whole, counted in zip(verdicts(accepted), verdicts(accepted, piece_rows), strict=True):
        if whole != counted:
            yield f"table {number}: judged otherwise: {counted} / {whole}"


def main(arguments: list[str] | None = None) -> int:
    """Print what differs."""
    parser = argparse.ArgumentParser(prog="python -m reviewloop_local.studies.engine_study", description=__doc__.splitlines()[0])
    parser.add_argument("--tables", type=int, default=1000, help="tables to draw; default: %(default)s")
    chosen = parser.parse_args(arguments)
    found = 0
    for line in differing(chosen.tables):
        found += 1
        print(line, flush=True)
    print(f"{chosen.tables} tables parsed both ways, one in {GX_ONE_IN} judged both ways: {found} differ")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
