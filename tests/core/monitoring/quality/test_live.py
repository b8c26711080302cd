from dataclasses import replace

import numpy as np
import pytest
from tests.helpers.answered import USUAL, reviews
from tests.helpers.contracts import CONTRACT
from tests.helpers.live_quality import LIMITS, of_a_day, quality_of, scored
from tests.helpers.monitored import shop

from reviewloop.core.monitoring.quality.calibration import NotEnoughRows
from reviewloop.core.monitoring.quality.live import calibration_of, counts_of
from reviewloop.core.monitoring.quality.realised import DayCounts
from reviewloop.core.monitoring.sample import Sample
from reviewloop.core.reviews import SENTIMENTS


def answering(rows: Sample, seed: int) -> Sample:
    """The rows with labels and answers of a model whose calibration is known to be possible."""
    labels, probabilities = reviews(USUAL, len(rows), np.random.default_rng(seed))
    words = np.array(SENTIMENTS)[probabilities.argmax(axis=1)]
    told = rows.reviews.assign(rating=np.array([1, 3, 5])[labels], prediction=words)
    return replace(rows, reviews=told, labels=labels.astype(float), probabilities=probabilities)


def test_estimated_and_realised_marks_agree_on_a_day_as_ever_and_say_how_many_labels_have_arrived() -> None:
    found = quality_of(answering(scored(shop(200, 5)), 2), reference=answering(shop(1500, 1).sample(), 1))
    marks = found.as_json()["realised"]["marks"]
    assert found.estimated is not None
    for guess, known in zip(found.estimated.marks, marks, strict=True):
        assert guess.low <= known["value"] <= guess.high
        assert known["labels_arrived"] == 1.0
    assert not any(one.fired for one in found.gaps)
    assert found.warnings == ()


def test_no_row_is_judged_by_a_map_that_it_was_fitted_with() -> None:
    """The history's day holds the sealed reviews themselves: a map fitted on them would know their labels by heart."""
    reference = shop(1500, 1).sample()
    among = shop(1500, 1)
    day = scored(type(among)(among.frame.head(400), among.embeddings[:400]))
    calibration, sealed = calibration_of(reference, day)
    assert len(calibration.labels) == sealed.sum() == 1100
    assert len(calibration_of(reference, scored(shop(200, 5)))[0].labels) == 1500


def test_a_group_is_compared_with_the_sealed_reviews_that_the_day_does_not_hold_as_all_marks_are() -> None:
    """Where a day holds sealed reviews, one of whose groups is answered well on those alone, the group's others tell how it was."""
    reference, among = answering(shop(1500, 1).sample(), 1), shop(1500, 1)
    held = set(among.frame["text"].head(400))
    is_held = reference.reviews["text"].isin(held).to_numpy()
    labels = reference.labels.astype(int)
    right, wrong = np.eye(3)[labels] * 0.94 + 0.02, np.eye(3)[(labels + 1) % 3] * 0.94 + 0.02
    odd = np.where((is_held & (np.arange(len(labels)) % 2 == 0))[:, np.newaxis], wrong, right)
    reference = replace(reference, probabilities=odd)
    day = replace(
        scored(type(among)(among.frame.head(400), among.embeddings[:400])), labels=labels[is_held].astype(float),
        probabilities=odd[is_held],
    )  # fmt: skip
    found = quality_of(day, reference=reference)
    assert {one.sealed for one in found.slices if one.sealed is not None} == {1.0}
    assert found.falls[0].sealed == 1.0, "as all marks together"


def test_too_few_sealed_rows_estimate_nothing_and_say_why() -> None:
    reference = shop(30, 1).sample()
    with pytest.raises(NotEnoughRows, match="20 of each are needed"):
        calibration_of(reference, scored(shop(200, 5)))
    found = quality_of(scored(shop(200, 5)), reference=reference)
    assert (found.estimated, found.falls, found.gaps) == (None, (), ())
    assert "20 of each are needed" in found.refused
    assert found.priors.refused == found.refused
    assert found.realised.num_rated == 200


def test_a_champion_of_before_there_were_probabilities_is_judged_by_its_labels_alone() -> None:
    found = quality_of(replace(scored(shop(200, 5)), probabilities=None))
    assert found.refused == "the day has no answers of this champion"
    assert found.realised.marks[0].value is not None


def test_no_shares_are_told_where_more_has_moved() -> None:
    found = quality_of(scored(shop(200, 5, complaints=0.4)), moved="words moved")
    assert found.priors.refused == "not only the classes' shares have moved: words moved"
    assert found.estimated is not None
    assert not found.estimated.is_reweighed
    assert quality_of(scored(shop(200, 5, complaints=0.4))).estimated.is_reweighed


def test_labels_that_contradict_what_the_answers_let_expect_are_a_gap() -> None:
    day = scored(shop(400, 5))
    rating = day.reviews["rating"].where((day.labels != 2) | (np.arange(len(day)) % 5 > 0), 1)
    otherwise = replace(day, reviews=day.reviews.assign(rating=rating), labels=np.where(rating == 1, 0.0, day.labels))
    found = quality_of(otherwise)
    assert any(one.fired for one in found.gaps)
    assert not any(one.fired for one in quality_of(day).gaps)


def test_of_a_day_rated_in_part_the_rated_rows_are_compared_with_what_was_estimated_of_them() -> None:
    found = of_a_day(0.5)
    assert found.realised.is_provisional
    assert found.gaps
    assert found.rated.verdict == "alike"
    happy = scored(shop(200, 5))
    only = replace(happy, labels=np.where(happy.answers.argmax(axis=1) == 2, happy.labels, np.nan))
    assert quality_of(only).rated.verdict == "different"


def test_too_few_labels_make_no_gap_and_their_fall_is_no_number() -> None:
    found = of_a_day(0.1)
    assert found.gaps == ()
    (fall,) = found.as_json()["falls"]
    assert (fall["standing"], fall["fall"]) == ("not enough evidence", None)
    assert "nan" not in fall["words"]


def test_the_days_before_are_pooled_and_a_fall_warns() -> None:
    bad = DayCounts("2026-01-02", "1", ((8, 6, 6), (6, 8, 6), (30, 30, 100)), 200)
    day = scored(shop(200, 5))
    worse = replace(day, reviews=day.reviews.assign(prediction=np.where(np.arange(len(day)) % 4 == 0, "neutral", "negative")))
    found = quality_of(worse, [bad, replace(bad, day="2026-01-03")])
    assert [one.num_days for one in found.falls] == [1, 3]
    assert found.warnings
    assert all(line.startswith("worse: ") for line in found.warnings)


def test_reviews_without_a_rating_are_counted_as_rows_alone() -> None:
    day = scored(shop(200, 5), rated=0.5)
    found = counts_of("2026-01-02", "1", day.reviews, CONTRACT)
    assert (found.num_rows, int(found.matrix.sum())) == (200, day.num_rated)
    assert LIMITS.min_rated <= day.num_rated
    asked = counts_of("2026-01-02", "1", day.reviews.drop(columns="rating"), CONTRACT)
    assert (asked.num_rows, int(asked.matrix.sum())) == (200, 0)
