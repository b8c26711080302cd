import _thread
import gc
import os
import sys
import threading
import time
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.helpers.followed import Fake, Followed
from tests.helpers.slow_endpoint import until

from reviewloop.errors import PermanentError, Refused, TransientError
from reviewloop.models.reader import Prepared
from reviewloop.serving.inference import loaded
from reviewloop.serving.inference.threads import COMPUTES, WAITS
from reviewloop.serving.rollout import champion as room
from reviewloop.serving.rollout.champion import ChampionFollower


@pytest.fixture
def followed(monkeypatch: pytest.MonkeyPatch) -> Followed:
    return Followed(monkeypatch)


def holds(follower: ChampionFollower) -> tuple[object, ...]:
    """Generation, champion, challenger, its share."""
    arms = follower.arms
    assert arms is not None
    challenger = arms.challenger.version if arms.challenger else None
    return arms.routing.generation, arms.champion.version, challenger, arms.routing.challenger_share


def looked(follower: ChampionFollower) -> tuple[object, ...]:
    follower.refresh()
    return holds(follower)


def test_before_the_first_release_the_reason_is_given(followed: Followed) -> None:
    follower = ChampionFollower(60)
    follower.refresh()
    assert follower.current is None
    assert "no champion" in str(follower.problem)


def test_the_champion_is_loaded_once_and_a_new_one_takes_over(followed: Followed) -> None:
    follower = ChampionFollower(60)
    followed.promote("1")
    assert [looked(follower), looked(follower)] == [(1, "1", None, 0), (1, "1", None, 0)]
    followed.promote("2")
    assert looked(follower) == (2, "2", None, 0)
    assert (follower.problem, followed.fetched) == (None, ["1", "2"])


@pytest.mark.parametrize("error", [TransientError("MLflow is away"), PermanentError("refused"), RuntimeError("bug")])
def test_what_held_last_goes_on_while_the_ledger_or_the_registry_fails(followed: Followed, error: Exception) -> None:
    follower = ChampionFollower(60)
    followed.promote("1")
    followed.start_rollout("2", None, (0.25, 1))
    assert looked(follower) == (2, "1", "2", 0.25)
    followed.error = error
    assert looked(follower) == (2, "1", "2", 0.25)
    assert follower.problem == f"the champion could not be loaded: {error}"
    followed.error = None
    followed.end()
    assert looked(follower) == (3, "1", None, 0)
    assert follower.problem is None


@pytest.mark.parametrize(
    "model", [Fake(columns=2), Fake(value=float("nan")), Fake(columns=0), Fake(value=2.5), PermanentError("other bytes")]
)
def test_a_model_that_does_not_load_or_answers_wrongly_never_takes_over(followed: Followed, model: object) -> None:
    follower = ChampionFollower(60)
    followed.promote("1")
    follower.refresh()
    followed.promote("3", model)
    assert looked(follower) == (1, "1", None, 0)
    assert "version 3" in str(follower.problem) or "other bytes" in str(follower.problem)
    followed.promote("2")
    assert looked(follower) == (3, "2", None, 0)
    assert follower.problem is None


@pytest.mark.parametrize("model", [Fake(columns=2), Fake(value=float("nan")), Fake(value=2.5), PermanentError("other bytes")])
def test_a_challenger_that_does_not_load_or_answers_wrongly_gets_no_traffic_and_the_champion_stays(
    followed: Followed, model: object
) -> None:
    follower = ChampionFollower(60)
    followed.promote("1")
    followed.start_rollout("2", model, (0.5, 1))
    assert looked(follower) == (1, "1", None, 0)
    assert str(follower.problem).startswith("challenger: version 2 gets no traffic here: ")
    assert follower.arms is not None
    assert follower.arms.routing.rollout == "", "what the champion answers meanwhile is no evidence"
    assert list(follower._memory) == [("1", "d1")]
    num_fetched = len(followed.fetched)
    follower.refresh(thorough=False)
    assert len(followed.fetched) == num_fetched, "a fast look does not try it again"
    followed.models["s3://lake/2-d2"] = Fake()
    assert looked(follower) == (2, "1", "2", 0.5)
    assert follower.problem is None


class WithThread(Fake):
    """A model whose library computes in a thread of its own; ``threads`` are those of every time that it was loaded."""

    def __init__(self) -> None:
        super().__init__()
        self.threads: list[int] = []
        self.done = threading.Event()

    def prepare(self, texts: Any) -> list[Prepared]:
        if len(texts) > 1:  # the warm-up
            number = len(self.threads)
            _thread.start_new_thread(self._compute, ())
            until(lambda: len(self.threads) > number)
        return super().prepare(texts)

    def _compute(self) -> None:
        self.threads.append(threading.get_native_id())
        self.done.wait(30)

    def is_put_off(self) -> list[bool]:
        return [os.getpriority(os.PRIO_PROCESS, thread) == WAITS for thread in self.threads]


def test_what_a_shadow_computes_in_is_put_off_and_who_comes_to_answer_is_loaded_anew(followed: Followed) -> None:
    follower, model = ChampionFollower(60), WithThread()
    followed.promote("1")
    followed.start_rollout("2", model, (0, 1), (0.25, 0))
    assert looked(follower) == (2, "1", "2", 0)
    assert model.is_put_off() == [True]
    assert looked(follower) == (2, "1", "2", 0)
    assert len(model.threads) == 1
    followed.move(1)
    assert looked(follower) == (3, "1", "2", 0.25)
    assert model.is_put_off() == [True, False]
    model.done.set()


def test_who_is_promoted_out_of_the_shadow_is_loaded_anew(followed: Followed) -> None:
    follower, model = ChampionFollower(60), WithThread()
    followed.promote("1")
    followed.start_rollout("2", model, (0, 1))
    follower.refresh()
    followed.end()
    followed.promote("2", model)
    assert looked(follower) == (4, "2", None, 0)
    assert model.is_put_off() == [True, False]
    model.done.set()


def test_what_is_let_go_of_lives_until_the_next_look_and_ends_there(followed: Followed) -> None:
    follower = ChampionFollower(60)
    followed.promote("1")
    follower.refresh()
    gone = weakref.ref(follower.current)
    followed.promote("2")
    assert looked(follower) == (2, "2", None, 0)
    assert gone() is not None, "a request that it answers just now would have it end in the thread that answers"
    follower.refresh(thorough=False)
    assert gone() is None


def test_what_is_let_go_of_makes_room_for_another(followed: Followed, monkeypatch: pytest.MonkeyPatch) -> None:
    follower = ChampionFollower(60)
    followed.promote("1")
    followed.start_rollout("2", None, (0.5, 1))
    follower.refresh()
    assert follower.arms is not None
    gone = weakref.ref(follower.arms.challenger)
    followed.end()
    followed.promote("3")
    alive: list[bool] = []
    monkeypatch.setattr(room, "require_room", lambda *_: alive.append(gone() is not None))
    assert looked(follower) == (4, "3", None, 0)
    assert alive == [False]


class Room:
    """Bytes of memory that are there."""

    def __init__(self, left: int) -> None:
        self.left = left

    def __call__(self) -> int:
        return self.left


@pytest.fixture
def ten_megabytes(tmp_path: Path) -> Path:
    """A model's folder; its load may take 133."""
    (tmp_path / "served").mkdir()
    (tmp_path / "weights").write_bytes(bytes(6_000_000))
    (tmp_path / "served" / "weights").write_bytes(bytes(4_000_000))
    return tmp_path


def test_a_new_champion_that_memory_has_no_room_for_is_not_loaded_until_there_is_some(
    followed: Followed, ten_megabytes: Path, caplog: pytest.LogCaptureFixture
) -> None:
    room = Room(132_990_000)
    follower = ChampionFollower(60, available=room)
    followed.promote("1")
    follower.refresh()
    new = Fake()
    followed.promote("2", new)
    followed.folders["s3://lake/2-d2"] = ten_megabytes
    caplog.clear()
    assert looked(follower) == (1, "1", None, 0)
    assert follower.problem == (
        "the champion could not be loaded: version 2 may take 133 MB of memory while it is loaded (1.3 times its files, its "
        "compiled graphs, and 120 MB for its first passes), 132 MB are available; give the endpoint more, or end what else takes "
        "it: the next looks try again"
    )
    assert [record.exc_info for record in caplog.records] == [False], "one line, and no traceback"
    assert new.passes == []
    room.left = 133_000_000
    assert looked(follower) == (2, "2", None, 0)
    assert follower.problem is None


def test_a_challenger_that_memory_has_no_room_for_gets_no_traffic_until_there_is_some(
    followed: Followed, ten_megabytes: Path
) -> None:
    room = Room(121_000_000)
    follower = ChampionFollower(60, available=room)
    followed.promote("1")
    followed.start_rollout("2", None, (0.5, 1))
    followed.folders["s3://lake/2-d2"] = ten_megabytes
    assert looked(follower) == (1, "1", None, 0)
    assert str(follower.problem).startswith("challenger: version 2 gets no traffic here: version 2 may take 133 MB of memory")
    room.left = 133_000_000
    assert looked(follower) == (2, "1", "2", 0.5)


def test_the_first_champion_of_a_process_without_memory_is_waited_for(followed: Followed, ten_megabytes: Path) -> None:
    follower = ChampionFollower(60, available=Room(0))
    followed.promote("1")
    followed.folders["s3://lake/1-d1"] = ten_megabytes
    follower.refresh()
    assert follower.arms is None
    assert "version 1 may take 133 MB of memory" in str(follower.problem)


def test_who_answers_nobody_any_more_is_let_go_before_another_is_loaded(followed: Followed) -> None:
    follower = ChampionFollower(60)
    held: list[list[str]] = []

    def left() -> int:
        held.append([version for version, _ in follower._memory])
        return 10**12

    follower._available = left
    followed.promote("1")
    followed.start_rollout("2", None, (0.5, 1))
    follower.refresh()
    followed.end()
    followed.promote("3")
    assert looked(follower) == (4, "3", None, 0)
    assert held == [[], ["1"], ["1"]], "the challenger that was sent back takes no room beside the new champion"


def test_a_challenger_whose_files_lie_elsewhere_is_never_fetched(followed: Followed) -> None:
    follower = ChampionFollower(60)
    followed.promote("1")
    followed.start_rollout("2", None, (0.5, 1), lake="stranger")
    assert looked(follower) == (1, "1", None, 0)
    assert "s3://stranger/2-d2 does not lie where this lake keeps its models" in str(follower.problem)
    assert followed.fetched == ["1"]


def test_a_model_that_hangs_while_it_is_warmed_is_given_up_once_and_for_all(
    followed: Followed, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Hanging(Fake):
        def answer(self, items: object) -> np.ndarray:
            time.sleep(2)
            raise AssertionError

    monkeypatch.setattr(loaded, "WARM_UP_SECONDS", 0.1)
    follower = ChampionFollower(60)
    followed.promote("1")
    followed.start_rollout("2", Hanging(), (0.5, 1))
    for words in ("version 2 was not warm after 0.1 s", "version 2 did not come back when it was tried first"):
        assert looked(follower) == (1, "1", None, 0)
        assert words in str(follower.problem)
    assert followed.fetched == ["1", "2"]


def test_stages_move_without_a_load_and_a_promoted_challenger_is_there_already(followed: Followed) -> None:
    follower = ChampionFollower(60)
    followed.promote("1")
    followed.start_rollout("2", None, (0, 1), (0.05, 1), (1, 0))
    assert looked(follower) == (2, "1", "2", 0)
    followed.move(1)
    assert looked(follower) == (3, "1", "2", 0.05)
    followed.move(2)
    assert looked(follower) == (4, "1", "2", 1)
    assert follower.arms is not None
    challenger = follower.arms.challenger
    followed.promote("2")
    assert looked(follower) == (5, "2", None, 0)
    assert follower.current is challenger
    assert followed.fetched == ["1", "2"]
    assert list(follower._memory) == [("2", "d2")], "the old champion is let go"


def test_a_process_that_starts_within_a_rollout_takes_its_shares(followed: Followed) -> None:
    followed.promote("1")
    followed.start_rollout("2", None, (0, 1), (0.05, 1))
    followed.move(1)
    assert looked(ChampionFollower(60)) == (3, "1", "2", 0.05)


def test_a_ledger_that_goes_back_is_not_followed(followed: Followed) -> None:
    follower = ChampionFollower(60)
    followed.promote("1")
    before = followed.events
    followed.start_rollout("2", None, (0.5, 1))
    followed.end()
    assert looked(follower) == (3, "1", None, 0)
    followed.events = before
    assert looked(follower) == (3, "1", None, 0)
    assert "the ledger went back to event 1; what holds since event 3 goes on" in str(follower.problem)


def test_old_shares_hold_until_a_new_version_is_loaded_but_who_is_not_named_any_more_gets_nothing_at_once(
    followed: Followed,
) -> None:
    follower = ChampionFollower(60)
    followed.promote("1")
    followed.start_rollout("2", None, (0.5, 1))
    follower.refresh()
    during: list[tuple[object, ...]] = []

    class Watching(Fake):
        def answer(self, items: object) -> np.ndarray:
            during.append(holds(follower))
            return super().answer(items)

    followed.end()
    followed.start_rollout("3", Watching(), (0.25, 1))
    assert looked(follower) == (4, "1", "3", 0.25)
    assert set(during) == {(2, "1", None, 0)}
    during.clear()
    followed.promote("4", Watching())
    assert looked(follower) == (5, "4", None, 0)
    assert set(during) == {(4, "1", None, 0)}


def test_what_was_sent_back_while_it_was_loaded_never_answers(followed: Followed) -> None:
    follower = ChampionFollower(60)
    followed.promote("1")
    seen = []

    class SentBack(Fake):
        def answer(self, items: object) -> np.ndarray:
            if len(followed.events) == 2:
                followed.end()
            seen.append(follower.arms and follower.arms.challenger)
            return super().answer(items)

    followed.start_rollout("2", SentBack(), (1, 0))
    assert looked(follower) == (3, "1", None, 0)
    assert set(seen) == {None}
    assert list(follower._memory) == [("1", "d1")]


def test_a_release_that_is_not_what_was_released_ends_the_rollout_and_moves_nothing_else(followed: Followed) -> None:
    follower = ChampionFollower(60)
    followed.promote("1")
    followed.start_rollout("2", None, (0.5, 1))
    follower.refresh()
    followed.promote("2")
    followed.refusal = Refused("its tag is gone")
    assert looked(follower) == (2, "1", None, 0)
    assert "its tag is gone" in str(follower.problem)
    followed.refusal = None
    assert looked(follower) == (3, "2", None, 0)


def test_an_alias_that_says_otherwise_is_told_and_moves_nothing(followed: Followed) -> None:
    follower = ChampionFollower(60)
    followed.promote("1")
    followed.disagreement = "the alias names version 7"
    for thorough in (True, False, True):
        follower.refresh(thorough)
        assert holds(follower) == (1, "1", None, 0)
        assert follower.problem == "the alias names version 7"


def test_the_same_number_with_other_files_is_another_model(followed: Followed) -> None:
    follower = ChampionFollower(60)
    followed.promote("1")
    follower.refresh()
    followed.promote("1", digest="e")
    follower.refresh()
    assert follower.current is not None
    assert (follower.current.digest, followed.fetched) == ("e", ["1", "1"])


def test_every_length_and_the_fullest_passes_are_read_before_the_first_request(followed: Followed) -> None:
    follower, model = ChampionFollower(60, pass_tokens=1024), Fake()
    followed.promote("1", model)
    follower.refresh()
    lengths = {len(texts[0].split()) for texts in model.passes if len(texts) == 1}
    assert lengths >= set(range(8, 513, 8)) | {1}
    full = [(len(texts), len(texts[0].split())) for texts in model.passes if len(texts) > 1]
    assert full == [(512, 1)], "the longest text alone fills a pass here"
    follower, model = ChampionFollower(60, pass_tokens=2048), Fake()
    followed.promote("2", model)
    follower.refresh()
    assert [(len(texts), len(texts[0].split())) for texts in model.passes if len(texts) > 1] == [(1024, 1), (3, 512)]


def test_a_challenger_is_sent_back_while_the_registry_hangs(followed: Followed, monkeypatch: pytest.MonkeyPatch) -> None:
    follower = ChampionFollower(60)
    monkeypatch.setattr(room, "ROLLOUT_SECONDS", 0.02)
    followed.promote("1")
    followed.start_rollout("2", None, (1, 0))
    follower.start()
    until(lambda: follower.arms is not None and follower.arms.challenger is not None)
    followed.answers.clear()
    followed.end()
    until(lambda: follower.arms is not None and follower.arms.challenger is None, seconds=5)
    assert holds(follower) == (2, "1", None, 0), "the champion answers, under no rollout"
    followed.answers.set()
    until(lambda: holds(follower) == (3, "1", None, 0))
    follower.stop()


@pytest.mark.skipif(sys.platform != "linux", reason="nothing else knows it of a thread")
def test_threads_that_a_model_starts_while_it_is_loaded_yield_to_the_event_loop(followed: Followed) -> None:
    found: list[int] = []

    class Starting(Fake):
        def prepare(self, texts: object) -> list[Prepared]:
            of_its_own = threading.Thread(target=lambda: found.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id())))
            of_its_own.start()
            of_its_own.join()
            return super().prepare(texts)

    follower = ChampionFollower(60)
    followed.promote("1", Starting())
    before = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    follower.start()
    until(lambda: follower.arms is not None)
    follower.stop()
    assert set(found) == {max(before, COMPUTES)}


def test_nobody_waits_for_a_search_for_garbage_among_what_stays(followed: Followed) -> None:
    gc.unfreeze()
    follower = ChampionFollower(60)
    follower.start()
    time.sleep(0.05)
    assert not gc.get_freeze_count(), "what is left of the start may be garbage, until somebody answers"
    followed.promote("1")
    follower.stop()
    follower = ChampionFollower(60)
    follower.start()
    until(lambda: gc.get_freeze_count() > 10_000)
    follower.stop()
    gc.unfreeze()


def test_a_look_that_waited_for_the_registry_does_not_bring_back_who_was_recalled_meanwhile(
    followed: Followed, monkeypatch: pytest.MonkeyPatch
) -> None:
    follower = ChampionFollower(60)
    followed.promote("1")
    followed.start_rollout("2", None, (0, 1), (1, 0))
    follower.refresh()
    followed.move(1)
    read, told = room.ledger.read, list[tuple[object, ...]]()

    def slow() -> Any:
        events = read()
        if not told:  # the registry hangs while somebody ends the rollout, and the recall hears of it
            followed.end()
            follower.recall()
            told.append(holds(follower))
        return events

    install = ChampionFollower._install

    def installed(of: ChampionFollower, wanted: Any) -> Any:
        found = install(of, wanted)
        told.append(holds(of))
        return found

    monkeypatch.setattr(room.ledger, "read", slow)
    monkeypatch.setattr(ChampionFollower, "_install", installed)
    follower.refresh()
    assert [challenger for _, _, challenger, _ in told] == [None] * len(told)
    assert (holds(follower), follower.problem) == ((4, "1", None, 0), None)


def test_a_recall_from_an_older_ledger_takes_nothing_from_a_newer_rollout(followed: Followed) -> None:
    follower = ChampionFollower(60)
    followed.promote("1")
    older = followed.events
    followed.start_rollout("2", None, (1, 0))
    follower.refresh()
    followed.events = older
    follower.recall()
    assert holds(follower) == (2, "1", "2", 1)


def test_during_a_rollout_it_looks_within_seconds(followed: Followed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "ROLLOUT_SECONDS", 0.02)
    follower = ChampionFollower(60)
    followed.promote("1")
    followed.start_rollout("2", None, (1, 0))
    follower.start()
    deadline = time.monotonic() + 5
    while follower.arms is None or follower.arms.challenger is None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    followed.end()
    while follower.arms.challenger is not None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    follower.stop()
