"""The shadow's reading hurts nobody: in a real endpoint, and by itself."""

import asyncio
import threading
import time
import weakref
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from tests.helpers.followed import Fake
from tests.helpers.slow_endpoint import Served, until
from tests.serving.rollout.test_arms import ask, broken, hanging, hung, nan, opened, raising, records, rolling  # noqa: F401

from reviewloop.core.rollout.assignment import assign
from reviewloop.core.rollout.routing import Arm, Routing
from reviewloop.models.reader import Prepared
from reviewloop.serving.captures.records import Call
from reviewloop.serving.inference.loaded import LoadedModel
from reviewloop.serving.inference.scheduler import Scheduler
from reviewloop.serving.rollout.arms import Arms
from reviewloop.serving.rollout.shadow import Reading, Shadow


def test_what_the_champion_answered_the_challenger_reads_afterwards_by_the_same_id(opened: Served) -> None:  # noqa: F811
    challenger = Fake()
    rolling(opened, challenger, (0, 1))
    challenger.passes.clear()
    answer = opened.http.post("/predict", json={"reviews": [{"title": "So", "text": "fine"}, {"text": "good"}]}).json()
    until(lambda: bool(records(opened, "shadow")))
    (record,) = records(opened, "shadow")
    assert answer["version"] == "7"
    assert {name: record[name] for name in ("request_id", "arm", "version", "digest", "status", "error", "generation")} == {
        "request_id": answer["request_id"], "arm": "challenger", "version": "8", "digest": "d8", "status": 200, "error": None,
        "generation": 2,
    }  # fmt: skip
    assert [prediction["probabilities"]["neutral"] for prediction in record["predictions"]] == [0.333333, 0.333333]
    assert record["num_tokens"] == sum(1 + len(text) // 5 for text in opened.model.read)
    assert record["received_at"] == records(opened)[0]["received_at"]
    assert [text for texts in challenger.passes for text in texts] == opened.model.read, "the same texts, one after the other"


@pytest.mark.parametrize(("fault", "error"), [(raising, "RuntimeError: out of tune"), (nan, "NotFinite: not finite")])
def test_what_goes_wrong_in_the_shadow_is_a_record_and_nothing_else(
    opened: Served,  # noqa: F811
    fault: Callable[[], Any],
    error: str,
) -> None:
    rolling(opened, broken(fault), (0, 1))
    for _ in range(3):
        assert ask(opened)["version"] == "7"
    until(lambda: len(records(opened, "shadow")) == 3)
    for record in records(opened, "shadow"):
        assert (record["status"], record["predictions"]) == (500, None)
        assert record["error"].startswith(error)


def test_what_the_champion_answers_in_the_challengers_place_is_not_read_once_more(opened: Served) -> None:  # noqa: F811
    rolling(opened, broken(raising), (1, 0), (0.5, 1))
    opened.followed.move(1)
    until(lambda: opened.http.get("/health").json()["generation"] == 3)
    salt = opened.followed.events[1].facts["salt"]
    arms = [assign(salt, unit, {"challenger": 0.5, "champion": 0.5}) for unit in range(12)]
    for unit in range(12):
        assert ask(opened, unit=unit)["version"] == "7"
    until(lambda: len(records(opened, "shadow")) >= arms.count("champion"))
    time.sleep(0.2)
    own = {record["request_id"] for record in records(opened) if record["arm"] == "champion" and record["rollout"]}
    assert {record["request_id"] for record in records(opened, "shadow")} == own, "nobody assigned the others to the champion"


def test_a_shadow_that_hangs_keeps_nobody(opened: Served) -> None:  # noqa: F811
    rolling(opened, broken(hanging), (0, 1))
    started = time.monotonic()
    for _ in range(20):
        assert ask(opened)["version"] == "7"
    assert time.monotonic() - started < 3


def test_after_one_that_does_not_come_back_the_others_are_late_at_once() -> None:
    async def offer() -> None:
        shadow, kept, arms = alone(broken(lambda: time.sleep(2)), timeout_seconds=0.2)
        shadow.start()
        for name in ("one", "two", "three"):
            await shadow.offer(reading(arms, name))
        while len(kept) < 3:
            await asyncio.sleep(0.01)
        assert [(record["status"], record["error"]) for record in kept] == [
            (504, "TimeoutError: not read within 0.2 s"), *[(504, "TimeoutError: an earlier review has not come back yet")] * 2,
        ]  # fmt: skip
        await shadow.close()

    started = time.monotonic()
    asyncio.run(offer())
    assert time.monotonic() - started < 1.5


def test_a_rollout_that_has_ended_reads_nothing_more(served: Served) -> None:
    challenger = broken(lambda: time.sleep(0.5))
    rolling(served, challenger, (0, 1))
    served.model.gate.set()
    for _ in range(4):
        ask(served)
    served.followed.end()
    until(lambda: len(records(served, "shadow")) == 4)
    statuses = [record["status"] for record in records(served, "shadow")]
    assert statuses[-1] == 0
    assert {record["error"] for record in records(served, "shadow") if record["status"] == 0} == {"dropped"}


ROUTING = Routing(2, Arm("1", "d1", "s3://lake/1"), Arm("2", "d2", "s3://lake/2"), 0.0, 1.0, "salt", "shadow", "sha")


def alone(model: Any, **settings: Any) -> tuple[Shadow, list[dict[str, Any]], Arms]:
    """A shadow by itself, what it keeps, and the arms that hold."""
    predictor: Any = SimpleNamespace(kind="baseline", form="as_trained", reader=model)
    challenger = LoadedModel("2", "d2", "", predictor)
    arms, kept = Arms(ROUTING, challenger, challenger), list[dict[str, Any]]()

    async def spare() -> None:
        return

    chosen = {"max_tokens": 100, "core_share": 1.0, "timeout_seconds": 5.0, "until_spare": spare, **settings}
    return Shadow(kept.append, lambda: arms, **chosen), kept, arms


def reading(arms: Arms, name: str, num_tokens: int = 10, num_texts: int = 1) -> Reading:
    return Reading(Call(name, datetime.now(UTC), None, None), arms, ["text"] * num_texts, num_tokens)


def test_a_challenger_that_nobody_names_any_more_does_not_live_on_in_what_was_read_last() -> None:
    async def ask_once() -> None:
        shadow, kept, arms = alone(Fake())
        gone = weakref.ref(arms)
        shadow._arms = lambda arms=arms: arms
        shadow.start()
        await shadow.offer(reading(arms, "one"))
        while not kept:
            await asyncio.sleep(0.01)
        shadow._arms = lambda: None
        del arms
        await asyncio.sleep(0.05)
        assert gone() is None, "it would end when the next request comes, in its way"
        await shadow.close()

    asyncio.run(ask_once())


def test_beyond_its_room_the_newest_is_dropped_and_told_with_its_length() -> None:
    async def ask_twenty() -> list[dict[str, Any]]:
        shadow, kept, arms = alone(Fake())
        for name in range(20):  # nothing reads yet
            await shadow.offer(reading(arms, str(name)))
        assert [record["request_id"] for record in kept] == [str(name) for name in range(10, 20)]
        assert (shadow.waiting_tokens, shadow.num_dropped) == (100, 10)
        shadow.start()
        while len(kept) < 20:
            await asyncio.sleep(0.01)
        await shadow.close()
        return kept

    kept = asyncio.run(ask_twenty())
    assert {(record["status"], record["error"], record["num_tokens"], record["predictions"]) for record in kept[:10]} == {
        (0, "dropped", 10, None)
    }
    assert [record["status"] for record in kept[10:]] == [200] * 10


def test_one_that_is_larger_than_the_room_is_read_where_nothing_else_waits() -> None:
    async def offer() -> None:
        shadow, kept, arms = alone(Fake())
        await shadow.offer(reading(arms, "large", 5000))
        await shadow.offer(reading(arms, "small", 1))
        assert [record["request_id"] for record in kept] == ["small"]
        await shadow.close()
        assert [(record["request_id"], record["error"]) for record in kept] == [("small", "dropped"), ("large", "dropped")]

    asyncio.run(offer())


@pytest.mark.parametrize(("num_workers", "num_cores", "num_reading"), [(1, 1, 1), (3, 2, 1), (5, 4, 3)])
def test_no_shadow_begins_while_a_request_waits_or_the_next_one_would_find_no_core(
    num_workers: int, num_cores: int, num_reading: int
) -> None:
    async def offer() -> None:
        gate, challenger, lane = threading.Event(), Fake(), Scheduler[Any](num_workers, 1000, 1e6, 10**9, num_cores=num_cores)
        champion: Any = SimpleNamespace(answer=lambda items: gate.wait(10) and np.zeros((len(items), 3)))
        shadow, kept, arms = alone(challenger, until_spare=lane.until_spare)
        shadow.start()
        asked = []
        for _ in range(num_reading):
            asked.append(asyncio.create_task(lane.answer(champion, [Prepared("one", 1)])))
            await asyncio.sleep(0)
        assert lane.load().running_passes == num_reading
        await shadow.offer(reading(arms, "one"))
        await asyncio.sleep(0.3)
        assert (challenger.passes, kept) == ([], [])
        gate.set()
        await asyncio.gather(*asked)
        while not kept:
            await asyncio.sleep(0.01)
        assert len(challenger.passes) == 1
        await shadow.close()
        await lane.close()

    asyncio.run(offer())


def test_it_takes_no_more_than_its_share_of_a_core() -> None:
    class Slow(Fake):
        def answer(self, items: Any) -> np.ndarray:
            time.sleep(0.02)
            return super().answer(items)

    async def seconds(core_share: float) -> float:
        shadow, kept, arms = alone(Slow(), core_share=core_share)
        shadow.start()
        started = time.monotonic()
        await shadow.offer(reading(arms, "one", num_texts=10))
        while not kept:
            await asyncio.sleep(0.01)
        await shadow.close()
        assert kept[0]["latency_ms"] == pytest.approx(200, rel=0.5), "its rests are no part of it"
        return time.monotonic() - started

    assert asyncio.run(seconds(0.25)) > 0.7
    assert asyncio.run(seconds(1.0)) < 0.6
