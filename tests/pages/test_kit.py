"""The kit of all pages: what is put into it is escaped, a part that fails is shown, and colours stand in one place."""

import logging
import re
from pathlib import Path

import pytest
from markupsafe import Markup, escape

from reviewloop.pages import kit, palette
from reviewloop.pages.links import Links

PAGES = Path(kit.__file__).parent
HOSTILE = '<script>alert(\'1\')</script>"><img src=x onerror="alert(2)"> & {{ 7 * 7 }}'
LINKS = Links(depth=2, dag_run="")
OWN_COLOURS = {"palette.py", "figures.py"}


def pieces(text: str) -> list[Markup]:
    """Every piece, with ``text`` in each of its places."""
    return [
        kit.mark("fail", text), kit.paragraph(text), kit.tiles((text, text)), kit.findings(("warn", text, text)),
        kit.table([text], [[text]], caption=text, kind=text), kit.card("warn", text, text), kit.details(text, text),
        kit.figure(b"<svg/>", text, text), kit.stacked([(text, 0.5, "c1")]), kit.key({text: "c1"}),
        kit.cloud([(text, 1.0)], "positive"), kit.heading(text), kit.bullets([text]),
        kit.grid(kit.paragraph(text)), kit.flow(kit.paragraph(text)), kit.below(text, text), kit.join([text]),
        kit.titled(text, text),
    ]  # fmt: skip


def assert_harmless(page: str) -> None:
    assert "<script" not in page
    assert "<img src=x" not in page
    assert not re.search(r"""=["']?[^"'<>]*["'] ?onerror="alert""", page)
    assert "alert(2)" in page, "it is there, as text"
    assert "49" not in re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL), "a text is no template"


@pytest.mark.parametrize("place", range(len(pieces(""))))
def test_a_hostile_text_stays_text_in_every_place_of_every_piece(place: int) -> None:
    assert_harmless(pieces(HOSTILE)[place])


def test_a_hostile_text_stays_text_in_every_place_of_a_page() -> None:
    links = Links(2, day=HOSTILE, job=HOSTILE, siblings={HOSTILE: HOSTILE}, mlflow=HOSTILE, dag_run="")
    section = kit.section(HOSTILE, HOSTILE, lambda: HOSTILE)
    page = kit.page(HOSTILE, links, kit.Verdict("fail", HOSTILE, HOSTILE), HOSTILE, [section] * 3)
    assert_harmless(page)
    assert_harmless(kit.banner(HOSTILE, links, kit.Verdict("fail", HOSTILE, HOSTILE)))


def test_a_page_is_one_file_with_the_verdict_before_all_else() -> None:
    page = kit.page("Title", LINKS, kit.Verdict("fail", "refused", "by 2 gates"), "what follows", [])
    assert f'<meta http-equiv="Content-Security-Policy" content="{escape(kit.POLICY)}">' in page, "also opened from S3"
    assert '<meta name="viewport" content="width=device-width,initial-scale=1">' in page
    assert not re.search(r"<link|<script|@import|url\(|src=", page)
    head = page[: page.index("<style>")]
    assert '<meta name="verdict" content="fail: refused">' in head
    assert '<meta name="description" content="by 2 gates">' in head
    body = page[page.index("<body>") :]
    assert body.index("Title") < body.index('<span class="mark fail">refused</span>') < body.index("what follows")


def test_a_part_that_fails_is_shown_as_failed_and_the_page_stays_whole(caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> Markup:
        raise KeyError("no <such> column\nsecond line")

    with caplog.at_level(logging.ERROR):
        sections = [kit.section("a", "Broken part", broken), kit.section("b", "Other", lambda: "still here")]
        page = kit.page("T", LINKS, sections=sections)
    assert "Broken part: this part could not be shown" in page
    assert "KeyError" in page
    assert "no &lt;such&gt; column" in page
    assert "still here" in page
    assert "Traceback" in caplog.text


def test_a_verdict_that_fails_is_told_as_none_and_never_passes(caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> kit.Verdict:
        raise KeyError("no <such> rule")

    with caplog.at_level(logging.ERROR):
        page = kit.page("T", LINKS, kit.judged(broken), "the rest")
    assert '<meta name="verdict" content="warn: not judged">' in page
    assert "the verdict could not be told: KeyError: &#39;no &lt;such&gt; rule&#39;" in page
    assert "the rest" in page
    assert "Traceback" in caplog.text


def test_contents_are_there_from_three_sections_on() -> None:
    sections = [kit.section(f"part-{place}", f"Part {place}", lambda: "") for place in range(3)]
    assert '<a href="#part-2">Part 2</a>' in kit.page("T", LINKS, sections=sections)
    assert '<nav aria-label="Contents">' not in kit.page("T", LINKS, sections=sections[:2])


def test_a_row_of_another_width_is_an_error() -> None:
    with pytest.raises(ValueError, match="a row of 1 cells in a table of 2 columns"):
        kit.table(["a", "b"], [["1"]])


def test_bars_are_as_wide_as_their_shares_and_no_wider_than_all() -> None:
    assert 'style="width:25.0%;background:var(--c2)"' in kit.bar(0.25, "c2")
    assert "width:100.0%" in kit.bar(3.0)
    assert kit.sentiments([0.2, 0.1, 0.7]).count("<i ") == 3


def test_a_correlation_of_nothing_has_no_sign_of_less() -> None:
    assert ">+0.00<" in kit.shade(-0.001)
    assert "--colour:var(--negative);--strength:45%" in kit.shade(-0.6)
    assert kit.shade(None) == "–"


def themes() -> dict[str, dict[str, str]]:
    style = kit.stylesheet()
    found = [dict(re.findall(r"--([\w-]+):(#[0-9a-f]{6})", block)) for block in re.findall(r":root,:host\{([^}]*)\}", style)]
    return dict(zip(("light", "dark"), found, strict=True))


def test_every_colour_has_a_light_and_a_dark_value() -> None:
    light, dark = themes().values()
    assert light.keys() == dark.keys()
    assert "color-scheme:light dark" in kit.stylesheet()
    assert set(re.findall(r"var\(--([\w-]+)\)", kit.stylesheet())) - {"colour", "strength"} <= light.keys()
    assert not re.search(r"#[0-9a-f]{3,8}\b", re.sub(r":root,:host\{[^}]*\}", "", kit.stylesheet()))


def test_the_palette_of_figures_is_the_light_theme() -> None:
    light = themes()["light"]
    named = {**palette.SENTIMENT_COLOURS, **palette.VERDICT_COLOURS, "ink": palette.INK, "soft": palette.SOFT, "line": palette.LINE}
    named |= {f"c{place}": colour for place, colour in enumerate(palette.SERIES, start=1)}
    assert {name: light[name] for name in named} == named


def test_text_can_be_read_in_both_themes() -> None:
    def luminance(colour: str) -> float:
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for theme, colours in themes().items():
        for name in ("ink", "soft", "link", "pass", "warn", "fail", "negative-text", "neutral-text", "positive-text"):
            for back in ("page", "back"):
                light, dark = sorted((luminance(colours[name]), luminance(colours[back])), reverse=True)
                assert (light + 0.05) / (dark + 0.05) >= 4.5, f"{theme}: {name} on {back} (WCAG's contrast)"


def test_no_colour_stands_outside_the_stylesheet_and_the_palette() -> None:
    for path in sorted(PAGES.rglob("*")):
        name = path.relative_to(PAGES).as_posix()
        if path.suffix in (".py", ".html") and name not in OWN_COLOURS:
            assert not re.search(r"#[0-9a-fA-F]{6}\b", path.read_text(encoding="utf-8")), name


def test_no_page_writes_a_heading_by_hand() -> None:
    assert [path.name for path in PAGES.rglob("*.py") if re.search(r"<h\d", path.read_text())] == []
