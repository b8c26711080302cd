"""Customers: one review each, at times drawn before, and what the stars say of it a while later."""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

import httpx
import numpy as np

from reviewloop_local.rollout_demo.replayed import Review

PATIENCE: Final = 30.0
"""Seconds that a customer waits, coming again when told to; a second try that would only end later is not made."""
LABEL_SECONDS: Final = 5.0
"""From an answer until the stars are known: a later day."""


@dataclass(frozen=True)
class Answer:
    """What one customer saw, by ``time.monotonic``. ``version`` is empty where there was no answer."""

    ended: float
    status: int
    version: str


@dataclass
class Seen:
    """Of one rollout."""

    answers: list[Answer] = field(default_factory=list)
    num_labels: int = 0

    @property
    def failures(self) -> dict[int, int]:
        """Requests without an answer, by status; 0 where nobody answered at all."""
        return dict(Counter(one.status for one in self.answers if one.status != 200))

    @property
    def num_failed(self) -> int:
        """Requests without an answer."""
        return sum(self.failures.values())

    def by(self, version: str) -> list[Answer]:
        """Those of one version, in the order of their ends."""
        return sorted((one for one in self.answers if one.version == version), key=lambda one: one.ended)


class Customers:
    """``rate`` a second (Poisson), for as long as the context lasts. ``name`` tells these customers from all others."""

    def __init__(self, url: str, reviews: Sequence[Review], rate: float, name: str, seed: int) -> None:
        self._url, self._reviews, self._rate, self._name = url, reviews, rate, name
        self._rng = np.random.default_rng(seed)
        self._enough = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="customers", daemon=True)
        self.seen = Seen()

    def __enter__(self) -> "Customers":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._enough.set()
        self._thread.join()
        if self._error is not None:
            raise self._error

    def check(self) -> None:
        """Raises what ended the customers, if something did: without them a rollout would only wait."""
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        try:
            asyncio.run(self._come())
        except BaseException as error:  # of a thread: raised again where it is looked after
            self._error = error

    async def _come(self) -> None:
        order = self._rng.permutation(len(self._reviews))
        started, due, number = time.monotonic(), 0.0, 0
        async with httpx.AsyncClient(base_url=self._url, timeout=PATIENCE) as http, asyncio.TaskGroup() as group:
            while not self._enough.is_set():
                due += float(self._rng.exponential(1 / self._rate))
                await asyncio.sleep(max(0.0, started + due - time.monotonic()))
                review = self._reviews[int(order[number % len(order)])]
                group.create_task(self._one(http, f"{self._name}-{number}", review))
                number += 1

    async def _one(self, http: httpx.AsyncClient, unit: str, review: Review) -> None:
        try:
            came = time.monotonic()
            response = await http.post("/predict", json=review.body(unit))
            while response.status_code == 429:  # refused for want of room, a caller comes again when it is told to
                pause = float(response.headers["retry-after"])
                if time.monotonic() - came + pause > PATIENCE:
                    break
                await asyncio.sleep(pause)
                response = await http.post("/predict", json=review.body(unit))
        except httpx.TransportError:
            self.seen.answers.append(Answer(time.monotonic(), 0, ""))
            return
        said: dict[str, Any] = response.json() if response.status_code == 200 else {}
        self.seen.answers.append(Answer(time.monotonic(), response.status_code, said.get("version", "")))
        if not said:
            return
        await asyncio.sleep(LABEL_SECONDS)
        told = {"request_id": said["request_id"], "sentiment": review.sentiment, "by": "stars"}
        with suppress(httpx.TransportError):  # stars that never came: the table counts those that did
            if (await http.post("/feedback", json=told)).status_code == 202:
                self.seen.num_labels += 1
