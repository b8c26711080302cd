"""Does anybody notice that the model changes? ``python -m reviewloop_local.studies.swap_study [--requests N] [--swaps N]``.

Requests come without a pause while one version after the other takes over: released at once, through a rollout (half of the units,
then all), and once under the number of the version before, with other files. Every answer is compared with what the very model
that it names says of the text. Exit status 0 only where no request failed, no answer is another model's, the p99 of the answers
right after a swap is at most twice that of the others, no load takes more memory than the endpoint asks for before it, and the
process holds after the last swap at most 5 % more than after the first ones.
"""

import argparse
import random
import socket
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx
import numpy as np
from rich.console import Console
from rich.table import Table

from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.rollout.assignment import NUM_BUCKETS
from reviewloop.models.predictor import load_predictor
from reviewloop.serving.inference.memory import MEGABYTE, needed_for
from reviewloop_local.endpoint_process import EndpointProcess
from reviewloop_local.loop.display import new_console
from reviewloop_local.studies.endpoint_program import WORDS, FolderLedger, endpoint_of, make_model

NUM_CLIENTS: Final = 6
NUM_TEXTS: Final = 40
MAX_GROWTH: Final = 0.05
SETTLED: Final = 4
"""Swaps until the allocator has what it will need."""
FIRST_ANSWERS: Final = 50
MAX_SLOWER: Final = 2.0
"""p99 of the first answers, in that of all others."""


@dataclass
class Seen:
    """What the clients saw. Times in seconds; ``answers``: when it was asked, how long it took, version and digest."""

    failed: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    answers: list[tuple[float, float, tuple[str, str]]] = field(default_factory=list)


@dataclass
class Swaps:
    """``at``: when each swap was complete. ``rss_mb`` then. ``peaks``: the most that was held during it, beyond what was held
    before, as a share of what the endpoint asks for."""

    at: list[float] = field(default_factory=list)
    rss_mb: list[float] = field(default_factory=list)
    peaks: list[float] = field(default_factory=list)


class Models:
    """Versions in a folder, and what each says of every text."""

    def __init__(self, folder: Path, texts: list[str], hidden: int) -> None:
        self._folder, self._texts, self._hidden = folder, texts, hidden
        self.says: dict[tuple[str, str], np.ndarray] = {}

    def make(self, version: str, seed: int) -> tuple[str, str]:
        """Digest and place of a new one."""
        place = self._folder / "models" / f"{version}-{seed}"
        digest = make_model(place, seed, self._hidden)
        self.says[version, digest] = load_predictor(place).predict_proba(self._texts)
        return digest, str(place)

    def nearest(self, places: list[int], found: np.ndarray) -> tuple[str, str]:
        """The model whose probabilities these are. None has them exactly: in bf16 a pass rounds by its neighbours."""
        far = {key: float(np.abs(said[places] - found).max()) for key, said in dict(self.says).items()}
        nearest: tuple[str, str] = min(far, key=far.__getitem__)
        return nearest


def ask_on(url: str, texts: list[str], models: Models, seen: Seen, enough: threading.Event, seed: int) -> None:
    """One client, until it is enough."""
    draw = random.Random(seed)
    with httpx.Client(base_url=url, timeout=30) as http:
        while not enough.is_set():
            chosen = [draw.randrange(len(texts)) for _ in range(draw.choice((1, 1, 1, 4)))]
            asked = time.monotonic()
            try:
                body = {"reviews": [{"text": texts[place]} for place in chosen], "unit": draw.randrange(1000)}
                response = http.post("/predict", json=body)
            except httpx.TransportError as error:
                seen.failed.append(repr(error))
                continue
            if response.status_code == 429:  # a refusal with a time to come again is no failure of a swap
                time.sleep(0.05)
                continue
            if response.status_code != 200:
                seen.failed.append(f"{response.status_code}: {response.text[:200]}")
                continue
            answer = response.json()
            key = (answer["version"], answer["digest"])
            seen.answers.append((asked, time.monotonic() - asked, key))
            found = [[one["probabilities"][name] for name in SENTIMENTS] for one in answer["predictions"]]
            if (nearest := models.nearest(chosen, np.array(found))) != key:
                seen.wrong.append(f"version {key[0]} is named, but it is what version {nearest[0]} says")


def swap(number: int, ledger: FolderLedger, models: Models, endpoint: EndpointProcess) -> float:
    """Let another model answer: at once, through a rollout, or (once) under the last one's number; gives the peak of its load."""
    again = number == SETTLED
    version = str(number - 1 if again else number)
    digest, place = models.make(version, seed=number)
    before_mb, asked_mb = endpoint.rss_mb(), needed_for(Path(place)) / MEGABYTE
    endpoint.forget_peak()
    if number % 2:
        shares = {"half": NUM_BUCKETS // 2, "full": NUM_BUCKETS}
        stages = [{"name": name, "challenger": share, "shadow": NUM_BUCKETS} for name, share in shares.items()]
        started = ledger.tell("rollout_started", version, digest, {"source": place, "salt": f"salt-{number}", "stages": stages})
        endpoint.wait_for(started.number)
        endpoint.wait_for(ledger.tell("rollout_moved", version, digest, {"rollout": started.sha256, "stage": 1}).number)
    endpoint.wait_for(ledger.tell("promoted", version, digest, {"source": place}).number)
    return (endpoint.peak_mb() - before_mb) / asked_mb


def study(folder: Path, num_requests: int, num_swaps: int, hidden: int = 256) -> tuple[Seen, Swaps]:
    """Swap under fire."""
    draw = random.Random(1)
    texts = [" ".join(draw.choices(WORDS, k=draw.randrange(3, 60))) for _ in range(NUM_TEXTS)]
    models, ledger, seen, swaps, enough = Models(folder, texts, hidden), FolderLedger(folder), Seen(), Swaps(), threading.Event()
    digest, place = models.make("0", seed=0)
    first = ledger.tell("promoted", "0", digest, {"source": place})
    endpoint = endpoint_of(folder, free_port())
    try:
        endpoint.wait_for(first.number)
        clients = [
            threading.Thread(target=ask_on, args=(endpoint.url, texts, models, seen, enough, seed)) for seed in range(NUM_CLIENTS)
        ]
        for client in clients:
            client.start()
        for number in range(1, num_swaps + 1):
            while len(seen.answers) < num_requests * number // (num_swaps + 1) and not seen.failed:
                time.sleep(0.02)
            swaps.peaks.append(swap(number, ledger, models, endpoint))
            swaps.at.append(time.monotonic())
            swaps.rss_mb.append(endpoint.rss_mb())
        while len(seen.answers) < num_requests and not seen.failed:
            time.sleep(0.02)
        enough.set()
        for client in clients:
            client.join()
    finally:
        enough.set()
        endpoint.end()
    return seen, swaps


def first_answers(seen: Seen, swaps: Swaps) -> tuple[float, float]:
    """p99 of the first answers after the swaps, and of all others, in seconds."""
    answers = sorted(seen.answers)
    first = np.zeros(len(answers), dtype=bool)
    for at in swaps.at:
        start = int(np.searchsorted([asked for asked, _, _ in answers], at))
        first[start : start + FIRST_ANSWERS] = True
    seconds = np.array([one[1] for one in answers])
    return float(np.quantile(seconds[first], 0.99)), float(np.quantile(seconds[~first], 0.99))


def report(console: Console, seen: Seen, swaps: Swaps) -> bool:
    """Print it; whether it is as promised."""
    table = Table(title=f"{len(seen.answers):,} answers, {len(swaps.at)} swaps", title_justify="left", min_width=60)
    for column in ("", "found"):
        table.add_column(column, justify="left")
    settled = swaps.rss_mb[min(SETTLED, len(swaps.rss_mb)) - 1]
    growth = swaps.rss_mb[-1] / settled - 1
    after, otherwise = first_answers(seen, swaps)
    peak = max(swaps.peaks[SETTLED:], default=0.0)
    table.add_row("requests that failed", f"{len(seen.failed)}")
    table.add_row("answers that are not of the model that they name", f"{len(seen.wrong)}")
    table.add_row("models that answered", f"{len({key for _, _, key in seen.answers})}")
    table.add_row("resident memory", f"{settled:,.0f} MB after {min(SETTLED, len(swaps.at))} swaps, {growth:+.1%} after the last")
    table.add_row(f"p99 of the {FIRST_ANSWERS} answers after a swap", f"{1000 * after:.0f} ms, otherwise {1000 * otherwise:.0f} ms")
    table.add_row("peak of a load", f"{peak:.0%} of the memory that is asked for before it")
    console.print(table)
    for line in [*seen.failed[:5], *seen.wrong[:5]]:
        console.print(line)
    return not (seen.failed or seen.wrong) and after <= MAX_SLOWER * otherwise and growth <= MAX_GROWTH and peak <= 1


def free_port() -> int:
    """That nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main() -> int:
    """Run the study."""
    parser = argparse.ArgumentParser(prog="make study-swaps", description=__doc__)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--swaps", type=int, default=20)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        seen, swaps = study(Path(folder), chosen.requests, chosen.swaps)
    return 0 if report(new_console(), seen, swaps) else 1


if __name__ == "__main__":
    sys.exit(main())
