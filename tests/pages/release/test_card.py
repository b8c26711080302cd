"""A card says the same as a page and as Markdown, and no name in it is more than a name."""

import pytest
from tests.helpers.carded import card_of

from reviewloop.core.card.annex_iv import HEADINGS, annex_iv
from reviewloop.core.card.content import parts
from reviewloop.pages.links import Links
from reviewloop.pages.release.card import card_markdown, card_page

NAMES = (
    "a|b", "x\n# y", "[l](javascript:1)", "<b>", "![i](u)", "`c`", "*e*", "\u202eevil\u2066", "https://example.org", "~~s~~", "- x",
    "10. x", "www.example.org", "a@b.org", "$x$",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_in_markdown_a_name_is_text(name: str) -> None:
    """As a parser of Markdown with tables and links of its own (CommonMark, GFM) reads it."""
    from markdown_it import MarkdownIt

    text = card_markdown(card_of(name)).split("\n---\n", 2)[-1]
    plain = card_markdown(card_of("name")).split("\n---\n", 2)[-1]
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])

    def kinds(source: str) -> list[str]:
        tokens = parser.parse(source)
        return [inner.type for token in tokens for inner in (token, *(token.children or [])) if inner.type not in ("text_special",)]

    def shape(source: str) -> list[str]:
        return [kind for kind in kinds(source) if kind != "text"]

    assert shape(text) == shape(plain)
    assert "\u202e" not in text


def test_page_and_markdown_have_the_same_parts() -> None:
    facts = card_of("name")
    page, text = card_page(facts, Links(3)), card_markdown(facts)
    for part in parts(facts):
        assert f"## {part.title}" in text
        assert f'id="{part.anchor}"' in page
    assert "\u202e" not in card_page(card_of(), Links(3)), "it would turn around what stands behind it"
    assert text.index("ROLLED BACK") < text.index("## ")
    assert page.index("ROLLED BACK") < page.index('id="what"')


def test_nine_headings_each_with_evidence_or_a_gap() -> None:
    found = annex_iv(card_of(report={}))
    assert [place for place, _, _ in found] == list(range(1, 10)) == list(range(1, len(HEADINGS) + 1))
    gaps = {place for place, _, told in found if told.startswith("gap: ")}
    assert gaps == {2, 4, 5, 7, 8}
    recorded = dict.fromkeys(("features_digest", "git_commit", "config_digest", "lock_digest"), "x")
    assert {place for place, _, told in annex_iv(card_of(lineage=recorded)) if told.startswith("gap: ")} == {5, 7, 8}
    assert annex_iv(card_of(events=[]))[5][2].startswith("gap: ")
