"""What does a shadow cost those who are answered? ``python -m reviewloop_local.studies.shadow_study [--rounds N] [--seconds N]``.

Models in the form that is served by default, or ``--form as_trained``. One endpoint, asked at a quarter of what it can bear
(beside a shadow that makes half of it), at times drawn before. In turns a challenger reads everything in shadow, and nobody does.
Exit status 0 only where the champion's p99 beside a shadow is at most a tenth longer than without (the ratio of the medians over
the rounds: a stall of the machine spoils one of them), and the shadow did read.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, get_args

import httpx
import numpy as np
from rich.console import Console
from rich.table import Table

from reviewloop.core.rollout.assignment import NUM_BUCKETS
from reviewloop.models.kinds.table import Form
from reviewloop_local.bench_serving.load import Door, closed_loop, open_loop, run
from reviewloop_local.endpoint_process import EndpointProcess
from reviewloop_local.loop.display import new_console
from reviewloop_local.stack.ports import is_free
from reviewloop_local.studies.endpoint_program import WORDS, FolderLedger, endpoint_of, exported, make_model

MOST_LONGER: Final = 1.1
LOAD: Final = 0.25
"""Of what the endpoint bears in a closed loop: with the shadow every review is read twice, which makes it half."""
NUM_CLIENTS: Final = 8
NUM_TEXTS: Final = 400
NUM_SELF_TEST: Final = 20
"""Texts whose answers go with a served model; here they are not looked at."""
SERVED: Final[Form] = "openvino_int8"
WARM_UP_SECONDS: Final = 4.0
REST_SECONDS: Final = 2.0
"""After a turn: what the shadow has in its queue must not be the next turn's work."""
PORTS: Final = range(28100, 28900)


@dataclass
class Seen:
    """p99 of each round, ms, without and beside a shadow; how many requests a shadow read, and how many there were beside it."""

    alone: list[float] = field(default_factory=list)
    beside: list[float] = field(default_factory=list)
    num_read: float = 0.0
    num_asked: int = 0
    rate: float = 0.0

    @property
    def ratio(self) -> float:
        """Of the p99 beside a shadow to that without, medians of the rounds."""
        return float(np.median(self.beside) / np.median(self.alone))


def study(folder: Path, rounds: int, seconds: float, console: Console, form: Form = SERVED, hidden: int = 256) -> Seen:
    """In turns."""
    ledger, seen, draw = FolderLedger(folder), Seen(), random.Random(1)
    texts = [" ".join(draw.choices(WORDS, k=draw.randint(5, 40))) for _ in range(NUM_TEXTS)]
    bodies = [json.dumps({"reviews": [{"text": text}]}).encode() for text in texts]
    trained = {version: folder / "trained" / version for version in ("1", "2")}
    digests = {version: make_model(place, int(version), hidden) for version, place in trained.items()}
    models = trained
    if form == SERVED:
        models = {version: folder / "served" / version for version in trained}
        digests = {version: exported(trained[version], place, texts[:NUM_SELF_TEST]) for version, place in models.items()}
    endpoint = endpoint_of(folder, next(port for port in PORTS if is_free(port)))
    try:
        endpoint.wait_for(ledger.tell("promoted", "1", digests["1"], {"source": str(models["1"])}).number)
        door = Door(endpoint.http.base_url.port or 0, "/predict", endpoint.process.pid)
        seen.rate = LOAD * run(closed_loop(door, bodies, NUM_CLIENTS, WARM_UP_SECONDS)).rate
        for number in range(rounds):
            seen.alone.append(run(open_loop(door, bodies, seen.rate, seconds, seed=number)).ms(0.99))
            stages = [{"name": "shadow", "challenger": 0, "shadow": NUM_BUCKETS}]
            facts = {"source": str(models["2"]), "salt": f"salt-{number}", "stages": stages}
            started = ledger.tell("rollout_started", "2", digests["2"], facts)
            endpoint.wait_for(started.number)
            before = _num_shadows(endpoint)
            answers = run(open_loop(door, bodies, seen.rate, seconds, seed=number))
            seen.beside.append(answers.ms(0.99))
            seen.num_asked += len(answers.good)
            time.sleep(REST_SECONDS)
            seen.num_read += _num_shadows(endpoint) - before
            facts = {"rollout": started.sha256, "guard": "study", "why": "the turn is over"}
            endpoint.wait_for(ledger.tell("rollout_ended", "2", digests["2"], facts).number)
            console.print(f"round {number + 1}: p99 {seen.alone[-1]:.1f} ms alone, {seen.beside[-1]:.1f} ms beside a shadow")
    finally:
        endpoint.end()
    return seen


def _num_shadows(endpoint: EndpointProcess) -> float:
    """Shadow answers so far, by the endpoint's own count."""
    lines = httpx.get(f"{endpoint.url}/metrics").text.splitlines()
    counted = [
        line for line in lines if line.startswith("reviewloop_answers_total") and 'event="shadow"' in line and '"ok"' in line
    ]
    return sum(float(line.rpartition(" ")[2]) for line in counted)


def report(console: Console, seen: Seen) -> bool:
    """The table; whether the champion's p99 held, and a shadow was there."""
    table = Table("", "p99, ms, median of rounds", "each round", title=f"{seen.rate:.0f} requests a second")
    for name, found in (("without", seen.alone), ("beside a shadow", seen.beside)):
        table.add_row(name, f"{np.median(found):.1f}", ", ".join(f"{one:.1f}" for one in found))
    console.print(table)
    console.print(
        f"the p99 beside a shadow is {seen.ratio:.2f} times that without; it read {seen.num_read:.0f} of {seen.num_asked}"
    )
    return seen.ratio <= MOST_LONGER and seen.num_read > seen.num_asked / 2


def main(arguments: list[str] | None = None) -> int:
    """Print what was seen."""
    parser = argparse.ArgumentParser(prog="make study-shadow", description=__doc__)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--form", choices=get_args(Form), default=SERVED)
    parser.add_argument("--seconds", type=float, default=15.0, help="of a turn")
    chosen, console = parser.parse_args(arguments), new_console()
    with tempfile.TemporaryDirectory(prefix="reviewloop-shadow-") as folder:
        is_well = report(console, study(Path(folder), chosen.rounds, chosen.seconds, console, chosen.form))
    console.print("a shadow hurts nobody" if is_well else "a shadow is felt, or did not read")
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main())
