import re

import pandas as pd
import pytest
from tests.helpers.contracts import CONTRACT, with_ages
from tests.helpers.profiled import curated, profiled

from reviewloop.config import load_config
from reviewloop.core.profile.changes import shape
from reviewloop.core.profile.lengths import measure_lengths
from reviewloop.core.profile.profile import Profile, measure
from reviewloop.pages.profile.findings import findings
from reviewloop.pages.profile.page import profile_page

SVG = b"<svg xmlns='http://www.w3.org/2000/svg'/>"
FIGURES = dict.fromkeys(("age", "positive_feedback", "words", "tokens", "days"), SVG)


def made(rows: pd.DataFrame, before: pd.DataFrame | None = None) -> Profile:
    lengths = measure_lengths(profiled(rows)["num_words"].tolist(), [10] * 90 + [200] * 10, 128, [64, 128, 256])
    earlier = None if before is None else shape(profiled(before), CONTRACT, "ef" * 32)
    return measure(profiled(rows), lengths, "cd" * 32, earlier, with_ages(0, 30, 40), load_config().profiling)


def sentences(profile: Profile, level: str) -> str:
    return "\n".join(finding.text for finding in findings(profile) if finding.level == level)


def test_the_first_screen_tells_the_numbers_that_matter() -> None:
    page = profile_page(made(curated(300)), FIGURES)
    first = page[: page.index("<section")]
    for number, label in (
        ("300", "curated reviews of 1 day"),
        ("30.0%", "negative"),
        ("50.0%", "positive"),
        ("90.00%", "of the texts whole in 128"),
    ):
        assert re.search(rf"<b>{number}</b><span>[^<]*{label}", first), label
    assert "recommended explains" in first


def test_every_entry_of_the_contents_leads_to_a_section_and_every_finding_too() -> None:
    page = profile_page(made(curated(300), curated(200)), FIGURES)
    anchors = set(re.findall(r'id="([a-z]+)"', page))
    assert set(re.findall(r'href="#([a-z]+)"', page)) <= anchors
    assert len(anchors) == 8


def test_nothing_from_the_data_becomes_markup_and_nothing_is_fetched() -> None:
    rows = curated(300, department="<script>alert(1)</script>")
    rows.loc[5, "text"] = "<img src=x onerror=alert(2)> one two three four five six"
    rows.loc[6, "text"] = "<img src=x onerror=alert(2)> one two three four five six seven"
    profile = made(rows, curated(200))
    assert profile.duplicates.num_near >= 1
    page = profile_page(profile, FIGURES)
    assert "&lt;script&gt;alert(1)" in page
    assert "<script" not in page
    assert "<img src=x" not in page
    assert not re.search(r'(src|href)=(?!"data:image/svg|"#)|url\(|@import', page)


def test_findings_name_leaks_near_copies_over_the_split_cut_texts_and_gaps() -> None:
    rows = curated(300)
    for place in range(100, 160):  # a fifth of the texts are sealed: some pairs lie on both sides
        rows.loc[place, "text"] = rows.loc[place - 100, "text"] + " indeed"
    profile = made(rows)
    warned, noted = sentences(profile, "warn"), sentences(profile, "note")
    assert re.search(r"recommended explains \d+% of the sentiment", warned)
    assert re.search(r"\d+ pairs of nearly the same text lie on both sides of the sealed test part", warned)
    assert "division is General in 100.0% of the reviews" in warned
    assert "64 tokens would cut 10.0% of the texts, max_seq_length 128 cuts 10.00%" in noted
    assert "title is missing in 26.7%" in noted
    assert "rating explains" not in warned


@pytest.mark.parametrize(
    ("department", "level", "told"),
    [("Knits", "warn", "department moved more than luck explains: "), ("Dresses", "note", "look like those before")],
)
def test_findings_tell_whether_what_came_is_unlike_what_was_there(department: str, level: str, told: str) -> None:
    old = curated(300)
    assert told in sentences(made(pd.concat([old, curated(100, 300, "2026-01-02", department)]), old), level)


def test_a_group_far_from_the_rest_is_named() -> None:
    rows = curated(1000)
    rows["department"] = rows["rating"].map({1: "Swim", 3: "Dresses", 5: "Dresses"}).astype("string")
    assert "Swim (department) 100.0%" in sentences(made(rows), "note")


def test_keywords_are_those_of_the_open_parts() -> None:
    rows = profiled(curated(300))
    sealed = rows.index[rows["part"] == "test"]
    raw = curated(300)
    profile = made(raw)
    seen = {word.word: word for word in profile.keywords["negative"]}
    assert {"awful", "refund"} <= set(seen)
    assert seen["awful"].num_here == 90 - int((rows.loc[sealed, "sentiment"] == "negative").sum())
    assert seen["awful"].num_elsewhere == 0
