from collections import Counter
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from tests.helpers.monitored import shop
from tests.helpers.moved_days import MOVED

from reviewloop.config import KindsConfig, load_config
from reviewloop.core.monitoring.kinds.described import Before
from reviewloop.core.monitoring.kinds.kinds import TOLD, Kind
from reviewloop.core.monitoring.kinds.naming import NOTHING_MOVED, Named, name_kind
from reviewloop.core.monitoring.quality.calibration import Calibration, fit
from reviewloop.core.monitoring.sample import Sample

LIMITS: KindsConfig = load_config("test").kinds
SEEN_BY_LABELS = [what for what, (kind, _) in MOVED.items() if kind in (Kind.CONCEPT, Kind.LABEL_DEFINITION)]
SEEN_ANYWAY = [what for what in MOVED if what not in (*SEEN_BY_LABELS, "answers in another order")]


@cache
def before() -> tuple[Before, Calibration]:
    rows = shop(1500, 1).sample("the reference")
    return Before.of(rows), fit(rows.labels.astype(int), rows.answers)


def named(day: Sample) -> Named:
    return name_kind(before()[0], day, before()[1], LIMITS)


def unrated(day: Sample) -> Sample:
    return replace(day, labels=np.full(len(day), np.nan))


@pytest.mark.parametrize("what", MOVED)
def test_what_moved_is_named_on_four_days_of_five_and_more(what: str) -> None:
    kind, make = MOVED[what]
    found = Counter(named(make(seed)).kind for seed in range(50, 56))
    assert found[kind] >= 5, found


@pytest.mark.parametrize("what", SEEN_ANYWAY)
def test_before_anybody_has_rated_it_is_named_as_well(what: str) -> None:
    kind, make = MOVED[what]
    found = Counter(named(unrated(make(seed))).kind for seed in range(60, 64))
    assert found[kind] >= 3, found


@pytest.mark.parametrize("what", SEEN_BY_LABELS)
def test_without_labels_nobody_sees_that_labels_are_given_otherwise(what: str) -> None:
    assert {named(unrated(MOVED[what][1](seed))).kind for seed in range(70, 73)} == {Kind.UNKNOWN}


def test_without_a_calibration_a_definition_is_a_concept() -> None:
    day = MOVED["a scale upside down"][1](50)
    assert name_kind(before()[0], day, None, LIMITS).kind is Kind.CONCEPT


def test_a_day_without_answers_is_told_by_what_it_has() -> None:
    nothing = {"probabilities": None, "embeddings": None}
    assert named(replace(MOVED["departments"][1](50), **nothing)).kind is Kind.POPULATION


def test_each_kind_says_how_it_is_planted_and_which_labels_it_needs() -> None:
    assert set(TOLD) == set(Kind) - {Kind.NONE}
    told = named(MOVED["lost values"][1](50)).as_json()
    assert told["name"] == "quality"
    assert "Department missing: 0.0% before, 33.5% today" in told["words"]
    assert "Planted as: " in told["words"]
    assert "Labels needed: none" in told["words"]
    assert NOTHING_MOVED.as_json() == {"name": "none", "words": "nothing moved beyond what luck does"}
