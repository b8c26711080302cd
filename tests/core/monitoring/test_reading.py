"""A day's contradicted labels against the held-out ones."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import fisher_exact

from reviewloop.config import ReadingConfig
from reviewloop.core.monitoring.reading import ANOTHER, Reading, compare, contradictions, held_out_counts, in_words
from reviewloop.core.statistics.many_tests import holm
from reviewloop.errors import PermanentError

LIMITS = ReadingConfig(min_rows=10, min_excess=0.02, alpha=0.01)
HELD_OUT = np.array([[250, 60, 40], [90, 180, 130], [40, 110, 2600]])
CALM = np.array([[14, 4, 2], [5, 10, 7], [2, 7, 149]])


def by_name(found: tuple[Reading, ...]) -> dict[tuple[str, str], Reading]:
    return {(one.label, one.answer): one for one in found}


def test_a_day_like_the_held_out_part_is_usual() -> None:
    found = compare(CALM, HELD_OUT, LIMITS)
    assert {one.verdict for one in found} == {"usual"}
    assert in_words(found) == "9 of 9 shares judged, none beyond what the held-out part lets expect"


def test_swapped_labels_show_by_name_though_every_share_is_kept() -> None:
    swapped = CALM + np.array([[-8, 0, 8], [0, 0, 0], [8, 0, -8]])
    assert (swapped.sum(axis=1) == CALM.sum(axis=1)).all()
    found = compare(swapped, HELD_OUT, LIMITS)
    unusual = {(one.label, one.answer) for one in found if one.verdict == "unusual"}
    assert {("negative", "positive"), ("positive", "negative")} <= unusual
    assert "labelled positive, read as negative: 10 of 158 (6.3%); 1.5% of the held-out ones, by luck " in in_words(found)


def test_the_chance_is_fishers_corrected_over_all_shares() -> None:
    found = compare(CALM + np.array([[-8, 0, 8], [0, 0, 0], [8, 0, -8]]), HELD_OUT, LIMITS)
    assert min(one.chance or 1 for one in found) < 0.01, "Holm cuts at 1: a calm day would compare nothing"
    tables = [[[o.count, o.num_rows - o.count], [o.held_out_count, o.held_out_rows - o.held_out_count]] for o in found]
    plain = np.array([fisher_exact(table, alternative="greater").pvalue for table in tables])
    assert [one.chance for one in found] == pytest.approx(holm(plain), rel=1e-6)


def test_fewer_contradictions_than_usual_are_no_mark() -> None:
    assert {one.verdict for one in compare(np.diag([20, 20, 160]), HELD_OUT, LIMITS)} == {"usual"}


def test_a_certain_but_tiny_excess_is_no_mark() -> None:
    held_out = np.array([[10**6, 0, 0], [0, 10**6, 0], [10**4, 0, 10**6]])
    found = by_name(compare(held_out + np.array([[0, 0, 0], [0, 0, 0], [10**4, 0, 0]]), held_out, LIMITS))
    one = found["positive", "negative"]
    assert one.chance is not None
    assert one.chance < 1e-9
    assert one.verdict == "usual"


@pytest.mark.parametrize("side", ["day", "held out"])
def test_a_label_of_few_rows_is_not_judged_and_costs_the_others_nothing(side: str) -> None:
    few = np.array([[1, 0, 8], [0, 0, 0], [0, 0, 200]])
    many = np.array([[100, 50, 50], [50, 100, 50], [0, 0, 200]])
    found = by_name(compare(few, many, LIMITS) if side == "day" else compare(many, few, LIMITS))
    judged = {name for name, one in found.items() if one.verdict != "not enough evidence"}
    assert judged == {("positive", ANOTHER), ("positive", "negative"), ("positive", "neutral")}
    assert all(found[name].chance is None for name in found.keys() - judged)


def test_an_empty_day_has_no_verdict() -> None:
    found = compare(np.zeros((3, 3), dtype=int), HELD_OUT, LIMITS)
    assert {one.verdict for one in found} == {"not enough evidence"}
    assert "none" in str(found[0])


@pytest.mark.parametrize(
    "report", [None, [], {}, {"confusion": None}, {"confusion": [[1, 2], [3, 4]]}, {"confusion": [[-1] * 3] * 3}]
)
def test_an_evaluation_without_its_counts_is_no_reference(report: object) -> None:
    with pytest.raises(PermanentError, match="keeps no confusion matrix"):
        held_out_counts(report)


def test_the_surest_contradictions_come_first_and_what_agrees_not_at_all() -> None:
    reviews = pd.DataFrame({"review_id": [1, 2, 3], "text": ["a", "b", "c"]})
    probabilities = np.array([[0.2, 0.1, 0.7], [0.9, 0.05, 0.05], [0.1, 0.0, 0.9]])
    found = contradictions(reviews, np.array([0, 2, 2]), probabilities)
    assert found["review_id"].tolist() == [2, 1]
    assert (found["label"].tolist(), found["answer"].tolist()) == (["positive", "negative"], ["negative", "positive"])
    assert len(contradictions(reviews, np.array([0, 2, 2]), probabilities, num_rows=1)) == 1
