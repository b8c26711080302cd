"""A refusal waits for nobody who computes."""

import time
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

import numpy as np
import pytest
from tests.helpers.slow_endpoint import FOLLOW_SECONDS, Served

from reviewloop.models.cores import num_cores
from reviewloop.models.reader import Prepared


@pytest.mark.parametrize("served", [(lambda _: None, FOLLOW_SECONDS, {"num_passes": num_cores()})], indirect=True)
def test_a_refusal_is_answered_while_every_core_computes(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    square = np.ones((200, 200))

    def compute(items: Sequence[Prepared]) -> np.ndarray:
        """Products, as a model's, until the gate is open: there is no other end to a pass."""
        served.model.reading.set()
        ends_at = time.monotonic() + 15
        while not served.model.gate.is_set() and time.monotonic() < ends_at:
            np.matmul(square, square)
        return np.tile([0.2, 0.3, 0.5], (len(items), 1))

    monkeypatch.setattr(served.model, "answer", compute)
    most = num_cores() * 30
    with ThreadPoolExecutor(most) as pool:
        asked = [pool.submit(served.predict, "x" * 90) for _ in range(most)]
        done, _ = wait(asked, timeout=10, return_when=FIRST_COMPLETED)
        refused = [one.result().status_code for one in done]
        served.model.gate.set()
        statuses = {one.result().status_code for one in asked}
    assert refused, "whoever was refused had to wait for the passes"
    assert set(refused) == {429}
    assert statuses == {200, 429}
