"""How long a page on the table ``metrics`` takes with a year behind it: ``python -m reviewloop_local.bench_pages``.

The days are generated and lie in a lake of their own. A page is read from the lake and made as the web server makes it, then drawn
by Chromium, from its address to the last plot in sight. Exit status 1 where a page that is asked for again takes a second or more.
"""

import argparse
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

import pandas as pd

from reviewloop.adapters.monitoring import metrics
from reviewloop.core.monitoring.metrics.rows import rows_of
from reviewloop.pages.dashboards.days import Days
from reviewloop.pages.dashboards.menu import DASHBOARDS
from reviewloop.pages.links import Link
from reviewloop_local.bench_pages.browsing import SCRIPTS, chromium, photograph, seconds_to_plots, served
from reviewloop_local.bench_pages.days import verdicts
from reviewloop_local.loop.own_stack import own_stack
from reviewloop_local.loop.run import make_buckets

T = TypeVar("T")
LIMIT_SECONDS: Final = 1.0
_REPORT: Final = "/reports/{}.html"


@dataclass(frozen=True)
class Took:
    """Seconds of one page: the table read by a server that has it, the page made, drawn on a browser's first visit, and again."""

    read: float
    made: float
    first: float
    again: float

    @property
    def together(self) -> float:
        """Of a page that is asked for again, from the lake to the last plot in sight."""
        return self.read + self.made + self.again


def main() -> int:
    """Exit status."""
    parser = argparse.ArgumentParser(prog="python -m reviewloop_local.bench_pages", description=__doc__)
    parser.add_argument("--days", type=int, default=365, help="generated days behind each page (default: 365)")
    parser.add_argument("--pictures", type=Path, help="folder for a picture of each page, light and dark, 1500 and 420 wide")
    chosen = parser.parse_args()
    with own_stack() as stack:
        stack.up_stores(lambda line: print(line, file=sys.stderr))
        make_buckets()
        for verdict in verdicts(chosen.days):
            rows = rows_of(verdict, "generated", _REPORT.format(verdict["day"]))
            metrics.publish(metrics.standing(verdict["day"]), rows, {})
        table, cold = _timed(lambda: metrics.read(chosen.days))
        read = _timed(lambda: metrics.read(chosen.days))[1]
        print(f"{chosen.days} days, {len(table):,} rows: read in {cold:.2f} s by a web server that has just started")
    for name in DASHBOARDS:  # a server that has made pages before has its templates and libraries at hand
        _made(table, name)
    made = {name: _timed(partial(_made, table, name)) for name in DASHBOARDS}
    with served({name: page for name, (page, _) in made.items()}) as address, chromium() as browser:
        drawn = {name: seconds_to_plots(browser, f"{address}/{name}") for name in made}
        if chosen.pictures:
            photograph(browser, address, list(made), chosen.pictures)
    took = {name: Took(read, seconds, *drawn[name]) for name, (_, seconds) in made.items()}
    sys.stdout.write(written(took))
    return int(any(one.together >= LIMIT_SECONDS for one in took.values()))


def written(took: Mapping[str, Took]) -> str:
    """A table in Markdown, a row a page."""
    head = "| page | read | made | drawn on the first visit | drawn again | together, again |\n|---|---|---|---|---|---|\n"
    return head + "".join(
        f"| {name} | {one.read:.2f} s | {one.made:.2f} s | {one.first:.2f} s | {one.again:.2f} s | {one.together:.2f} s |\n"
        for name, one in took.items()
    )


def _timed(call: Callable[[], T]) -> tuple[T, float]:
    started = time.perf_counter()
    found = call()
    return found, time.perf_counter() - started


def _made(table: pd.DataFrame, name: str) -> str:
    hrefs = {str(day): _REPORT.format(day) for day in table["day"].unique()}
    return DASHBOARDS[name].make(Days(table, hrefs), [Link(one.told, key) for key, one in DASHBOARDS.items()], SCRIPTS)


if __name__ == "__main__":
    sys.exit(main())
