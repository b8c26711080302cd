"""Figures: one that cannot be drawn takes no other with it."""

import logging
from typing import NoReturn

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure

from reviewloop.pages.figures import STYLE, draw, drawn, panel


def broken() -> NoReturn:
    raise ValueError("no <room> for it")


def whole() -> Figure:
    return panel("x", "y")[0]


def test_of_many_figures_the_broken_one_is_kept_as_its_error_and_one_without_data_is_left_out() -> None:
    before = dict(mpl.rcParams)
    found = draw(STYLE, {"first": broken, "second": whole, "third": lambda: None})
    assert list(found) == ["first", "second"]
    assert isinstance(found["first"], ValueError)
    assert b"<svg" in found["second"]  # type: ignore[operator]
    assert dict(mpl.rcParams) == before


def test_a_broken_figure_is_shown_as_failed_in_its_place(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        shown = drawn(
            {"by_age": ValueError("no <room> for it"), "words": b"<svg/>"}, {"words": "Words.", "by_age": "Ages.", "x": "None."}
        )
    assert len(shown) == 2, "a figure that is not there has no place"
    assert '<img alt="Words."' in shown[0]
    assert "Figure by age: this part could not be shown" in shown[1]
    assert "no &lt;room&gt; for it" in shown[1]
    assert "Traceback" in caplog.text
