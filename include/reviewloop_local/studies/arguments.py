"""What studies are asked on the command line: a review file, how much to draw, and whether the documents get the tables."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from reviewloop_local.errors import LocalError
from reviewloop_local.sample.dataset import require_dataset


class Count(NamedTuple):
    """How much of something is drawn."""

    default: int
    what: str
    least: int = 1


def parser_of(name: str, about: str, counts: Mapping[str, Count], page: str | None) -> argparse.ArgumentParser:
    """Of the study ``make name``; ``page`` is the file under ``docs/`` that its tables go to, ``None`` where they go to none."""
    parser = argparse.ArgumentParser(prog=f"make {name}", description=about.partition("\n")[0], allow_abbrev=False)
    parser.add_argument("--csv", type=Path, help="a review file with Kaggle's columns; without it, made-up sample reviews")
    for count, (default, what, _) in counts.items():
        parser.add_argument(f"--{count}", type=int, default=default, help=f"{what}; default: %(default)s")
    if page is not None:
        parser.add_argument("--docs", action="store_true", help=f"also write the tables into docs/{page}")
    return parser


def read(parser: argparse.ArgumentParser, counts: Mapping[str, Count], arguments: list[str] | None) -> argparse.Namespace:
    """The command line, checked. Leaves with one line, as ``argparse`` does, at a value that is not allowed."""
    chosen = parser.parse_args(arguments)
    if chosen.csv and not chosen.csv.is_file():
        parser.error(f"--csv: {chosen.csv} is not a file; give the path of the review file, quoted if it holds spaces")
    for name, count in counts.items():
        if getattr(chosen, name) < count.least:
            parser.error(f"--{name}: {getattr(chosen, name)} is not allowed; give {count.least} or more")
    if not chosen.csv:
        try:
            require_dataset("give a file of its reviews: --csv FILE")
        except LocalError as error:
            parser.error(str(error))
    return chosen
