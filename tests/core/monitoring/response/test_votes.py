"""A day votes once, and what stands does not depend on when anybody heard of it."""

from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.helpers.votes import LIMITS, day, vote

from reviewloop.core.monitoring.drift.complaints import Complaints, least_seen
from reviewloop.core.monitoring.response.state import KEPT_VOTES, Answer, State
from reviewloop.core.monitoring.response.votes import Stand, standings

CONFIRM = LIMITS.confirm


def stands(*votes, through=""):
    return {name: found.stand.value for name, found in standings(votes, through, CONFIRM).items()}


@pytest.mark.parametrize(
    ("days", "stand"),
    [("f", "pending"), ("ff", "confirmed"), ("fcf", "confirmed"), ("fccf", "pending"), ("ffcc", "pending"), ("ffccc", "clear")],
)
def test_two_of_the_last_three_days_confirm(days, stand):
    votes = [vote(number, *(["text"] if word == "f" else [])) for number, word in enumerate(days)]
    assert stands(*votes) == {"text": stand}


def test_each_family_stands_for_itself():
    assert stands(vote(0, "text"), vote(1, "facets"), vote(2, "facets")) == {"facets": "confirmed", "text": "pending"}


def test_a_day_of_too_few_rows_is_no_monitored_day():
    assert stands(vote(0, "text"), vote(1, judged=False), vote(2, judged=False), vote(3, "text")) == {"text": "confirmed"}


def test_an_answer_covers_its_days_and_later_ones_must_confirm_anew():
    fired = [vote(number, "text") for number in range(4)]
    assert stands(*fired[:2], through=day(1)) == {"text": "acknowledged"}
    assert stands(*fired[:3], through=day(1)) == {"text": "pending"}
    assert stands(*fired, through=day(1)) == {"text": "confirmed"}
    found = standings(fired, day(1), CONFIRM)["text"]
    assert found.fired == (day(2), day(3)), "no day is counted for two answers"
    assert found.since == day(3)


def test_a_day_that_comes_again_takes_the_place_of_its_vote():
    state = State().with_votes([vote(0, "text"), vote(1, "text")])
    assert stands(*state.of("1")) == {"text": "confirmed"}
    again = state.with_votes([vote(1, generation=2, batch="c")])
    assert stands(*again.of("1")) == {"text": "pending"}
    assert len(again.votes) == 2
    assert again.with_votes([vote(1, "text", generation=1)]) == again, "what was replaced does not come back"


def test_votes_of_another_version_say_nothing_of_this_one():
    state = State().with_votes([vote(0, "text", version="1"), vote(1, "text", version="2")])
    assert stands(*state.of("2")) == {"text": "pending"}


def test_requests_and_delivered_days_confirm_each_for_themselves():
    """The same complaints come in as requests first and in the delivery after: told twice, they are one drift."""
    both = [vote(0, "text"), vote(0, "requests: text", source="endpoint")]
    assert stands(*both) == {"requests: text": "pending", "text": "pending"}
    requests = [vote(number, *(["requests: text"] if number < 2 else []), source="endpoint") for number in range(4)]
    calm = [vote(number) for number in range(2, 4)]
    assert stands(*requests, *calm) == {"requests: text": "pending"}, "of the last three days of requests one has fired"
    assert stands(*requests[:2], *calm) == {"requests: text": "confirmed"}, "no calm delivery takes them back"


def test_a_day_has_a_vote_of_each_source():
    state = State().with_votes(
        [vote(0, "text"), vote(0, source="endpoint"), vote(0, "requests: text", source="endpoint", generation=2)]
    )
    assert [(one.source, one.families) for one in state.of("1")] == [("batch", ("text",)), ("endpoint", ("requests: text",))]


DELIVERIES = st.lists(st.tuples(st.integers(0, 19), st.sampled_from(["", "text", "facets"])), min_size=1, max_size=60)


@settings(deadline=None, max_examples=60)
@given(deliveries=DELIVERIES, data=st.data())
def test_twenty_days_in_any_order_and_in_any_runs_end_as_one_by_one(deliveries, data):
    """Each delivery of a day is a generation of it. Shuffled, told twice and cut into runs, they come to one state."""
    made, count = [], dict[int, int]()
    for number, family in deliveries:
        count[number] = count.get(number, 0) + 1
        made.append(vote(number, *filter(None, [family]), generation=count[number], batch=f"b{count[number]}"))
    one_by_one = State()
    for one in sorted(made, key=lambda one: (one.day, one.generation)):
        one_by_one = one_by_one.with_votes([one])
    shuffled = data.draw(st.permutations(made + data.draw(st.lists(st.sampled_from(made), max_size=10))))
    at_once, left = State(), list(shuffled)
    while left:
        size = data.draw(st.integers(1, len(left)))
        at_once, left = at_once.with_votes(left[:size]), left[size:]
    assert at_once == one_by_one
    assert standings(at_once.of("1"), "", CONFIRM) == standings(one_by_one.of("1"), "", CONFIRM)
    assert State.model_validate_json(at_once.model_dump_json()) == at_once


def test_luck_alone_rarely_confirms():
    """The numbers beside ``confirm`` in ``base.yaml``: draws of 500 clean days of which 0.5 % fire."""
    rng = np.random.default_rng(20260101)
    fired = rng.random((4000, 500)) < 0.005
    window = fired.astype(int)
    window[:, 1:] += fired[:, :-1]
    window[:, 2:] += fired[:, :-2]
    confirmed, alone = (window >= CONFIRM.days).any(axis=1).mean(), fired.any(axis=1).mean()
    assert (CONFIRM.days, CONFIRM.of) == (2, 3)
    assert confirmed == pytest.approx(0.025, abs=0.005)
    assert alone == pytest.approx(0.92, abs=0.01)


def test_a_day_that_fired_by_pooled_days_says_again_what_the_day_before_it_said():
    own, pooled = {}, {"pooled": ("labels",)}
    assert stands(vote(0, "labels", **own), vote(1, "labels", **pooled)) == {"labels": "pending"}
    assert stands(vote(0, "labels", **pooled), vote(1, "labels", **pooled), vote(2, "labels", **pooled)) == {"labels": "pending"}
    assert stands(vote(0, "labels", **pooled), vote(1, "labels", **own)) == {"labels": "confirmed"}, "by rows of its own"
    assert stands(vote(0, "labels"), vote(1, "labels", "text", **pooled)) == {"labels": "pending", "text": "pending"}
    found = standings([vote(0, "labels"), vote(1, "labels", **pooled)], "", CONFIRM)["labels"]
    assert found.fired == (day(0),), "what it rests on is said, and no more"


def test_luck_that_pooled_days_share_confirms_as_rarely_as_luck_alone():
    """M5: clean days of 200 reviews through the test of complaints, whose windows of three days overlap."""
    before, alpha, rng = Complaints(1768, 17_000), 0.0025, np.random.default_rng(3)

    @cache
    def least(num_complaints=0, num_days=0):
        return least_seen(200, [Complaints(num_complaints, 200 * num_days)] if num_days else [], before, alpha)

    confirmed, naive = 0, 0
    for counts in rng.binomial(200, before.share, size=(200, 500)).tolist():
        pasts = [counts[max(0, at - 2) : at] for at in range(500)]
        fired = [at for at, past in enumerate(pasts) if counts[at] >= least(sum(past), len(past))]
        if not any(second - first < 3 for first, second in pairwise(fired)):
            continue  # nothing that anybody could take for a confirmation
        votes = [vote(at, *(["labels"] if at in fired else [])) for at in range(500)]
        told = [one.model_copy(update={"pooled": one.families if counts[at] < least() else ()}) for at, one in enumerate(votes)]
        naive += any(stands(*votes[: at + 1][-3:]) == {"labels": "confirmed"} for at in fired)
        confirmed += any(stands(*told[: at + 1][-3:]) == {"labels": "confirmed"} for at in fired)
    assert naive >= 8, "days that share their rows, counted one by one"
    assert confirmed <= 5, "2.5 of 100 draws of 500 days are allowed; all signals together have as much again"


def test_what_is_kept_has_an_end():
    votes = [vote(number, "text") for number in range(KEPT_VOTES + 5)]
    kept = State().with_votes(votes).votes
    assert (len(kept), kept[-1].day) == (KEPT_VOTES, day(KEPT_VOTES + 4))


def test_a_row_without_gain_ends_with_another_champion_or_a_person():
    def answer(number, what="training", version="1"):
        at = {"at": f"2026-01-{number:02d}T00:00:00+00:00", "by": "x"}
        return Answer.model_validate({"what": what, "version": version, "through": day(number), **at})

    state = State().with_answer(answer(3)).with_answer(answer(10))
    assert (state.without_gain("1"), state.without_gain("2")) == (2, 0)
    assert state.with_answer(answer(11, "acknowledged")).without_gain("1") == 0
    assert state.with_answer(answer(12, version="2")).without_gain("2") == 1
    assert state.answered_through("1") == day(10)


def test_no_confirmation_could_ask_for_more_days_than_it_looks_at():
    with pytest.raises(ValueError, match="no drift could ever be confirmed"):
        type(CONFIRM)(days=4, of=3)


def test_a_stand_is_known_by_its_word():
    assert [stand.value for stand in Stand] == ["clear", "pending", "confirmed", "acknowledged"]
