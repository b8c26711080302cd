"""A facet's drawing: what a mark tells on hover, what follows the theme, and what is left out."""

import re
from dataclasses import replace

import pytest
from markupsafe import escape
from tests.pages.bias.test_before import BIAS, NASTY, frame

from reviewloop.core.bias.verdicts import GroupReport, measure
from reviewloop.pages.bias.plot import MAX_NAME, facet_plot

LIMIT = BIAS.limits["DPL"]


@pytest.fixture(scope="module")
def groups() -> list[GroupReport]:
    return [group for group in measure(frame(unhappy="Tops"), BIAS) if group.facet == "department"]


def test_every_mark_tells_its_group_and_its_numbers_on_hover(groups: list[GroupReport]) -> None:
    plot = facet_plot(groups, LIMIT)
    assert "<title>Tops: 200 reviews</title>" in plot
    assert "<title>Tops: 200 of 200 reviews are negative (100.0%)</title>" in plot
    assert re.search(r"<title>Tops: DPL of negative -\d\.\d\d \([^)]*\): reject</title>", plot)
    assert plot.count("<circle") == 3 * len(groups)


def test_what_strangers_wrote_is_text_in_every_title_and_a_long_name_is_cut(groups: list[GroupReport]) -> None:
    plot = facet_plot([replace(groups[0], facet=f'"{NASTY}', group=f"{NASTY}{NASTY}")], LIMIT)
    assert "<script" not in plot
    assert 'aria-label="Label shares and differences from the rest, 1 groups of &#34;&lt;script' in plot
    assert plot.count("&lt;script&gt;") > 6
    assert f">{escape(NASTY[: MAX_NAME - 1])}… (" in plot


def test_its_colours_are_those_of_the_stylesheet(groups: list[GroupReport]) -> None:
    plot = facet_plot(groups, LIMIT)
    assert not re.search(r"#[0-9a-fA-F]{3,8}\b|rgb", plot.replace("&#39;", "").replace("&#34;", ""))
    assert {"--negative", "--neutral", "--positive", "--fail"} <= set(re.findall(r"var\((--[a-z]+)\)", plot))


def test_it_is_as_wide_as_its_numbers_need_and_scrolls_in_its_own_box(groups: list[GroupReport]) -> None:
    plot = facet_plot(groups, LIMIT)
    assert plot.startswith('<div class="wide plot">')
    assert "viewBox" not in plot, "nothing scales it down to an illegible strip"


def test_what_cannot_be_judged_has_no_dot_and_is_faint(groups: list[GroupReport]) -> None:
    marks = tuple(replace(mark, verdict="not enough evidence") for mark in groups[0].marks)
    plot = facet_plot([replace(groups[0], marks=marks)], LIMIT)
    assert "<circle" not in plot
    assert 'class="bars faint"' in plot


def test_no_group_is_no_drawing() -> None:
    assert facet_plot([], LIMIT) == ""
