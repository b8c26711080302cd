import xml.etree.ElementTree as ET

import matplotlib as mpl
import pandas as pd
from tests.helpers.contracts import CONTRACT
from tests.helpers.profiled import curated, profiled

from reviewloop.pages.profile.figures import profile_figures

TOKENS = [10, 20, 20, 200]


def test_every_figure_is_svg_and_the_same_rows_draw_the_same_bytes() -> None:
    rows = profiled(curated(200))
    first = profile_figures(rows, CONTRACT, TOKENS, 128)
    assert set(first) == {"age", "words", "positive_feedback", "tokens"}
    assert {ET.fromstring(svg).tag for svg in first.values()} == {"{http://www.w3.org/2000/svg}svg"}
    assert profile_figures(rows, CONTRACT, TOKENS, 128) == first


def test_several_days_have_a_figure_of_their_own() -> None:
    rows = profiled(pd.concat([curated(50), curated(20, 50, "2026-01-03")]))
    assert "days" in profile_figures(rows, CONTRACT, TOKENS, 128)


def test_a_sentiment_without_rows_and_a_constant_column_are_drawn_too() -> None:
    rows = profiled(curated(100)).assign(positive_feedback=0, age=40)
    assert len(profile_figures(rows[rows["sentiment"] == "positive"], CONTRACT, [10], 128)) == 4


def test_the_style_is_left_as_it_was() -> None:
    before = dict(mpl.rcParams)
    profile_figures(profiled(curated(50)), CONTRACT, TOKENS, 128)
    assert dict(mpl.rcParams) == before


def test_a_label_with_signs_of_money_is_no_formula() -> None:
    columns = [one.model_copy(update={"label": r"From $\x to $"}) if one.field == "age" else one for one in CONTRACT.columns]
    contract = CONTRACT.model_copy(update={"columns": tuple(columns)})
    assert "age" in profile_figures(profiled(curated(50)), contract, TOKENS, 128)
