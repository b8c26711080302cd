"""What people have labelled so far, how well they agree, and how often they contradict the rating."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from markupsafe import Markup

from reviewloop.pages import kit
from reviewloop.pages.links import Links


def answers_page(found: Mapping[str, Any], links: Links) -> str:
    """HTML. ``found`` is the record that ``steps.annotation.take_answers`` keeps beside the page."""
    tiles = kit.tiles(
        (f"{found['num_texts']:,}", "texts answered"),
        (f"{found['num_labels']:,}", "with a label"),
        (f"{found['num_disputed']:,}", "on which people are at odds"),
        (f"{found['num_without_text']:,}", "labels of texts that no snapshot has any more"),
    )
    sections = [
        kit.section("files", "Files of which nothing was taken", lambda: _refused(found["warnings"])),
        kit.section("people", "Who labelled", lambda: _people(found["people"])),
        kit.section("agreement", "How well people agree", lambda: _agreement(found["agreements"])),
        kit.section("ratings", "How often people contradict the rating", lambda: _contradicted(found["contradicted"])),
        kit.section("disputed", "At odds", lambda: _disputed(found["disputed"])),
    ]
    return kit.page("Labels by people", links, _verdict(found), tiles, sections)


def _verdict(found: Mapping[str, Any]) -> kit.Verdict:
    told = f"{found['num_labels']:,} labels of {found['num_texts']:,} texts; they outrank the rating in the next snapshot"
    if found["warnings"]:
        files = "one file says nothing until it is mended" if len(found["warnings"]) == 1 else (
            f"{len(found['warnings'])} files say nothing until they are mended"
        )  # fmt: skip
        return kit.Verdict("warn", "files refused", f"{files}; {told}")
    return kit.Verdict("warn", "at odds", told) if found["num_disputed"] else kit.Verdict("pass", "all taken", told)


def _refused(warnings: Sequence[str]) -> Markup:
    return kit.bullets(warnings) if warnings else kit.paragraph("None.", "soft")


def _people(people: Sequence[Mapping[str, Any]]) -> Markup:
    if not people:
        return kit.paragraph("Nobody yet.", "soft")
    rows = [[one["by"], one["num_answers"], one["num_unclear"], _when(one["last"]), ", ".join(one["guidelines"])] for one in people]
    return kit.table(["Person", "Texts", "Of them unclear", "Last answer (UTC)", "By guideline"], rows, numeric=(1, 2))


def _when(text: str) -> Markup:
    """A time with an offset, to the minute and in one line; what is none, as it is."""
    try:
        shown = f"{datetime.fromisoformat(text).astimezone(UTC):%Y-%m-%d %H:%M}"
    except ValueError:
        shown = text
    return Markup('<span class="line">{}</span>').format(shown)


def _agreement(pairs: Sequence[Mapping[str, Any]]) -> Markup:
    if not pairs:
        return kit.paragraph("No two people have labelled one text so far: have two of them answer the same queue.", "soft")
    rows = [
        [f"{one['first']} and {one['second']}", one["num_texts"], one["num_alike"],
         "–" if one["kappa"] is None else f"{one['kappa']:.2f}"]
        for one in pairs
    ]  # fmt: skip
    how = "Cohen's kappa: 1 is all alike, 0 is what luck would give. – where both gave one label alone, and luck says nothing."
    return kit.join([kit.table(["People", "Texts", "Alike", "Kappa"], rows, numeric=(1, 2, 3)), kit.paragraph(how, "soft")])


def _contradicted(share: Mapping[str, Any]) -> Markup:
    if not share["num_texts"]:
        return kit.paragraph("Nobody knows yet: no text that was drawn at random has a label.", "soft")
    return kit.paragraph(
        f"{share['count']} of {share['num_texts']} texts that were drawn at random: {share['value']:.1%} (95 % interval "
        f"{share['low']:.1%} to {share['high']:.1%}). Of the texts that a model is unsure of nothing follows for the others."
    )


def _disputed(disputed: Sequence[Mapping[str, Any]]) -> Markup:
    if not disputed:
        return kit.paragraph("None.", "soft")
    rows = [[f"{one['day']}/{one['review_id']}", one["num_people"], one["item"]] for one in disputed]
    told = kit.paragraph("They keep the label of their rating, and come first in the next queue: another person decides.", "soft")
    return kit.join([told, kit.table(["Review", "People", "Item"], rows, numeric=(1,))])
