import re
from dataclasses import replace

import pandas as pd
import pytest
from tests.helpers.contracts import CONTRACT, with_ages
from tests.helpers.profiled import curated, profiled

from reviewloop.config import load_config
from reviewloop.core.profile.changes import shape
from reviewloop.core.profile.lengths import measure_lengths
from reviewloop.core.profile.profile import Profile, measure
from reviewloop.core.sampling.representativeness import Representativeness, representativeness
from reviewloop.core.sampling.without_probability import judgment
from reviewloop.pages.links import Links
from reviewloop.pages.profile.findings import findings
from reviewloop.pages.profile.page import profile_page

SVG = b"<svg xmlns='http://www.w3.org/2000/svg'/>"
LINKS = Links(3, day="2026-01-02", siblings={"The snapshot before": "profile/day=2026-01-01/ab-cd/index.html"}, dag_run="")
FIGURES = dict.fromkeys(("age", "positive_feedback", "words", "tokens", "days"), SVG)


def made(rows: pd.DataFrame, before: pd.DataFrame | None = None) -> Profile:
    lengths = measure_lengths(profiled(rows)["num_words"].tolist(), [10] * 90 + [200] * 10, 128, [64, 128, 256])
    earlier = None if before is None else shape(profiled(before), CONTRACT, "ef" * 32)
    return measure(profiled(rows), lengths, "cd" * 32, earlier, with_ages(0, 30, 40), load_config().profiling)


def sample_of(name: str) -> Representativeness:
    """A sample without probabilities that takes a value too often."""
    keys = [f"review {number}" for number in range(400)]
    values = pd.Series([name] * 100 + ["Tops"] * 300, dtype="string")
    return representativeness(judgment(keys, keys[:80] + keys[100:200]), {"department": values})


def sentences(profile: Profile, level: str) -> str:
    return "\n".join(finding.text for finding in findings(profile) if finding.level == level)


def test_the_first_screen_tells_the_numbers_that_matter() -> None:
    page = profile_page(made(curated(300)), FIGURES, LINKS)
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
    page = profile_page(made(curated(300), curated(200)), FIGURES, LINKS)
    anchors = set(re.findall(r'id="([a-z]+)"', page))
    assert set(re.findall(r'href="#([a-z]+)"', page)) <= anchors
    assert len(anchors) == 8


def test_a_training_sample_is_told_with_whom_it_stands_for() -> None:
    page = profile_page(made(curated(300)), FIGURES, LINKS, sample_of("Dresses"))
    section = page[page.index('id="sample"') :].partition("</section>")[0]
    assert "180 of 400 training rows, taken by judgment sampling, worth 180 equally weighted ones." in section
    assert "2 of 2 values are off beyond luck, department Dresses most: 44.4% for 25.0%." in section
    assert "Somebody chose these rows. No probabilities" in section
    cells = re.findall(r"<td[^>]*>(.*?)</td>", section)
    assert [re.sub("<[^>]*>", "", cell).split()[-1] for cell in cells[2:7]] == ["Dresses", "100", "25.0%", "80", "44.4%"]
    assert "too many" in cells[0]
    (told,) = [found for found in findings(made(curated(300)), sample_of("Dresses")) if found.section == "sample"]
    assert told.level == "warn"
    assert told.text.startswith("The training part is a sample of 180 of 400 rows (judgment). 2 of 2 values are off")
    assert 'id="sample"' not in profile_page(made(curated(300)), FIGURES, LINKS)


def test_nothing_from_the_data_becomes_markup_and_nothing_is_fetched() -> None:
    rows = curated(300, department="<script>alert(1)</script>")
    rows.loc[5, "text"] = "<img src=x onerror=alert(2)> one two three four five six"
    rows.loc[6, "text"] = "<img src=x onerror=alert(2)> one two three four five six seven"
    profile = made(rows, curated(200))
    assert profile.duplicates.num_near >= 1
    page = profile_page(profile, FIGURES, LINKS)
    assert "&lt;script&gt;alert(1)" in page
    assert "<script" not in page
    assert "<img src=x" not in page
    assert not re.search(r'src=(?!"data:image/svg)|url\(|@import', page)
    assert set(re.findall(r'href="([^#"][^"]*)"', page)) == {link.href for link in LINKS}


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


def test_the_verdict_counts_the_warnings_and_tells_the_first() -> None:
    profile = made(curated(300))
    (first, *more) = [finding for finding in findings(profile) if finding.level == "warn"]
    head = profile_page(profile, FIGURES, LINKS).partition("<style>")[0]
    assert f'<meta name="verdict" content="warn: {len(more) + 1} warnings">' in head
    assert f'<meta name="description" content="{first.text[:60]}' in head


def test_a_snapshot_without_a_warning_is_neither_good_nor_bad() -> None:
    rows = curated(300)
    rows["recommended"] = 1 - rows.index % 2
    rows["division"] = pd.Series(["General", "Petite"] * 150, dtype="string")
    rows["department"] = rows["division"]
    rows["text"] = rows["text"] + pd.Series([" more" * (place % 4) for place in range(300)], dtype="string")
    head = profile_page(made(rows), FIGURES, LINKS).partition("<style>")[0]
    assert '<meta name="verdict" content="none: no warning">' in head


def test_the_page_of_the_snapshot_before_is_a_link_away() -> None:
    page = profile_page(made(curated(300)), FIGURES, LINKS)
    assert '<a href="../../../profile/day=2026-01-01/ab-cd/index.html">The snapshot before</a>' in page


def test_a_part_or_a_figure_that_cannot_be_shown_leaves_the_rest() -> None:
    profile = made(curated(300), curated(200))
    broken = replace(profile, associations=(None,), keywords={})  # type: ignore[arg-type]
    broken_figures = {**FIGURES, "age": ValueError("no <age>")}
    page = profile_page(broken, broken_figures, LINKS)
    assert '<meta name="verdict" content="warn: not judged">' in page
    for part in ("What to know", "What tells the label", "Words of each sentiment", "Figure age"):
        assert f"{part}: this part could not be shown" in page
    assert "no &lt;age&gt;" in page
    assert page.count("<img ") == len(FIGURES) - 1
    assert "Most frequent values" in page
    assert "curated reviews of 1 day" in page
