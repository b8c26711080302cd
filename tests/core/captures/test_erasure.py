"""What leaves a record, and what stays."""

from typing import Any

import pytest
from tests.helpers.captured import answer, feedback, numbered, review, shadow

from reviewloop.core.captures.erasure import Erasure, erased

AT, DAY = "2026-02-01T00:00:00+00:00", "2026-01-01"
HERS = Erasure(AT, "person:Ada", "asked", "shop", DAY, 5)


def of(**given: Any) -> dict[str, Any]:
    return {**review("secret", 5, DAY, title="secret"), "dataset": "shop", **given}


def test_words_and_names_go_and_numbers_stay() -> None:
    record = numbered(answer("r1", of(), review("another")), seq=3)
    found, num = erased(record, [HERS])
    gone = {"title": None, "text": "", "review_id": None, "dataset": None, "day": None, "erased": True}
    assert (found, num) == ({**record, "reviews": [gone, review("another")]}, 1)
    assert record["reviews"][0]["text"] == "secret", "what was given is not changed"
    assert erased(found, [HERS]) == (found, 0)


@pytest.mark.parametrize("given", [{"dataset": None}, {"day": None}, {"review_id": "5"}])
def test_what_may_be_the_review_is_erased(given: dict[str, Any]) -> None:
    assert erased(answer("r1", of(**given)), [HERS])[1] == 1


@pytest.mark.parametrize("given", [{"dataset": "another"}, {"day": "2026-01-02"}, {"review_id": 55}, {"review_id": None}])
def test_another_review_stays(given: dict[str, Any]) -> None:
    record = answer("r1", of(**given))
    assert erased(record, [HERS]) == (record, 0)


def test_what_was_captured_after_the_asking_stays() -> None:
    record = answer("r1", of(), received_at="2026-02-01T00:00:01+00:00")
    assert erased(record, [HERS]) == (record, 0)


@pytest.mark.parametrize("record", [shadow("r1"), feedback("r1"), answer("r1", reviews=None), answer("r1", reviews=["x"])])
def test_what_has_no_words_is_as_it_was(record: dict[str, Any]) -> None:
    assert erased(record, [HERS]) == (record, 0)


@pytest.mark.parametrize(
    ("unit", "after"), [(f"shop/{DAY}/5", ("r1", False)), ("//5", ("r1", False)), (f"shop/{DAY}/55", (f"shop/{DAY}/55", True))]
)
def test_a_unit_that_names_the_review_goes(unit: str, after: tuple[str, bool]) -> None:
    found, _ = erased(answer("r1", of(), unit=unit), [HERS])
    assert (found["unit"], found["sticky"]) == after


@pytest.mark.parametrize(("sent", "asked"), [("Ren\u00e9", "Rene\u0301"), ("Rene\u0301", "Ren\u00e9")])
def test_a_unit_is_found_however_its_letters_are_written(sent: str, asked: str) -> None:
    found, num = erased(answer("r1", of(), unit=sent), [Erasure(AT, "person:Ada", "asked", unit=asked)])
    assert (num, found["unit"]) == (1, "r1")


def test_all_of_a_unit_goes_and_of_no_other() -> None:
    erasure = Erasure(AT, "person:Ada", "asked", unit="ada")
    found, num = erased(answer("r1", of(), review(), unit="ada"), [erasure])
    assert (num, found["unit"], found["sticky"], [one["text"] for one in found["reviews"]]) == (2, "r1", False, ["", ""])
    other = answer("r1", of(), unit="bob")
    assert erased(other, [erasure]) == (other, 0)
