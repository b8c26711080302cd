"""The monitored days as a drawing."""

import re

import pytest
from tests.pages.overview.test_home import a_mark

from reviewloop.pages.overview.history import history_plot


def xs(text: str) -> list[float]:
    return [float(x) for x in re.findall(r'<rect x="([\d.]+)"', text)]


def test_each_day_links_its_report_and_says_its_numbers_on_hover() -> None:
    text = str(history_plot([a_mark(), a_mark("2026-01-05", "fail", 0.52, "prediction moved")]))
    assert text.count('<a href="/reviewloop/pages/reports/drift/x/report.html">') == 2
    assert "2026-01-05: prediction moved, 200 reviews, macro-F1 0.520, version 1. prediction moved" in text
    assert "2 monitored days, 2026-01-02 to 2026-01-05" in text


def test_time_is_to_scale_a_day_that_was_not_monitored_is_a_gap() -> None:
    first, second, later = xs(str(history_plot([a_mark("2026-01-01"), a_mark("2026-01-02"), a_mark("2026-01-05")])))
    assert later - second == pytest.approx(3 * (second - first), abs=0.3)  # pixels are written with one decimal


def test_a_day_without_ratings_has_a_mark_and_no_point() -> None:
    text = str(history_plot([a_mark(macro_f1=None)]))
    assert text.count("<rect") == 1
    assert "<circle" not in text
    assert "no ratings" in text


def test_a_lower_mark_stands_lower_and_within_the_drawing() -> None:
    marks = [a_mark(f"2026-01-{day:02d}", "pass", value) for day, value in enumerate((0.0, 0.31, 0.9, 1.0), start=1)]
    text = str(history_plot(marks))
    heights = [float(y) for y in re.findall(r'<circle cx="[\d.]+" cy="([\d.]+)"', text)]
    assert heights == sorted(heights, reverse=True)
    top, bottom = min(heights), max(heights)
    lines = [float(y) for y in re.findall(r'y1="([\d.]+)"', text)]
    assert min(lines) <= top
    assert bottom <= max(lines)


def test_a_year_of_days_fits() -> None:
    marks = [a_mark(f"20{20 + day // 336}-{day // 28 % 12 + 1:02d}-{day % 28 + 1:02d}") for day in range(365)]
    assert max(xs(str(history_plot(marks)))) < 970
