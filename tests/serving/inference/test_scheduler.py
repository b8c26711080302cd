"""Whose turn it is, what waits for what, and what an overload does."""

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewloop.serving.inference.scheduler import Overloaded, Scheduler

PASS_TOKENS = 40


@dataclass(frozen=True)
class Text:
    name: int
    num_tokens: int = 10
    shape: int = 0


@dataclass
class Reader:
    """Answers with the item's own name; holds every pass until ``gate`` opens."""

    passes: list[list[int]] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)
    broken: frozenset[int] = frozenset()

    def answer(self, items: Sequence[Text]) -> np.ndarray:
        self.gate.wait(5)
        self.passes.append([item.name for item in items])
        if self.broken.intersection(item.name for item in items):
            raise ValueError("cannot be read")
        return np.array([[item.name, item.num_tokens, 0.0] for item in items])


def opened(**settings: object) -> Reader:
    reader = Reader(**settings)  # type: ignore[arg-type]
    reader.gate.set()
    return reader


def scheduler(num_workers: int = 1, max_wait_seconds: float = 1e6, max_waiting_tokens: int = 10**9) -> Scheduler[Text]:
    return Scheduler(num_workers, PASS_TOKENS, max_wait_seconds, max_waiting_tokens)


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.integers(1, 60), min_size=1, max_size=9), min_size=1, max_size=8), st.integers(1, 3))
def test_answers_return_to_their_owners_in_their_order(lengths: list[list[int]], num_workers: int) -> None:
    async def ask() -> None:
        reader, batching = opened(), scheduler(num_workers)
        names = iter(range(10_000))
        requests = [[Text(next(names), length) for length in one] for one in lengths]
        answers = await asyncio.gather(*(batching.answer(reader, one) for one in requests))
        for items, answered in zip(requests, answers, strict=True):
            assert answered[:, :2].tolist() == [[item.name, item.num_tokens] for item in items]
        tokens = {item.name: item.num_tokens for one in requests for item in one}
        for batch in reader.passes:
            assert len(batch) == 1 or max(tokens[name] for name in batch) * len(batch) <= PASS_TOKENS
        assert batching.load().waiting_tokens == 0
        await batching.close()

    asyncio.run(ask())


def test_a_short_request_waits_for_a_slice_of_a_long_one_and_not_for_all_of_it() -> None:
    async def ask() -> list[list[int]]:
        reader, batching = Reader(), scheduler()
        long = asyncio.create_task(batching.answer(reader, [Text(name) for name in range(100)]))
        await settled()
        short = asyncio.create_task(batching.answer(reader, [Text(1000)]))
        other = asyncio.create_task(batching.answer(reader, [Text(2000 + name) for name in range(50)]))
        await settled()
        reader.gate.set()
        await asyncio.gather(long, short, other)
        await batching.close()
        return reader.passes

    passes = asyncio.run(ask())
    assert 1000 in {name for batch in passes[:3] for name in batch}
    halves = [batch[0] >= 2000 for batch in passes[3:20] if batch[0] != 1000]
    assert 0.3 < np.mean(halves) < 0.7  # the two long ones take turns


def test_where_a_worker_is_free_a_request_is_read_at_once_and_waits_for_no_batch_to_fill() -> None:
    async def ask() -> None:
        reader, batching = Reader(), scheduler(num_workers=2)
        asked = []
        for number in range(2):
            asked.append(asyncio.create_task(batching.answer(reader, [Text(number)])))
            await settled()  # no time passes
            assert batching.load().running_passes == number + 1
        reader.gate.set()
        await asyncio.gather(*asked)
        await batching.close()

    asyncio.run(ask())


def test_a_text_longer_than_a_pass_goes_alone_and_at_once() -> None:
    async def ask() -> list[list[int]]:
        reader, batching = opened(), scheduler()
        await asyncio.wait_for(batching.answer(reader, [Text(1, 500), Text(2), Text(3)]), 5)
        await batching.close()
        return reader.passes

    assert asyncio.run(ask()) == [[1], [2, 3]]


def test_texts_of_one_shape_share_a_pass_and_others_do_not_wait_for_it() -> None:
    async def ask() -> list[list[int]]:
        reader, batching = Reader(), scheduler()
        shapes = (8, 16, 24, 16, 24, 8)
        asked = [asyncio.create_task(batching.answer(reader, [Text(name, shape=shape)])) for name, shape in enumerate(shapes)]
        asked.append(asyncio.create_task(batching.answer(reader, [Text(10, 12, shape=16), Text(11, 8, shape=8)])))
        await settled()
        reader.gate.set()
        await asyncio.gather(*asked)
        await batching.close()
        return reader.passes

    assert asyncio.run(ask()) == [[0], [1, 3, 10], [2, 4], [5, 11]]


def test_one_bad_text_fails_its_own_request_only() -> None:
    async def ask() -> list[object]:
        reader, batching = Reader(broken=frozenset({2})), scheduler()
        asked = [asyncio.create_task(batching.answer(reader, [Text(name)])) for name in range(4)]
        await settled()
        reader.gate.set()
        answers = await asyncio.gather(*asked, return_exceptions=True)
        await batching.close()
        return answers

    answers = asyncio.run(ask())
    assert isinstance(answers[2], ValueError)
    assert [answer[0, 0] for place, answer in enumerate(answers) if place != 2] == [0, 1, 3]  # type: ignore[index]


def test_who_hangs_up_or_is_too_late_is_never_read_and_the_rest_lives_on() -> None:
    async def ask() -> tuple[Reader, object]:
        reader, batching = Reader(), scheduler()
        first = asyncio.create_task(batching.answer(reader, [Text(0)]))
        await settled()
        gone = [asyncio.create_task(batching.answer(reader, [Text(100 + name)])) for name in range(100)]
        late = asyncio.create_task(asyncio.wait_for(batching.answer(reader, [Text(300)]), 0.01))
        last = asyncio.create_task(batching.answer(reader, [Text(400)]))
        await settled()
        for task in gone:
            task.cancel()
        await asyncio.sleep(0.05)
        reader.gate.set()
        (expired,) = await asyncio.gather(late, return_exceptions=True)
        assert (await last)[0, 0] == 400
        await first
        assert batching.load().waiting_tokens == 0
        await batching.close()
        return reader, expired

    reader, expired = asyncio.run(ask())
    assert isinstance(expired, TimeoutError)
    assert reader.passes == [[0], [400]]


def test_beyond_the_wait_a_request_is_refused_and_told_when_to_come_again() -> None:
    async def ask() -> None:
        reader, batching = Reader(), scheduler(max_wait_seconds=0.0104)  # 52 tokens at the rate before the first pass
        running = asyncio.create_task(batching.answer(reader, [Text(0, 1)]))
        await settled()
        waiting = [asyncio.create_task(batching.answer(reader, [Text(1 + name)])) for name in range(6)]
        await settled()
        with pytest.raises(Overloaded, match="try again in 1 s"):
            await batching.answer(reader, [Text(99)])
        with pytest.raises(Overloaded):  # what a refusal before any reading asks
            batching.check_room(10)
        reader.gate.set()
        await asyncio.gather(running, *waiting)
        assert (await batching.answer(reader, [Text(99)]))[0, 0] == 99
        await batching.close()

    asyncio.run(ask())


def test_who_has_gone_takes_nobody_s_turn_also_while_no_pass_comes_back() -> None:
    async def ask() -> None:
        reader, batching = Reader(), scheduler(max_wait_seconds=0.0104)
        running = asyncio.create_task(batching.answer(reader, [Text(0, 1)]))
        await settled()
        gone = [asyncio.create_task(batching.answer(reader, [Text(1 + name)])) for name in range(6)]
        await settled()
        with pytest.raises(Overloaded):
            batching.check_room(10)
        for task in gone:
            task.cancel()
        await settled()
        assert batching.load().waiting_tokens == 0
        batching.check_room(10)
        reader.gate.set()
        await running
        await batching.close()

    asyncio.run(ask())


def test_what_is_left_of_the_passes_that_run_is_ahead_of_who_waits_behind_others() -> None:
    async def ask() -> None:
        reader, batching = Reader(), scheduler()
        running = asyncio.create_task(batching.answer(reader, [Text(0, 5_000)]))  # a second, at the rate before the first pass
        await settled()
        assert batching.ahead(10) == 0, "who is the first to wait is never refused"
        waiting = asyncio.create_task(batching.answer(reader, [Text(1)]))
        await settled()
        assert 10 < batching.ahead(10) <= 5_010
        await asyncio.sleep(0.05)
        assert batching.ahead(10) <= 5_010 - 0.05 * 5_000
        reader.gate.set()
        await asyncio.gather(running, waiting)
        await batching.close()

    asyncio.run(ask())


def test_what_others_read_first_on_the_same_cores_counts_as_ahead() -> None:
    async def ask() -> None:
        batching = scheduler(max_wait_seconds=0.01)
        batching.check_room(10, beside=50)
        with pytest.raises(Overloaded):
            batching.check_room(10, beside=51)

    asyncio.run(ask())


def test_it_hangs_where_every_worker_is_in_a_pass_that_does_not_come_back() -> None:
    async def ask() -> None:
        reader, batching = Reader(), scheduler(num_workers=2)
        first = asyncio.create_task(batching.answer(reader, [Text(0, 40)]))
        await asyncio.sleep(0.1)
        assert not batching.hangs(0.05), "a worker is free"
        second = asyncio.create_task(batching.answer(reader, [Text(1, 40)]))
        await settled()
        assert not batching.hangs(0.05), "one has just begun"
        await asyncio.sleep(0.1)
        assert batching.hangs(0.05)
        reader.gate.set()
        await asyncio.gather(first, second)
        assert not batching.hangs(0.05)
        await batching.close()

    asyncio.run(ask())


def test_a_short_request_is_taken_in_behind_one_long_one_and_a_second_long_one_is_not() -> None:
    async def ask() -> None:
        reader, batching = Reader(), scheduler(max_wait_seconds=0.1)  # 500 tokens
        long = asyncio.create_task(batching.answer(reader, [Text(name) for name in range(200)]))
        await settled()
        short = asyncio.create_task(batching.answer(reader, [Text(1000)]))
        await settled()
        with pytest.raises(Overloaded):
            await batching.answer(reader, [Text(2000 + name) for name in range(200)])
        reader.gate.set()
        await asyncio.gather(long, short)
        await batching.close()

    asyncio.run(ask())


def test_what_is_held_in_memory_is_bounded_and_an_idle_scheduler_takes_any_single_request() -> None:
    async def ask() -> None:
        reader, batching = Reader(), scheduler(max_waiting_tokens=100)
        first = asyncio.create_task(batching.answer(reader, [Text(name) for name in range(20)]))
        await settled()
        with pytest.raises(Overloaded):
            await batching.answer(reader, [Text(50)])
        reader.gate.set()
        await first
        await batching.close()

    asyncio.run(ask())


def test_no_pass_mixes_models() -> None:
    async def ask() -> None:
        one, other, batching = Reader(), Reader(), scheduler()
        asked = [asyncio.create_task(batching.answer(one if name % 2 else other, [Text(name)])) for name in range(20)]
        await settled()
        one.gate.set()
        other.gate.set()
        await asyncio.gather(*asked)
        assert all(name % 2 for batch in one.passes for name in batch)
        assert not any(name % 2 for batch in other.passes for name in batch)
        await batching.close()

    asyncio.run(ask())


def test_closing_refuses_what_waits_and_finishes_what_runs() -> None:
    async def ask() -> list[object]:
        reader, batching = Reader(), scheduler()
        asked = [asyncio.create_task(batching.answer(reader, [Text(name, 40)])) for name in range(2)]
        await settled()
        closing = asyncio.create_task(batching.close())
        await settled()
        reader.gate.set()
        await closing
        return await asyncio.gather(*asked, return_exceptions=True)

    first, second = asyncio.run(ask())
    assert isinstance(first, np.ndarray)
    assert isinstance(second, Overloaded)
