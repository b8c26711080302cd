"""``make bench-data``: a day of 20 thousand, 200 thousand and 2 million reviews on its way into the lake.

Each step runs in a process of its own, on an S3 of its own; the rows are drawn anew from real or sample reviews. ``--against``
takes another commit's whole ingest in turns with ours. Exit status 1 where an aim is missed.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from reviewloop_local.bench_data import ingest, report, rows
from reviewloop_local.bench_data.costs import Cost
from reviewloop_local.errors import LocalError
from reviewloop_local.generated import put
from reviewloop_local.loop.own_stack import own_stack
from reviewloop_local.loop.run import make_buckets
from reviewloop_local.stack.home import PROJECT_ROOT

SIZES: Final = (20_000, 200_000, 2_000_000)
_FIRST_DAY: Final = date(2026, 1, 1)


def main() -> int:
    """Exit status."""
    parser = argparse.ArgumentParser(prog="python -m reviewloop_local.bench_data", description=__doc__)
    parser.add_argument("--csv", type=Path, help="a review file with the sample's columns; without it, made-up reviews")
    parser.add_argument("--rows", type=int, nargs="+", default=SIZES, help="sizes of the day (default: %(default)s)")
    parser.add_argument("--against", default="", help="a commit of this repository, whose ingest is run in turns with ours")
    parser.add_argument("--docs", action="store_true", help="also write the tables into docs/benchmarks.md")
    chosen = parser.parse_args()
    if chosen.csv and not chosen.csv.is_file():
        parser.error(f"--csv: {chosen.csv} is not a file; give the path of the review file, quoted if it holds spaces")
    if min(chosen.rows) < 1000:
        parser.error(f"--rows: {min(chosen.rows)} is not allowed; give 1000 or more, or the gates refuse the day")
    try:
        return _bench(chosen)
    except LocalError as error:
        print(f"reviewloop: {error}", file=sys.stderr)
        return 1


def _bench(chosen: argparse.Namespace) -> int:
    pool, sizes = rows.read_pool(chosen.csv), sorted(set(chosen.rows))
    costs: dict[str, dict[int, Cost]] = {}
    plain: dict[str, dict[int, Cost]] = {}
    before: dict[int, list[Cost]] = {}
    with tempfile.TemporaryDirectory(prefix="reviewloop-bench-") as folder, _checked_out(chosen.against) as include:
        for at, size in enumerate(sizes):
            path = Path(folder) / "reviews.csv"
            rows.write_delivery(pool, size, path)
            for step, cost in ingest.plain(path):
                plain.setdefault(step, {})[size] = cost
                _tell(size, step, cost)
            with own_stack() as stack:  # a lake for each size: no day of another one is its history
                stack.up_stores(lambda line: print(line, file=sys.stderr))
                make_buckets()
                days = [(_FIRST_DAY + timedelta(days=10 * at + turn)).isoformat() for turn in range(2)]
                if include is not None:
                    ingest.deliver(path, days[0])
                    before[size] = [_sum(ingest.ingest(days[0], include), size)]
                ingest.deliver(path, days[1])
                for step, cost in ingest.ingest(days[1], has_features=size <= ingest.MAX_FEATURE_ROWS):
                    costs.setdefault(step, {})[size] = cost
                    _tell(size, step, cost)
    tables = report.markdown(costs, plain, before, chosen.against)
    print(tables)
    if chosen.docs:
        told = " ".join(map(str, sizes))
        what = f'make bench-data{" CSV=..." if chosen.csv else ""} ROWS="{told}"'
        put("benchmarks.md", f"{what}{f' AGAINST={chosen.against}' if chosen.against else ''} DOCS=1", tables)
    return 1 if report.missed(costs, plain, before) else 0


def _sum(found: Iterator[tuple[str, Cost]], size: int) -> Cost:
    steps = {}
    for step, cost in found:
        steps[step] = {size: cost}
        _tell(size, f"{step} before", cost)
    return report.whole(steps)[size]


def _tell(size: int, step: str, cost: Cost) -> None:
    line = f"{size:>9,}  {step:<24} {cost.seconds:7.2f} s  {cost.processor:7.2f} s of a core  {cost.peak_mb:6,.0f} MB"
    print(line, file=sys.stderr, flush=True)


@contextmanager
def _checked_out(commit: str) -> Iterator[Path | None]:
    """The folder ``include`` of the commit, in a working tree that goes with the block; none without a commit."""
    if not commit:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="reviewloop-bench-") as folder:
        tree = Path(folder) / "tree"
        _git("worktree", "add", "--detach", str(tree), commit)
        try:
            yield tree / "include"
        finally:
            _git("worktree", "remove", "--force", str(tree))


def _git(*arguments: str) -> None:
    done = subprocess.run(["git", *arguments], cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)  # noqa: S603, S607
    if done.returncode:
        raise LocalError(f"--against: git {arguments[0]}: {done.stderr.strip().splitlines()[-1]}")


if __name__ == "__main__":
    raise SystemExit(main())
