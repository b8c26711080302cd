"""The page says what stands out, what it may mean, and every number; it needs nothing but itself."""

import re

import pandas as pd
import pytest
from markupsafe import escape
from tests.core.bias.after.test_verdicts import AFTER, BIAS, answered, deaf_to_petite, judged
from tests.helpers.contracts import CONTRACT
from tests.pages.bias.test_before import FOREIGN, NASTY, Balance

from reviewloop.core.bias.after.words import MEASURES
from reviewloop.pages.bias import after
from reviewloop.pages.bias.after import bias_after_page
from reviewloop.pages.links import Links

LINKS = Links(2, job="ab" * 32, siblings={"Behaviour tests": "behaviour/ab/index.html"})


def page(rows: pd.DataFrame) -> str:
    return bias_after_page("transformer, job <1>", judged(rows), BIAS, AFTER, CONTRACT.labels(), LINKS)


def test_a_biased_model_is_told_with_the_group_and_what_to_do() -> None:
    html = page(deaf_to_petite(answered(6000)))
    assert "<b>division=Petite</b>" in html
    assert "stops the model" in html
    assert re.search(r"of its [\d,]+ negative reviews \d+% are found, \d+% of the rest&#39;s", html)
    assert "read 20 of its mistakes" in html
    assert '<span class="mark fail">fail</span>' in html
    assert re.search(r'<span class="mark fail">[+-]?\d\.\d\d</span>', html)
    assert '<a href="../../behaviour/ab/index.html">Behaviour tests</a>' in html


def test_a_fair_model_says_so_and_shows_the_largest_differences() -> None:
    html = page(answered())
    assert "Nothing: no group is beyond a limit" in html
    assert "stops the model" not in html
    assert not re.search(r'class="mark (fail|warn)">', html)
    assert "Nothing can be said" not in html


def test_what_cannot_be_judged_is_named() -> None:
    html = page(answered(30))
    assert "Nothing can be said by department, division, class name, age band, votes" in html
    assert "Not enough evidence in" in html


def test_every_facet_has_its_plot_and_every_measure_its_numbers_and_words() -> None:
    html = page(answered())
    assert html.count('<svg role="img"') == len(BIAS.facets)
    for name, (title, words) in MEASURES.items():
        assert f">{name}" in html
        assert escape(title) in html
        assert str(escape(words)) in html
    assert f"about {AFTER.alpha:.0%} or" in html
    assert "Holm" in html


def test_the_page_is_whole_and_shows_what_strangers_wrote_as_text() -> None:
    html = page(deaf_to_petite(answered(6000)).replace({"division": {"Petite": NASTY}}))
    balance = Balance()
    balance.feed(html)
    assert balance.open == []
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert "job &lt;1&gt;" in html
    assert not re.search(FOREIGN, html)
    assert "nan" not in re.sub(r"<[^>]*>", "", html.partition("</style>")[2])


def test_a_copy_has_no_links_and_is_whole() -> None:
    html = bias_after_page("baseline", judged(answered()), BIAS, AFTER, CONTRACT.labels(), None)
    assert not re.search(r'href="(?!#)', html)
    assert html.count('<svg role="img"') == len(BIAS.facets)


def test_a_part_that_cannot_be_made_leaves_the_others_on_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(after, "largest", lambda groups, measure: groups[measure])
    html = page(answered())
    assert "What stands out: this part could not be shown" in html
    assert html.count('<svg role="img"') == len(BIAS.facets)
