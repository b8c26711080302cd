from typing import Any

from reviewloop.pages.annotation.answers import answers_page
from reviewloop.pages.links import Links

LINKS = Links(2)


def of_answers(name: str = "ada", **more: Any) -> dict[str, Any]:
    found = {
        "num_texts": 9, "num_labels": 7, "num_disputed": 1, "num_without_text": 2, "warnings": [name],
        "people": [{"by": name, "num_answers": 9, "num_unclear": 1, "last": name, "guidelines": [name]}],
        "agreements": [{"first": name, "second": name, "num_texts": 5, "num_alike": 4, "kappa": 0.583}],
        "contradicted": {"count": 1, "num_texts": 5, "value": 0.2, "low": 0.036, "high": 0.624},
        "disputed": [{"item": name, "day": name, "review_id": 3, "num_people": 2}],
    }  # fmt: skip
    return found | more


def test_files_that_were_refused_come_first() -> None:
    page = answers_page(of_answers("ada.csv: row 3"), LINKS)
    assert "files refused" in page
    assert "ada.csv: row 3" in page
    assert "at odds" in answers_page(of_answers(warnings=[]), LINKS)
    assert "all taken" in answers_page(of_answers(warnings=[], num_disputed=0), LINKS)


def test_one_file_is_one_and_a_time_is_in_utc_to_the_minute() -> None:
    page = answers_page(of_answers("ada.csv"), LINKS)
    assert "one file says nothing until it is mended" in page
    assert "2 files say nothing until they are mended" in answers_page(of_answers(warnings=["a", "b"]), LINKS)
    people = [{"by": "ada", "num_answers": 9, "num_unclear": 1, "last": "2026-02-01T00:30:12.681000+02:00", "guidelines": []}]
    page = answers_page(of_answers(people=people), LINKS)
    assert "2026-01-31 22:30" in page
    assert "Last answer (UTC)" in page


def test_kappa_and_the_share_of_contradicted_ratings_are_shown_or_said_to_be_unknown() -> None:
    page = answers_page(of_answers(), LINKS)
    assert "0.58" in page
    assert "1 of 5 texts that were drawn at random: 20.0% (95 % interval 3.6% to 62.4%)" in page
    alone = of_answers(agreements=[], contradicted={"count": 0, "num_texts": 0}, disputed=[], people=[])
    page = answers_page(alone, LINKS)
    assert "No two people have labelled one text so far" in page
    assert "no text that was drawn at random has a label" in page
    same = of_answers(agreements=[{"first": "a", "second": "b", "num_texts": 1, "num_alike": 1, "kappa": None}])
    assert "–" in answers_page(same, LINKS)
