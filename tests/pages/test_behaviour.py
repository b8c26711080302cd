"""The page shows what was asked, the rates, and the worst answers with the change marked; nothing strangers wrote is markup."""

import re

import pytest
from tests.helpers.behaving import CONFIG, SUITE, Reader, sealed
from tests.pages.bias.test_before import Balance

from reviewloop.adapters.behaviour_suite import examine
from reviewloop.pages.behaviour import behaviour_page

NASTY = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def page() -> str:
    rows = sealed()
    rows["text"] = f"{NASTY} " + rows["text"]
    unfair = Reader(hears_negation=False, grudge="xxl|plus size|soft")
    return behaviour_page("transformer", examine(unfair.predict_proba, rows, CONFIG).sections)


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
    assert page.index('class="fail">wrong<') < page.index('class="pass">right<')
    assert "product safety" in page


def test_the_page_is_whole_fetches_nothing_and_escapes_reviews(page: str) -> None:
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert not re.search(r"(src|href)=|url\(|@import", page)
    checked = Balance()
    checked.feed(page.replace("<br>", ""))
    assert checked.open == []


def test_too_few_reviews_read_as_not_enough_evidence() -> None:
    page = behaviour_page("baseline", examine(Reader().predict_proba, sealed(6), CONFIG).sections)
    assert "not enough evidence" in page
