"""The state of drift on the real local S3: many writers, one state."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.helpers.votes import LIMITS, day, vote, world

from reviewloop.adapters.lake import claims, places
from reviewloop.adapters.monitoring import response
from reviewloop.core.monitoring.response.decision import Verdict, decide, recorded
from reviewloop.core.monitoring.response.state import State
from reviewloop.errors import TransientError

pytestmark = pytest.mark.contract


def test_before_the_first_day_nothing_is_known(lake: str) -> None:
    assert response.read() == State()


def test_of_many_writers_none_is_lost(lake: str) -> None:
    votes = [vote(number, "text") for number in range(16)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda one: response.change(lambda state: (state.with_votes([one]), None)), votes))
    assert response.read() == State().with_votes(votes)


def test_of_many_who_decide_at_once_one_starts_a_training(lake: str) -> None:
    response.change(lambda state: (state.with_votes([vote(0, "text"), vote(1, "text")]), None))

    def asked(run: int) -> Verdict:
        def decided(state: State) -> tuple[State, Verdict]:
            found = decide(state, world(), LIMITS)
            return recorded(state, found, world(), f"run{run}"), found.verdict

        return response.change(decided)

    with ThreadPoolExecutor(8) as pool:
        verdicts = list(pool.map(asked, range(8)))
    assert sorted(verdicts) == [Verdict.ANSWERED] * 7 + [Verdict.TRAIN]
    assert [answer.through for answer in response.read().answers] == [day(1)]


def test_what_changes_nothing_is_not_written(lake: str) -> None:
    response.change(lambda state: (state.with_votes([vote(0)]), None))
    before = claims.read(places.response())
    response.change(lambda state: (state.with_votes([vote(0)]), None))
    assert claims.read(places.response()) == before


def test_who_is_never_first_gives_up_for_now(lake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "take", lambda *_, **__: None)
    with pytest.raises(TransientError, match="other writers were first"):
        response.change(lambda state: (state.with_votes([vote(0)]), None))
