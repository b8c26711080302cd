"""``make rollout-demo [CSV=...]``: does a rollout let a good version through, and does each fault come back by its own guard?

Trains on a cut of the reviews (once; the model is kept), starts S3, Glue, Athena, MLflow and the endpoint for itself, and lets
customers come with the reviews of later days, whose stars are known a while later. The sealed part is in none of it. Exit status 0
only where the good challenger passed all stages, every planted one came back by the guard that exists for its fault, and no
customer was left without an answer. The pages of the rollouts lie in the folder that the last line names.
"""

import argparse
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import httpx
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from reviewloop.config import load_config
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.texts import model_text
from reviewloop.errors import ReviewloopError
from reviewloop.models.cores import num_cores
from reviewloop_local.endpoint_process import EndpointProcess
from reviewloop_local.errors import LocalError
from reviewloop_local.loop.display import new_console
from reviewloop_local.loop.own_stack import own_stack
from reviewloop_local.loop.run import make_buckets
from reviewloop_local.rollout_demo import planted
from reviewloop_local.rollout_demo.customers import LABEL_SECONDS
from reviewloop_local.rollout_demo.plan import demo_plan
from reviewloop_local.rollout_demo.replayed import Replay, Review, replay
from reviewloop_local.rollout_demo.trained import trained
from reviewloop_local.rollout_demo.trial import Ended, Trial, crown, register, try_out
from reviewloop_local.stack.home import Home, home_from

CHAMPION_POINTS: Final = 0.03
WORSE_POINTS: Final = 0.05
"""Share of the reviews that the one which is made worse gets wrong beside the others."""
MOST_FELT: Final = 1500
"""Of the customers' reviews, those that the faults are sized on."""
FOLLOW_SECONDS: Final = 0.5
LOAD: Final = 0.3
"""Of what the endpoint could answer one after the other on all cores: the customers, the shadow and Athena share them."""
MOST_A_SECOND: Final = 40.0
NUM_TIMED: Final = 40


def demo(csv: Path | None, home: Home, console: Console) -> list[str]:
    """All of it; returns what should have been otherwise."""

    def say(line: str) -> None:
        console.print(f"  {line}", soft_wrap=True, markup=False)

    kept, pages = home.root / "rollout-demo" / "models", home.root / "rollout-demo" / "pages"
    with own_stack() as stack:
        config = load_config()
        console.print("[bold]Models[/]  one training; all challengers, and the champion, are made of it")
        days = replay(csv, config)
        sound = trained(days, config, kept, say)
        begun = time.monotonic()
        champion, trials = planned(days, sound, stack.home.work / "planted", say)
        console.print("\n[bold]Stack[/]  S3, Glue, Athena, MLflow and an endpoint, for this demonstration alone")
        stack.up_stores(say)
        make_buckets()
        with _served(stack.ports.serve, stack.home.logs / "serve.log") as endpoint:
            endpoint.wait_for(crown(register(champion)).number)
            rate = bearable(endpoint, days.later)
            course = demo_plan(config.rollout, 3600 * rate)
            say(f"{rate:.0f} customers a second, whose stars are known {LABEL_SECONDS:g} s later")
            for line in course.told:
                say(line)
            found = []
            for seed, trial in enumerate(trials):
                ends = f"comes back by guard {trial.guard}" if trial.guard else "is promoted"
                console.print(f"\n[bold]{escape(trial.name)}[/]  {escape(trial.what)}; it {ends}")
                found.append(try_out(trial, course, endpoint, days.later, rate, seed, say))
        show(found, console)
        keep(found, pages)
        console.print(f"\n{time.monotonic() - begun:.0f} s after the training; the rollouts' pages: {pages}", soft_wrap=True)
    return [line for one in found for line in one.problems]


def planned(days: Replay, sound: Path, scratch: Path, say: Callable[[str], None]) -> tuple[Path, list[Trial]]:
    """A champion that is a little poorer than ``sound``; that one as the good challenger, then one with each fault, made of it.

    Faults are sized on what the customers will write: one of five points on a few hundred other reviews may be two on theirs.
    """
    scratch.mkdir(parents=True, exist_ok=True)
    written = days.later[:MOST_FELT]
    texts = [model_text(one.title, one.text) for one in written]
    labels = [SENTIMENTS.index(one.sentiment) for one in written]
    head = planted.read_head(sound, texts, labels)
    was, left = head.accuracy, planted.worse(head, scratch / "champion", CHAMPION_POINTS)
    say(f"right on {was:.1%} of the reviews that the customers will write; the champion that it is to follow, {left:.1%}")
    found = [Trial("good", f"right on {100 * (was - left):.0f} of 100 reviews more than the champion", sound, "")]
    for guard, plant in planted.BY_GUARD.items():
        plant(sound, scratch / plant.__name__, texts)
        what = (plant.__doc__ or "").strip().rstrip(".")
        found.append(Trial(plant.__name__.replace("_", " "), what[0].lower() + what[1:], scratch / plant.__name__, guard))
    left = planted.worse(head, scratch / "worse", WORSE_POINTS)
    what = f"answers everything, and is right on {100 * (was - left):.0f} of 100 reviews fewer"
    return scratch / "champion", [*found, Trial("worse", what, scratch / "worse", "quality")]


def _served(port: int, log: Path) -> EndpointProcess:
    command = [sys.executable, "-m", "reviewloop.serving", "--port", str(port), "--follow-seconds", str(FOLLOW_SECONDS)]
    return EndpointProcess(command, port, log, os.environ)


def bearable(endpoint: EndpointProcess, reviews: Sequence[Review]) -> float:
    """Requests a second that leave the endpoint room for a shadow."""
    with httpx.Client(base_url=endpoint.url, timeout=30) as http:
        began = time.monotonic()
        for number, review in enumerate(reviews[:NUM_TIMED]):
            http.post("/predict", json=review.body(f"warm-{number}")).raise_for_status()
        return min(MOST_A_SECOND, LOAD * num_cores() * NUM_TIMED / (time.monotonic() - began))


def show(found: Sequence[Ended], console: Console) -> None:
    """A row a challenger."""
    columns = ("challenger", "ended", "in stage", "by guard", "s", "requests", "by it", "labels", "failed", "back within, s")
    table = Table(*columns, title="Rollouts")
    for one in found:
        mark = "[red]✗[/]" if one.problems else "[green]✓[/]"
        back = "-" if one.decision != "back" else f"{one.back_seconds or 0:.1f}"
        table.add_row(
            f"{mark} {one.trial.name}", one.decision, one.stage, one.guard or "-", f"{one.seconds:.0f}", str(len(one.seen.answers)),
            str(len(one.by_challenger)), str(one.seen.num_labels), str(one.seen.num_failed), back,
        )  # fmt: skip
    console.print(table)


def keep(found: Sequence[Ended], pages: Path) -> None:
    """Each rollout's page, in the place of an earlier demonstration's."""
    shutil.rmtree(pages, ignore_errors=True)
    pages.mkdir(parents=True)
    for number, one in enumerate(found, 1):
        (pages / f"{number}-{one.trial.name.replace(' ', '-')}.html").write_bytes(one.page)


def main(arguments: list[str] | None = None) -> int:
    """Print the table, and what went wrong."""
    parser = argparse.ArgumentParser(prog="make rollout-demo", description=__doc__)
    parser.add_argument("--csv", default="", help="a review file with Kaggle's columns; without it, made-up sample reviews")
    chosen, console = parser.parse_args(arguments), new_console()
    os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "WARNING")  # it tells of every version that it waits for
    try:
        wrong = demo(Path(chosen.csv).expanduser() if chosen.csv else None, home_from(os.environ), console)
    except (LocalError, ReviewloopError) as error:
        console.print(f"✗ nothing was shown: {error}", soft_wrap=True, markup=False)
        return 2
    for line in wrong:
        console.print(f"✗ {line}", soft_wrap=True, markup=False)
    told = "not as it should be" if wrong else "the good one was promoted; every other came back, each by the guard for its fault"
    console.print(told, markup=False)
    return 1 if wrong else 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # or its stack would outlive it
    sys.exit(main())
