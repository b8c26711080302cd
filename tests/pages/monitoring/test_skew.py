"""The page of skew."""

from typing import Any

from reviewloop.pages.links import Links
from reviewloop.pages.monitoring.skew import skew_page

LINKS = Links(3, day="2026-01-02")
PAIR = {"where": "request abc", "sentiment": "negative", "left": 0.25, "right": None, "apart": 1.0}


def a_comparison(*worst: dict[str, Any], verdict: str = "agree", **other: Any) -> dict[str, Any]:
    numbers = {"num_pairs": 1200, "num_apart": len(worst), "num_other_models": 3, "largest": 0.0004}
    sides = {"left": "batch scoring", "right": "the endpoint"}
    return {**sides, **numbers, "worst": list(worst), "verdict": verdict, "words": "so it is", **other}


def of_skew(*comparisons: dict[str, Any], verdict: str = "agree", name: str = "1", num_other_texts: int = 0) -> dict[str, Any]:
    about = {"day": "2026-01-02", "days": ["2026-01-01", name], "model_version": name, "form": name, "tolerance": 0.001}
    return {**about, "verdict": verdict, "reasons": [name], "comparisons": list(comparisons), "num_other_texts": num_other_texts}


def test_what_was_compared_and_by_how_much_it_is_apart() -> None:
    page = " ".join(skew_page(of_skew(a_comparison()), LINKS).split())
    assert all(
        word in page for word in ('<span class="mark pass">agree</span>', "1,200", "0.000400", "batch scoring and the endpoint")
    )
    assert "furthest apart" not in page
    assert "other words" not in page


def test_the_texts_that_are_apart_are_named_with_what_each_said() -> None:
    found = of_skew(a_comparison(PAIR, verdict="skew", largest=1.0), verdict="skew", num_other_texts=1234)
    page = " ".join(skew_page(found, LINKS).split())
    assert all(word in page for word in ('<span class="mark fail">skew</span>', "request abc", "0.250000", "none", "1.0000"))
    assert "1,234 reviews were sent to the endpoint in other words" in page


def test_what_nobody_could_compare_is_neither_good_nor_bad() -> None:
    verdict = "not enough evidence"
    page = skew_page(of_skew(a_comparison(verdict=verdict, largest=None), verdict=verdict), LINKS)
    assert f'<span class="mark none">{verdict}</span>' in page
