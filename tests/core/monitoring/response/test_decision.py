"""What a retraining asks for: each condition alone stops it, by its name."""

from datetime import timedelta

import pytest
from tests.helpers.votes import LIMITS, NOW, day, vote, world

from reviewloop.core.monitoring.response.decision import Verdict, decide, recorded, report
from reviewloop.core.monitoring.response.state import Answer, State

CONFIRMED = State().with_votes([vote(0, "text"), vote(1, "text")])


def answered(state, ago_days, what="training", version="0", through=""):
    at = NOW - timedelta(days=ago_days)
    return state.with_answer(Answer(what=what, version=version, through=through, at=at, by="x"))


def failed(decision):
    return [one.name for one in decision.conditions if one.verdict == "fails"]


def test_a_confirmed_drift_in_a_world_that_asks_for_nothing_trains():
    found = decide(CONFIRMED, world(), LIMITS)
    assert (found.verdict, found.families, found.days) == (Verdict.TRAIN, ("text",), (day(0), day(1)))
    assert found.reason == f"confirmed: text on {day(0)}, {day(1)}"
    assert found.reasons == ("text moved",)
    assert failed(found) == []


PRIOR = State().with_votes([vote(0, "prediction", kind="prior"), vote(1, "prediction", kind="prior")])
WITHOUT_GAIN = answered(answered(CONFIRMED, 20, version="1"), 10, version="1")
FAULTS = {
    "confirmed": (State().with_votes([vote(0, "text"), vote(1)]), world()),
    "not_prior_alone": (PRIOR, world()),
    "nothing_under_way": (CONFIRMED, world(under_way="a rollout of version 2")),
    "cool_down": (answered(CONFIRMED, 6.9), world()),
    "budget": (answered(answered(answered(CONFIRMED, 29), 20), 8), world()),
    "budget_minutes": (CONFIRMED, world(training_minutes=720.0)),
    "new_rows": (CONFIRMED, world(num_new_rows=199)),
    "gain": (WITHOUT_GAIN, world()),
}


@pytest.mark.parametrize("name", FAULTS)
def test_each_condition_alone_stops_the_training_and_is_the_reason(name):
    state, facts = FAULTS[name]
    found = decide(state, facts, LIMITS)
    assert failed(found) == [name]
    if name != "confirmed":
        assert found.verdict is Verdict.SUPPRESSED
        line = next(one for one in found.conditions if one.name == name)
        assert str(line) in found.reason
        assert line.value in found.reason
    assert found.asks_person == (name == "gain"), "a person is asked where trainings bring nothing"


def test_every_condition_has_its_fault():
    assert [one.name for one in decide(CONFIRMED, world(), LIMITS).conditions] == list(FAULTS)


def test_evidence_that_is_missing_never_passes():
    assert failed(decide(CONFIRMED, world(num_new_rows=None), LIMITS)) == ["new_rows"]


@pytest.mark.parametrize(
    ("kinds", "verdict"), [(("prior", "prior"), "fails"), (("prior", "covariate"), "holds"), (("prior", ""), "not judged")]
)
def test_the_kind_is_judged_only_where_the_monitor_says_it(kinds, verdict):
    state = State().with_votes(vote(number, "x", kind=kind) for number, kind in enumerate(kinds))
    line = next(one for one in decide(state, world(), LIMITS).conditions if one.name == "not_prior_alone")
    assert line.verdict == verdict


def test_what_fired_once_waits_and_what_was_answered_is_not_asked_for_again():
    assert decide(State().with_votes([vote(0, "text")]), world(), LIMITS).verdict is Verdict.PENDING
    assert decide(State().with_votes([vote(0)]), world(), LIMITS).verdict is Verdict.CALM
    found = decide(CONFIRMED, world(), LIMITS)
    after = recorded(CONFIRMED, found, world(), "run1")
    assert decide(after, world(), LIMITS).verdict is Verdict.ANSWERED
    assert (len(after.answers), after.answers[0].through) == (1, day(1))


def test_a_champion_without_a_monitored_day_is_an_error():
    with pytest.raises(ValueError, match="no day of version 2 was monitored"):
        decide(CONFIRMED, world(version="2"), LIMITS)


def replayed(num_days, champions):
    """Every day drifts. ``champions``: whether each training brings another champion. Returns the state and all decisions."""
    state, version, decisions = State(), 1, []
    for number in range(num_days):
        facts = world(now=NOW + timedelta(days=number), version=str(version))
        state = state.with_votes([vote(number, "text", version=str(version))])
        found = decide(state, facts, LIMITS)
        state = recorded(state, found, facts, f"run{number}")
        decisions.append(found)
        version += champions and found.verdict is Verdict.TRAIN
    return state, decisions


def test_thirty_drifted_days_are_as_many_trainings_as_the_budget_and_every_other_day_says_why_not():
    state, decisions = replayed(30, champions=True)
    assert len(state.trainings(NOW)) == LIMITS.budget.trainings == 3
    suppressed = [found for found in decisions if found.verdict is Verdict.SUPPRESSED]
    assert suppressed
    assert all(failed(found) for found in suppressed)
    assert {"cool_down", "budget"} <= {name for found in suppressed for name in failed(found)}
    assert [one.verdict for one in state.decisions] == [found.verdict for found in decisions], "each is recorded"
    assert all(one.reason for one in state.decisions)


def test_a_drift_that_no_training_mends_comes_to_a_person():
    state, decisions = replayed(30, champions=False)
    assert len(state.trainings(NOW)) == LIMITS.max_without_gain == 2
    assert decisions[-1].asks_person


def test_the_report_is_plain_and_keeps_what_was_suppressed():
    found = decide(*FAULTS["cool_down"], LIMITS)
    told = report(recorded(CONFIRMED, found, world(), "run1"), found)
    assert told["decisions"][0]["verdict"] == "suppressed"
    assert "report" not in told["decisions"][0]
    assert [one["day"] for one in told["votes"]] == [day(0), day(1)]


def test_confirmed_requests_train_on_their_own_evidence():
    requests = [vote(number, "requests: text", source="endpoint", page_uri=f"r{number}") for number in (1, 2)]
    state = State().with_votes([vote(0), vote(1), *requests])
    found = decide(state, world(), LIMITS)
    assert (found.verdict, found.families, found.days) == (Verdict.TRAIN, ("requests: text",), (day(1), day(2)))
    assert found.reasons == ("requests: text moved",), "the calm delivery of the same day is no evidence"
    after = recorded(state, found, world(), "run1").with_votes([vote(3, "requests: text", source="endpoint")])
    assert decide(after, world(), LIMITS).verdict == Verdict.PENDING, "no two trainings rest on the same day"


def test_a_day_of_requests_that_says_nothing_lets_no_delivery_count_as_answered_before_it_came():
    state = State().with_votes([vote(0, "text"), vote(1, "text"), vote(2, source="endpoint"), vote(3, source="endpoint")])
    found = decide(state, world(), LIMITS)
    assert (found.verdict, found.day) == (Verdict.TRAIN, day(1))
    after = recorded(state, found, world(), "run1").with_votes([vote(2, "text"), vote(3, "text")])
    assert decide(after, world(), LIMITS).families == ("text",)
