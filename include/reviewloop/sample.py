"""Take a sample of the curated reviews: ``python -m reviewloop sample stratified --by department --size 200 --to sample.csv``.

Each text once, and none of the sealed test part: what people read there would no longer be an exam. The file has a row a review,
with how likely it was to be taken and for how many it stands (mean 1); on standard output comes how well the sample stands for the
rows it was taken from. The same reviews and options give the same sample. A text that a spreadsheet would take for a formula has an
apostrophe in front, as in ``query``. Exit status: 0 done, 1 failed, 2 misused.
"""

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from pydantic import ValidationError

from reviewloop.config import SamplingConfig
from reviewloop.config.features.sampling import NEEDS, Method
from reviewloop.core.days import require_day
from reviewloop.errors import ReviewloopError

if TYPE_CHECKING:
    import pandas as pd

    from reviewloop.core.sampling.representativeness import Representativeness


def _parser() -> argparse.ArgumentParser:
    layout = argparse.RawDescriptionHelpFormatter
    methods = "\n".join(f"  {name:14} needs {', '.join(needed)}" for name, needed in NEEDS.items())
    told = "The first four have no probabilities: they say nothing of the reviews that were not taken, and warn."
    parser = argparse.ArgumentParser(
        prog="python -m reviewloop sample", description=__doc__, formatter_class=layout, epilog=f"methods:\n{methods}\n{told}"
    )
    parser.add_argument("method", choices=[name for kind in get_args(Method) for name in get_args(kind)], metavar="method")
    parser.add_argument("--size", type=float, help="rows, or a share of them (at most 1)")
    parser.add_argument("--seed", type=int, default=0, help="another seed takes others (default: 0)")
    parser.add_argument("--by", metavar="GROUP", help="sentiment, day, or a facet of the dataset such as department")
    parser.add_argument("--weights", action="append", type=_pair, metavar="VALUE=NUMBER", help="of a row with this value; else 1")
    parser.add_argument("--target", action="append", type=_pair, metavar="VALUE=SHARE", help="that the sample is to stand for")
    parser.add_argument("--clip", type=float, metavar="TIMES", help="cut weights beyond so many times their mean")
    parser.add_argument("--quotas", action="append", type=_pair, metavar="VALUE=ROWS", help="rows with this value")
    parser.add_argument("--review-ids", action="append", type=int, metavar="ID", help="a review that you choose, or to begin from")
    parser.add_argument("--day", help="curated days up to this one (default: all)")
    parser.add_argument("--to", type=Path, default=Path("sample.csv"), metavar="FILE", help="default: sample.csv")
    return parser


def _pair(text: str) -> tuple[str, float]:
    value, sign, number = text.rpartition("=")
    try:
        if not sign:
            raise ValueError
        return value, float(number)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not VALUE=NUMBER, such as Dresses=2") from None


def main(arguments: Sequence[str]) -> int:
    """Take the sample that ``arguments`` ask for; returns the exit status."""
    parser = _parser()
    chosen = vars(parser.parse_args(arguments))
    day, target = chosen.pop("day"), chosen.pop("to")
    if target.is_dir():
        parser.error(f"--to: {target} is a folder; name a file in it")
    try:
        plan = SamplingConfig(**{name: _plain(value) for name, value in chosen.items() if value is not None})
    except ValidationError as error:
        parser.error("; ".join(map(_fault, error.errors(include_url=False))))
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    from reviewloop.query import csv_for_people

    try:
        taken, table = _sample(day and require_day(day, "--day"), plan)
    except ReviewloopError as error:
        sys.stderr.write(" ".join(str(error).split()) + "\n")
        return 1
    for note in table.notes:
        sys.stderr.write(f"note: {note}\n")
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(csv_for_people(taken), encoding="utf-8")
        temporary.replace(target)
    except OSError as error:
        sys.stderr.write(f"--to: {target}: {error.strerror}\n")
        return 1
    finally:
        temporary.unlink(missing_ok=True)
    sys.stdout.write(f"{shown(table)}\n{target}: {len(taken):,} of {table.num_offered:,} reviews\n")
    return 0


def _fault(error: Any) -> str:
    """With the option's name, where the words do not say it."""
    words, option = error["msg"].removeprefix("Value error, "), "".join(map(str, error["loc"][:1]))
    return words if not option or option in words else f"--{option.replace('_', '-')}: {words} (found {error['input']})"


def _plain(value: Any) -> Any:
    """Repeated VALUE=NUMBER as a mapping, anything else as it is."""
    return dict(value) if isinstance(value, list) and isinstance(value[0], tuple) else value


def _sample(day: str | None, plan: SamplingConfig) -> "tuple[pd.DataFrame, Representativeness]":
    import pandas as pd

    from reviewloop.adapters.catalog import glue
    from reviewloop.config import load_config
    from reviewloop.core.dataset.provenance import SAMPLED
    from reviewloop.core.dataset.snapshots import snapshot_dtypes, split_snapshot
    from reviewloop.core.sampling.plan import sampled
    from reviewloop.errors import NothingToDo
    from reviewloop.steps.features._selecting import curated_rows

    config = load_config()
    found = [one for one in glue.partitions("reviews") if day is None or one.day <= day]
    if not found:
        raise NothingToDo("no curated reviews yet" if day is None else f"no curated reviews up to {day}")
    curated = curated_rows({one.day: one.batch for one in found}, config.contract)
    shares, landed_at = config.features.split, {one.day: one.landed_at for one in found}
    parts = split_snapshot(curated, config.contract, shares.validation, shares.test, landed_at, shares.future_days).parts
    offered = pd.concat([part for name, part in parts.items() if name in ("train", "validation")], ignore_index=True)
    taken, table = sampled(offered, config.contract, plan)
    return taken[[*snapshot_dtypes(config.contract), *SAMPLED]], table


def shown(table: "Representativeness") -> str:
    """The table of a sample as text, its verdict below."""
    import pandas as pd

    from reviewloop.query import written

    rows = [
        {
            "group": one.facet,
            "value": one.value,
            "rows": one.num_offered,
            "share": round(one.share, 4),
            "taken": one.num_taken,
            "estimate": round(one.estimate, 4),
            "interval": f"{one.low:.4f} to {one.high:.4f}",
            "verdict": one.verdict,
        }
        for one in table.standings
    ]
    worth = f"{table.num_taken:,} rows, worth {table.effective_size:,.0f} equally weighted ones."
    return f"{written(pd.DataFrame(rows), 'table')}{worth} {table.in_words()}"
