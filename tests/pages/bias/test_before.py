"""The page says what stands out, what it may mean, and every number; it needs nothing but itself."""

import re
from html.parser import HTMLParser

import pandas as pd
import pytest
from markupsafe import Markup
from tests.helpers.contracts import CONTRACT

from reviewloop.config import LimitConfig, load_config
from reviewloop.core.bias.contrasts import LABEL
from reviewloop.core.bias.reading import KINDS
from reviewloop.core.bias.verdicts import GroupReport, measure, objections
from reviewloop.pages.bias import before
from reviewloop.pages.bias.before import bias_page
from reviewloop.pages.links import Links

BIAS = load_config("test").bias
NASTY = "<script>alert(1)</script>"
LINKS = Links(3, day="2026-01-02", siblings={"Data Docs": "bias/2026-01-02/ab/bias.html"})
FOREIGN = r'src=|url\(|@import|href="(?!\.\./|#)'
"""An address that is neither a page of ours nor a part of this one."""


def frame(unhappy: str | None = None) -> pd.DataFrame:
    """400 rows of two departments; the one named ``unhappy`` has negative reviews only."""
    rows = pd.DataFrame({name: ["x" if i // 20 % 2 else "y" for i in range(400)] for name in BIAS.facet_names})
    rows["department"] = [NASTY if i // 10 % 2 else "Tops" for i in range(400)]
    rows[LABEL] = [0 if i % 10 == 0 else 1 if i % 10 == 1 else 2 for i in range(400)]
    return rows.assign(**{LABEL: rows[LABEL].where(rows["department"] != unhappy, 0)})


def page(rows: pd.DataFrame) -> str:
    groups = measure(rows, BIAS)
    refused = objections(groups, BIAS)
    return bias_page("2026-01-02", "fail" if refused else "pass", "; ".join(refused), groups, BIAS, CONTRACT.labels(), LINKS)


class Balance(HTMLParser):
    """Remembers every opening tag that no closing tag has met."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        """A tag that closes itself."""

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_a_refused_day_names_the_group_and_what_to_do() -> None:
    html = page(frame(unhappy="Tops"))
    assert "<b>department=Tops</b>" in html
    assert "stops the day" in html
    assert "100% of its 200 reviews are negative" in html
    assert "selection bias</b>: which reviews reach the file" in html
    assert re.search(r'<span class="mark fail">fail</span> <span>[^<]*department=Tops', html)
    assert re.search(r'<span class="mark fail">[+-]?\d\.\d\d</span>', html)
    assert '<a href="../../../bias/2026-01-02/ab/bias.html">Data Docs</a>' in html


def test_a_clean_day_says_so_and_shows_the_largest_differences() -> None:
    html = page(frame())
    assert "Nothing: no group is beyond a limit" in html
    assert "stops the day" not in html
    assert not re.search(r'class="mark (fail|warn)">', html)


def test_every_facet_has_its_plot_and_every_measure_its_numbers_and_words() -> None:
    html = page(frame())
    assert html.count('<svg role="img"') == len(BIAS.facets)
    for name in BIAS.limits:
        assert f">{name}" in html
    assert all(kind in html for kind in KINDS)
    assert f"about {BIAS.alpha:.0%} or less" in html
    assert "Holm" in html


def test_the_page_is_whole_and_shows_what_strangers_wrote_as_text() -> None:
    html = page(frame(unhappy=NASTY))
    balance = Balance()
    balance.feed(html)
    assert balance.open == []
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert not re.search(FOREIGN, html)
    assert "nan" not in re.sub(r"<[^>]*>", "", html.partition("</style>")[2])


def test_a_facet_that_cannot_be_drawn_leaves_the_others_on_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = before.facet_plot

    def broken(groups: list[GroupReport], limit: LimitConfig) -> Markup:
        if groups[0].facet == "department":
            raise ValueError("no room")
        return drawn(groups, limit)

    monkeypatch.setattr(before, "facet_plot", broken)
    html = page(frame())
    assert "Department: this part could not be shown" in html
    assert "ValueError: no room" in html
    assert html.count('<svg role="img"') == len(BIAS.facets) - 1
