"""The page shows what was asked, the rates, and the worst answers with the change marked; nothing strangers wrote is markup."""

import re
from collections.abc import Mapping
from typing import Any

import pytest
from markupsafe import escape
from tests.helpers.behaving import CONFIG, SUITE, Reader, sealed
from tests.pages.bias.test_before import FOREIGN, Balance

from reviewloop.adapters.behaviour_suite import examine
from reviewloop.pages.evaluation.behaviour import behaviour_page
from reviewloop.pages.links import Links

LINKS = Links(2, job="ab" * 32, siblings={"Training": "training/ab/index.html"})
NASTY = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def report() -> Mapping[str, Any]:
    rows = sealed()
    rows["text"] = f"{NASTY} " + rows["text"]
    unfair = Reader(hears_negation=False, grudge="xxl|plus size|soft")
    return examine(unfair.predict_proba, rows, CONFIG).sections


@pytest.fixture(scope="module")
def page(report: Mapping[str, Any]) -> str:
    return behaviour_page("transformer", report, LINKS)


def test_every_capability_and_facet_has_its_line(page: str) -> None:
    for one in (*SUITE.minimum_functionality, *SUITE.invariance, *SUITE.directional, *SUITE.flips):
        assert f"<b>{one.replace('_', ' ')}</b>" in page
    assert "Behaviour: transformer" in page
    assert re.search(r"negation: \d+ failed, the worst 5", page)
    assert "of 60" in page
    assert re.search(r"\d+\.\d% to \d+\.\d%", page)


def test_the_words_that_differ_are_marked(page: str) -> None:
    assert re.search(r"<mark>(?:an )?xxl(?: in)?</mark>|<mark>plus size</mark>|<mark>plus-size</mark>|<mark>plus</mark>", page)


def test_important_examples_that_are_wrong_stand_first_with_their_owner(page: str) -> None:
    assert page.index('class="mark fail">wrong<') < page.index('class="mark pass">right<')
    assert "product safety" in page


def test_the_page_is_whole_fetches_nothing_and_escapes_reviews(page: str) -> None:
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert not re.search(FOREIGN, page)
    checked = Balance()
    checked.feed(page)
    assert checked.open == []


def test_too_few_reviews_read_as_not_enough_evidence() -> None:
    page = behaviour_page("baseline", examine(Reader().predict_proba, sealed(6), CONFIG).sections, LINKS)
    assert "not enough evidence" in page


def hostile(value: Any) -> Any:
    """The report with every text that a person or a model wrote made hostile; the names that the code knows stay."""
    if isinstance(value, dict):
        known = ("kind", "must", "expected", "said")
        return {name: one if name in known else hostile(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [hostile(one) for one in value]
    return f"{value} {NASTY}" if isinstance(value, str) else value


def test_a_hostile_text_stays_text_in_every_slot(report: Mapping[str, Any]) -> None:
    page = behaviour_page(NASTY, hostile(report), LINKS)
    assert "this part could not be shown" not in page
    assert "<script" not in page
    assert page.count("&lt;script&gt;") > 100
    for slot in ("id", "owner", "why", "text"):
        assert f"{escape(report['important'][0][slot])} {escape(NASTY)}" in page
    for one in (*report["behaviour"]["capabilities"], *report["flips"]):
        assert f"{escape(one['about'])} {escape(NASTY)}" in page


def test_the_verdict_is_what_a_person_must_look_at(report: Mapping[str, Any]) -> None:
    wrong = sum(not one["right"] for one in report["important"])
    assert f">{wrong} of {len(report['important'])} important examples wrong</span>" in behaviour_page("x", report, LINKS)
    right = [one | {"right": True} for one in report["important"]]
    page = behaviour_page("x", {**report, "important": right}, LINKS)
    assert '<span class="mark none">all important examples right</span>' in page
    few = {**report["behaviour"], "capabilities": [one | {"rate": None} for one in report["behaviour"]["capabilities"]]}
    page = behaviour_page("x", {**report, "important": right, "behaviour": few}, LINKS)
    assert '<span class="mark warn">not enough evidence</span> <span>on ' in page


def test_a_section_that_cannot_be_made_leaves_the_others_on_the_page(report: Mapping[str, Any]) -> None:
    page = behaviour_page("x", {**report, "flips": [{"num_pairs": 3}]}, LINKS)
    assert "Who is spoken of must not matter: this part could not be shown" in page
    assert "Drawn with seed" in page


def test_the_other_pages_of_the_job_are_linked_but_not_from_a_copy(report: Mapping[str, Any]) -> None:
    assert '<a href="../../training/ab/index.html">Training</a>' in behaviour_page("x", report, LINKS)
    assert not re.search(r'href="(?!#)', behaviour_page("x", report, None))
