"""Whether one text gets one answer: what was compared, and the texts that did not. It quotes none of them."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from markupsafe import Markup

from reviewloop.pages import kit
from reviewloop.pages.links import Links

_MARKS: Final[Mapping[str, kit.Kind]] = {"skew": "fail", "agree": "pass", "not enough evidence": "none"}
_LOOK_UP: Final = (
    'The words of a request stand in the table captures, as long as they are kept: python -m reviewloop query "SELECT title, text, '
    "version, form FROM captures WHERE request_id = '...'\"."
)


def skew_page(found: Mapping[str, Any], links: Links) -> str:
    """HTML, of a ``Skew`` as JSON; beside it ``day``, ``days``, ``model_version``, ``form``, ``num_other_texts``, ``tolerance``."""
    compared = found["comparisons"]
    apart = [one for one in compared if one["worst"]]
    tiles = kit.tiles(
        (f"{sum(one['num_pairs'] for one in compared):,}", "pairs of answers"),
        (f"{sum(one['num_apart'] for one in compared):,}", f"apart by more than {found['tolerance']:g}"),
        (f"version {found['model_version']}", f"scored the days, in the form {found['form']}"),
    )
    sections = [kit.section("compared", "What was compared", lambda: _compared(found))]
    if apart:
        sections.append(kit.section("apart", "The texts that are furthest apart", lambda: _apart(apart)))
    title = f"One text, one answer: up to {found['day']}"
    top = kit.join([tiles, kit.bullets(found["reasons"])])
    return kit.page(title, links, kit.Verdict(_MARKS[found["verdict"]], found["verdict"], found["reasons"][0]), top, sections)


def _compared(found: Mapping[str, Any]) -> Markup:
    head = ["Verdict", "Between", "Texts", "Apart", "By at most", "Not compared"]
    rows = [
        [
            kit.mark(_MARKS[one["verdict"]], one["verdict"]),
            f"{one['left']} and {one['right']}",
            f"{one['num_pairs']:,}",
            f"{one['num_apart']:,}",
            "–" if one["largest"] is None else f"{one['largest']:.6f}",
            f"{one['num_other_models']:,}",
        ]
        for one in found["comparisons"]
    ]
    told = [
        f"Reviews delivered on {', '.join(found['days'])}. Only what one model has read in one form is compared; not compared are "
        "texts that both have read, but another version, or in another form."
    ]
    if found["num_other_texts"]:
        told.append(
            f"{found['num_other_texts']:,} reviews were sent to the endpoint in other words than they were delivered in: a text is "
            "compared with itself alone."
        )
    return kit.join([*(kit.paragraph(line, "soft") for line in told), kit.table(head, rows, numeric=(2, 3, 4, 5), kind="roomy")])


def _apart(compared: Sequence[Mapping[str, Any]]) -> Markup:
    rows = [
        [
            pair["where"],
            f"{one['left']} and {one['right']}",
            pair["sentiment"],
            _share(pair["left"]),
            _share(pair["right"]),
            f"{pair['apart']:.4f}",
        ]
        for one in compared
        for pair in one["worst"]
    ]
    head = ["Text", "Between", "Probability of", "The one", "The other", "Apart"]
    return kit.join([kit.paragraph(_LOOK_UP, "soft"), kit.table(head, rows, numeric=(3, 4, 5), kind="roomy")])


def _share(value: float | None) -> str:
    return "none" if value is None else f"{value:.6f}"
