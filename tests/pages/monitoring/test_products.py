"""The page of complaints: what to look at first, why, and what it cannot see."""

import json
import re
from typing import Any

from tests.helpers.watched_products import a_report

from reviewloop.pages.links import Links
from reviewloop.pages.monitoring.products import products_page


def shown(found: dict[str, Any]) -> str:
    """The page of what was stored, without its style."""
    return products_page(json.loads(json.dumps(found)), Links(3, day=found["day"])).partition("</style>")[2]


def text(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_what_alarms_is_the_verdict_and_stands_first_with_its_numbers() -> None:
    page = shown(a_report())
    words = text(page)
    assert "✗" not in words
    assert "complaints rose" in words
    assert "product p007 (Tops, Knits): 24 of 60 reviews complain, 6.0 are usual" in words
    assert page.index("p007") < page.index("q0"), "the one to look at stands before the others"
    assert "2026-01-01: 8 of 20 reviews complain" in page
    assert "could not be shown" not in words


def test_the_reviews_are_there_with_the_words_that_tell_what_they_are_about() -> None:
    page = shown(a_report())
    assert "<mark>small</mark>" in page
    assert "<mark>far</mark>" in page
    assert "2 of 2 complaints" in text(page)
    assert "size and fit: 2 of 2 (small)" in text(page)


def test_a_long_review_is_cut_and_its_marks_stay_whole() -> None:
    page = shown(a_report(text=f"small {'x ' * 400} small"))
    assert "…" in page
    assert page.count("<mark>") == page.count("</mark>")


def test_a_calm_week_is_as_usual() -> None:
    found = a_report()
    for one in found["ranking"]:
        one["alarms"] = False
    assert "as usual nothing has more complaints than luck explains" in text(shown(found))


def test_what_was_not_judged_passes_nothing() -> None:
    found = a_report() | {
        "ranking": [],
        "groups": [],
        "measures": [],
        "standings": [],
        "not_judged": ["nobody knows what is usual"],
    }
    words = text(shown(found))
    assert "not judged nobody knows what is usual" in words
    assert "as usual" not in words
    assert "could not be shown" not in words


def test_it_says_what_it_cannot_see() -> None:
    words = text(shown(a_report() | {"num_unnamed": 3}))
    assert "Could not alarm" in words
    assert "3 reviews came to the endpoint without the name of a product" in words
    assert "Product 31 31 0" in words
