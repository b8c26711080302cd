"""``make bench-orchestration``: the whole training DAG beside a plain script that does the same steps, and an unchanged one.

In turns, on a stack of its own that goes with it. Exit status 1 where an aim is missed.
"""

import argparse
import sys
from pathlib import Path

from reviewloop_local.bench_orchestration import report
from reviewloop_local.bench_orchestration.turns import prepared
from reviewloop_local.errors import LocalError
from reviewloop_local.generated import put
from reviewloop_local.loop.own_stack import own_stack


def main() -> int:
    """Exit status."""
    parser = argparse.ArgumentParser(prog="python -m reviewloop_local.bench_orchestration", description=__doc__)
    parser.add_argument("--csv", type=Path, help="a review file with the sample's columns; without it, made-up reviews")
    parser.add_argument("--rounds", type=int, default=3, help="trainings of each (default: %(default)s)")
    parser.add_argument("--unchanged", type=int, default=5, help="runs that find nothing to do (default: %(default)s)")
    parser.add_argument("--profile", default="", help="of the configuration (default: local for a file, else sample)")
    parser.add_argument("--docs", action="store_true", help="also write the tables into docs/benchmarks.md")
    chosen = parser.parse_args()
    if chosen.csv and not chosen.csv.is_file():
        parser.error(f"--csv: {chosen.csv} is not a file; give the path of the review file, quoted if it holds spaces")
    if chosen.rounds < 1 or chosen.unchanged < 1:
        parser.error("--rounds, --unchanged: give 1 or more")
    try:
        return _bench(chosen)
    except LocalError as error:
        print(f"reviewloop: {error}", file=sys.stderr)
        return 1


def _bench(chosen: argparse.Namespace) -> int:
    profile = chosen.profile or ("local" if chosen.csv else "sample")
    dags, scripts, unchanged = [], [], []
    with own_stack(profile) as stack:
        bench = prepared(stack, chosen.csv)
        for _ in range(chosen.unchanged):
            unchanged.append(bench.as_dag(force=False))
            _tell(f"unchanged: {unchanged[-1].seconds:.2f} s")
        nothing = bench.as_script(force=False)
        for turn in range(chosen.rounds):
            scripts.append(bench.as_script(force=True))
            dags.append(bench.as_dag(force=True))
            _tell(f"round {turn + 1}: script {scripts[-1].seconds:.1f} s, DAG {dags[-1].seconds:.1f} s")
    found = report.Found(dags, scripts, unchanged, nothing)
    tables = report.markdown(found)
    print(tables)
    if chosen.docs:
        told = f"ROUNDS={chosen.rounds} {f'PROFILE={chosen.profile} ' if chosen.profile else ''}DOCS=1"
        put("benchmarks.md", f"make bench-orchestration {'CSV=... ' if chosen.csv else ''}{told}", tables)
    return 1 if report.missed(found) else 0


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
