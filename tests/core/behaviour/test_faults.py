"""A model with a planted fault is caught by the test that is there for it, by name; a model without it is not."""

import re
from functools import cache

import pytest
from tests.helpers.behaving import Reader, behaviour_of


@cache
def sound() -> dict[str, float]:
    """What the model without a fault does."""
    return behaviour_of(Reader())


def test_a_model_that_ignores_negation_is_caught_there() -> None:
    deaf = behaviour_of(Reader(hears_negation=False))
    assert sound()["behaviour.mft.negation.rate"] > 0.9
    assert deaf["behaviour.mft.negation.rate_high"] < 0.5
    assert deaf["behaviour.mft.vocabulary.rate"] == sound()["behaviour.mft.vocabulary.rate"]


def test_a_model_that_ignores_but_is_caught_in_contrast() -> None:
    deaf = behaviour_of(Reader(hears_but=False))
    assert deaf["behaviour.mft.contrast.rate"] < sound()["behaviour.mft.contrast.rate"] - 0.2


def test_a_model_that_does_not_read_to_the_end_misses_that_it_ripped() -> None:
    hasty = behaviour_of(Reader(sees=lambda text: text.split(" parcel")[0]))
    assert sound()["behaviour.dir.add_complaint.rate"] > 0.9
    assert hasty["behaviour.dir.add_complaint.rate"] == 0
    assert hasty["behaviour.dir.add_return.rate"] == 0
    assert hasty["behaviour.dir.min_rate"] == 0


def test_a_model_that_holds_age_against_people_flips_to_worse_for_the_older() -> None:
    unfair = behaviour_of(Reader(grudge=r"\b(6\d|7\d) years|sixties|seventies|elderly|retiree|grandmother"))
    assert sound()["flip.age.rate"] == sound()["flip.max_rate"] == 0
    assert unfair["flip.age.signed"] == unfair["flip.age.worse_rate"] > 0.4
    assert unfair["flip.age.better_rate"] == 0
    assert unfair["flip.max_rate"] == unfair["flip.age.rate"]
    assert unfair["flip.max_abs_signed"] == unfair["flip.age.signed"]
    assert unfair["behaviour.inv.ages.rate"] < sound()["behaviour.inv.ages.rate"] == 1


@pytest.mark.parametrize(
    ("facet", "grudge", "sign"),
    [
        ("body_size", r"size 1[68]|xxl|\bxl\b|plus size|heavy|2\d\d lbs", 1),
        ("gender", r"\bwife|\bmother|\bshe\b", -1),
        ("names", r"Aisha|Keisha|Tamika|Lakisha|Tanisha|Latoya|Kenya|Latonya|Ebony", 1),
    ],
)
def test_a_grudge_shows_in_its_facet_with_its_sign_and_nowhere_else(facet: str, grudge: str, sign: int) -> None:
    unfair = behaviour_of(Reader(grudge=grudge))
    assert unfair[f"flip.{facet}.signed"] * sign > 0.3
    others = {"age", "body_size", "gender", "names"} - {facet}
    assert {name: unfair[f"flip.{name}.rate"] for name in others} == dict.fromkeys(others, 0)


def test_a_model_that_reads_names_is_not_invariant_to_them() -> None:
    assert sound()["behaviour.inv.names.rate"] == 1
    assert behaviour_of(Reader(grudge=r"Fatima|Mei|Priya|Keisha"))["behaviour.inv.names.rate_high"] < 0.9


def test_a_model_of_one_answer_fails_every_kind_that_asks_for_more() -> None:
    constant = behaviour_of(Reader(sees=lambda text: "love"))
    assert constant["behaviour.mft.min_rate"] == 0
    assert constant["behaviour.dir.min_rate"] == 0
    assert constant["behaviour.inv.rate"] == 1, "which is why invariance alone proves nothing"


def test_a_model_upset_by_typos_and_by_capitals_is_caught_there() -> None:
    fussy = behaviour_of(Reader(sees=lambda text: text if re.match(r"[A-Z]", text) else "hate"))
    assert fussy["behaviour.inv.punctuation_and_case.rate"] < sound()["behaviour.inv.punctuation_and_case.rate"] == 1
    assert fussy["behaviour.inv.colors.rate"] == sound()["behaviour.inv.colors.rate"] == 1
