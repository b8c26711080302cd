"""What counts for whom: each edge that would count a request twice, for another arm, or not at all."""

from typing import Any

import pandas as pd
import pytest
from tests.helpers.captured import answer, feedback, review, shadow
from tests.helpers.rollout_rows import NO_RATINGS, ratings, selected

from reviewloop.core.rollout.counting import Plan, counted, labelled
from reviewloop.core.rollout.coverage import Half
from reviewloop.core.rollout.evidence import CHALLENGER, CHAMPION, PairedEvidence, StageEvidence, latency_step
from reviewloop.core.rollout.paired_quality import Pairs

PLAN = Plan({7: "shadow", 8: "canary"}, {CHAMPION: ("1", "d1"), CHALLENGER: ("2", "d2")})
OURS = "womens_clothing"
THEIRS = {"arm": "challenger", "version": "2", "digest": "d2"}


def count(*records: dict[str, Any], stars: pd.DataFrame = NO_RATINGS) -> tuple[dict[str, StageEvidence], PairedEvidence, int]:
    stages, paired, num_wrong = counted(labelled(selected(*records), stars, OURS), PLAN)
    return {stage.name: stage for stage in stages}, paired, num_wrong


def test_a_stage_is_what_the_generation_says_and_arms_are_apart() -> None:
    stages, _, num_wrong = count(
        answer("r1", stage="whatever"),
        answer("r2", generation=8),
        answer("r3", generation=8, **THEIRS),
        answer("r4", generation=8, **THEIRS),
    )
    assert [(stage.champion.num_requests, stage.challenger.num_requests) for stage in stages.values()] == [(1, 0), (1, 2)]
    assert (num_wrong, list(stages)) == (0, ["shadow", "canary"])


@pytest.mark.parametrize(
    "wrong", [{"version": "3"}, {"digest": "other"}, {"generation": 6}, {"arm": "control"}, {"arm": "challenger"}]
)
def test_a_record_of_another_version_or_plan_counts_for_nobody_and_is_told(wrong: dict[str, Any]) -> None:
    stages, paired, num_wrong = count(answer("r1", **wrong), shadow("r1"))
    assert [stage.champion.num_requests + stage.challenger.num_requests for stage in stages.values()] == [0, 0]
    assert (paired.num_reviews, num_wrong) == (0, 1)


def test_a_row_that_is_there_twice_counts_once() -> None:
    rows = labelled(selected(answer("r1", review(), review()), shadow("r1", "negative", 2), feedback("r1")), NO_RATINGS, OURS)
    once, twice = (counted(part, PLAN) for part in (rows, pd.concat([rows, rows], ignore_index=True)))
    assert once[0][0].champion.num_reviews == 2
    assert twice == once


def test_a_shadow_of_another_version_makes_no_pair() -> None:
    stages, paired, num_wrong = count(answer("r1"), shadow("r1", version="3"))
    assert (stages["shadow"].champion.num_requests, stages["shadow"].shadow.challenger.num_requests) == (1, 0)
    assert (paired.num_reviews, num_wrong) == (0, 1)


def test_a_unit_counts_once_at_each_of_the_three_places_whatever_it_sends() -> None:
    records = [
        answer("r1", review(), review(), unit="caf\u00e9"), answer("r2", unit="cafe\u0301"),
        answer("r3", unit="b", said=None, status=503), answer("r4", unit="c"), answer("r5", unit="c"),
        feedback("r4"), feedback("r5"),
    ]  # fmt: skip
    arm = count(*records)[0]["shadow"].champion
    assert (arm.num_requests, arm.num_units, arm.units_answered, arm.units_labelled) == (5, 3, 2, 1)
    assert (arm.num_reviews, arm.num_labelled) == (5, 2)


def test_a_record_without_a_unit_is_one_by_itself() -> None:
    assert count(answer("r1", unit=None), answer("r2", unit=None))[0]["shadow"].champion.num_units == 2


def test_failures_are_told_apart() -> None:
    records = [
        answer("r1"), answer("r2", unit="u", said=None, status=504), answer("r3", unit="u", said=None, status=500, error="boom"),
        answer("r4", unit="v", said=None, status=500, error="NotFinite: a probability is no number"),
    ]  # fmt: skip
    arm = count(*records)[0]["shadow"].champion
    assert (arm.num_errors, arm.num_timeouts, arm.num_not_finite) == (2, 1, 1)
    assert (arm.units_with_errors, arm.units_with_timeouts, arm.units_with_not_finite) == (2, 1, 1)
    assert (sum(arm.latencies.values()), arm.answers) == (1, {"positive": 1})


def test_who_is_refused_or_goes_away_is_asked_and_not_answered() -> None:
    records = [
        answer("r1"), answer("r2", unit="u", said=None, status=429, error="Overloaded"),
        answer("r3", unit="u", said=None, status=429, error="Overloaded"), answer("r4", unit="v", said=None, status=499),
    ]  # fmt: skip
    arm = count(*records)[0]["shadow"].champion
    assert (arm.num_requests, arm.num_answered, arm.num_errors, arm.num_timeouts) == (4, 1, 0, 0)
    assert (arm.num_refused, arm.units_refused, arm.num_gone, arm.units_gone) == (2, 1, 1, 1)


def test_latencies_are_those_of_answered_requests_and_of_each_units_slowest() -> None:
    records = [
        answer("r1", review(), review(), unit="u", latency_ms=4.0), answer("r2", unit="u", latency_ms=40.0),
        answer("r3", unit="v", latency_ms=4.0), answer("r4", unit="w", latency_ms=3000.0, said=None, status=504),
    ]  # fmt: skip
    arm = count(*records)[0]["shadow"].champion
    fast, slow = latency_step(4.0), latency_step(40.0)
    assert (arm.latencies, arm.unit_latencies) == ({fast: 2, slow: 1}, {fast: 1, slow: 1})


def test_answers_of_units_are_their_first_and_distinct_ones_are_by_their_probabilities() -> None:
    records = [
        answer("r1", unit="u", received_at="2026-01-02T10:00:01+00:00", said="negative"),
        answer("r2", unit="u", received_at="2026-01-02T10:00:00+00:00"), answer("r3", unit="v"),
    ]  # fmt: skip
    arm = count(*records)[0]["shadow"].champion
    assert (arm.answers, arm.unit_answers, arm.num_distinct) == ({"negative": 1, "positive": 2}, {"positive": 2}, 2)


def test_first_and_last_are_of_the_requests() -> None:
    early, late = "2026-01-02T10:00:00+00:00", "2026-01-03T10:00:00+00:00"
    stage = count(answer("r1", received_at=late), answer("r2", received_at=early), feedback("r1", day="2026-01-05"))[0]["shadow"]
    assert (stage.first_at, stage.last_at) == (early, late)
    assert count()[0]["canary"] == StageEvidence("canary")


def test_a_shadow_that_was_dropped_was_not_read() -> None:
    records = [answer("r1"), shadow("r1", num_tokens=5), answer("r2"), shadow("r2", None, status=0, error="dropped", num_tokens=70)]
    stages, paired, _ = count(*records)
    found = stages["shadow"].shadow
    assert (found.champion.num_requests, found.challenger.num_requests) == (1, 1)
    assert (found.num_dropped, found.tokens_dropped, found.tokens_read, paired.num_reviews) == (1, 70, 5, 1)
    assert (found.champion.answers, found.challenger.answers) == ({"positive": 1}, {"negative": 1})


def test_what_the_shadow_drops_is_counted_by_length_once_a_request_and_once_a_unit() -> None:
    records = []
    for name, tokens, unit, status in (("r1", 5, "u", 200), ("r2", 7, "v", 200), ("r3", 90, "v", 0), ("r4", 80, "w", 0)):
        records += [answer(name, review(), review(), unit=unit), shadow(name, "negative" if status else None, 2, status=status,
                                                                        num_tokens=tokens)]  # fmt: skip
    _, paired, _ = count(*records, answer("old"), shadow("old"))
    assert (paired.median_tokens, paired.fewer_tokens, paired.more_tokens) == (43.5, Half(2, 2, 2, 2), Half(2, 0, 1, 0))


def test_a_shadow_that_failed_is_an_error_of_the_challenger_alone() -> None:
    stages, paired, _ = count(answer("r1"), shadow("r1", None, status=500, error="boom"))
    found = stages["shadow"].shadow
    assert (found.champion.num_errors, found.challenger.num_errors, paired.num_reviews) == (0, 1, 0)


def test_pairs_are_of_labelled_reviews_that_both_answered() -> None:
    told = [
        ("positive", "negative", "positive"), ("positive", "negative", "negative"), ("positive", "negative", "neutral"),
        ("negative", "negative", "negative"), ("positive", "neutral", None),
    ]  # fmt: skip
    records = []
    for at, (said, other, label) in enumerate(told):
        records += [answer(f"r{at}", said=said), shadow(f"r{at}", other), *([feedback(f"r{at}", label)] if label else [])]
    _, paired, _ = count(*records)
    assert (paired.num_reviews, paired.num_differ, paired.units, paired.units_differ) == (5, 4, 5, 4)
    assert (paired.pairs, paired.negative) == (Pairs(1, 1, 2), Pairs(0, 1, 1))
    assert paired.negative_found == {CHAMPION: 1, CHALLENGER: 2}


def test_who_is_labelled_is_counted_by_length_once_a_review_and_once_a_unit() -> None:
    texts = [("r1", 4, "u"), ("r2", 6, "u"), ("r3", 8, "v"), ("r4", 8, "w"), ("r5", 9, "x"), ("r6", 9, "x")]
    records = []
    for name, length, unit in texts:
        records += [answer(name, review("x" * length), unit=unit), shadow(name)]
    records += [feedback("r1"), feedback("r2"), feedback("r3"), feedback("r6")]
    apart = [answer("r7", review("x" * 40)), feedback("r7"), answer("r8", review("")), shadow("r8"), feedback("r8")]
    _, paired, _ = count(*records, *apart)
    assert paired.median_chars == 8, "of the six that both read and that are not erased"
    assert (paired.shorter, paired.longer) == (Half(4, 3, 3, 2), Half(2, 1, 1, 0))
    assert (paired.shorter.share, paired.longer.share, Half().share) == (0.75, 0.5, 0.0)


def test_reviews_of_one_length_have_no_longer_half_and_without_any_there_is_no_median() -> None:
    _, paired, _ = count(answer("r1"), shadow("r1"), answer("r2"), shadow("r2"))
    assert (paired.shorter.num, paired.longer) == (2, Half())
    assert count()[1] == PairedEvidence(negative_found={CHAMPION: 0, CHALLENGER: 0})


def test_a_review_that_is_sent_again_is_one_pair() -> None:
    one = review("bad", 5, "2025-12-31")
    _, paired, _ = count(
        answer("r1", one),
        shadow("r1"),
        answer("r2", one, generation=8),
        shadow("r2", generation=8),
        stars=ratings(("2025-12-31", 5, 1)),
    )
    assert (paired.num_reviews, paired.pairs, paired.shorter) == (1, Pairs(0, 1, 0), Half(1, 1, 1, 1))


def test_one_caller_with_sixty_labels_is_one_pair_and_all_its_labels_are_told() -> None:
    records = []
    for at in range(60):
        records += [answer(f"r{at}", unit="u"), shadow(f"r{at}"), feedback(f"r{at}", "negative" if at % 2 else "positive")]
    _, paired, _ = count(*records, answer("other"), shadow("other"), feedback("other", "negative"))
    assert (paired.num_reviews, paired.labelled_reviews, paired.num_labelled) == (61, 61, 2)
    assert (paired.pairs, paired.negative) == (Pairs(1, 1, 0), Pairs(0, 2, 0))
    assert paired.negative_found == {CHAMPION: 0, CHALLENGER: 2}


def test_stars_label_a_review_by_day_and_id_and_go_before_what_was_said() -> None:
    rows = selected(
        answer("r1", review("a", 5, "2025-12-31")), answer("r2", review("b", 5, "2025-12-30")), answer("r3", review("c")),
        answer("r4", {**review("d", 5, "2025-12-31"), "dataset": "another"}),
        answer("r5", {**review("e", 5, "2025-12-31"), "dataset": None}), feedback("r1", "neutral"), feedback("r3", "neutral"),
    )  # fmt: skip
    found = labelled(rows, ratings(("2025-12-31", 5, 1), ("2025-12-31", 6, 5)), OURS).set_index("request_id")["label"]
    assert dict(found.fillna("-")) == {"r1": "negative", "r2": "-", "r3": "neutral", "r4": "-", "r5": "negative"}


def test_of_what_was_said_the_first_counts_unless_a_later_one_corrects_it() -> None:
    said = [
        feedback("r1", "negative", at="11:00:02"),
        feedback("r1", "neutral", at="11:00:01"),
        feedback("r1", "neutral", at="11:00:01"),
    ]
    assert list(labelled(selected(answer("r1"), *said), NO_RATINGS, OURS)["label"]) == ["neutral"]
    corrected = feedback("r1", "positive", at="11:00:03", correction=True)
    assert list(labelled(selected(answer("r1"), *said, corrected), NO_RATINGS, OURS)["label"]) == ["positive"]
