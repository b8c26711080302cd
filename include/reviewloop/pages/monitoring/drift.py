"""What the monitor found on one scored day, in words; Evidently's own page, with its charts, is a link away."""

import math
import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
from markupsafe import Markup

from reviewloop.errors import PermanentError
from reviewloop.pages import kit
from reviewloop.pages.figures import STYLE, draw, drawn, panel
from reviewloop.pages.links import Links
from reviewloop.pages.monitoring.live_quality import quality_section
from reviewloop.pages.palette import INK, SERIES, VERDICT_COLOURS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_NAMES: Final = {
    "text": "the texts",
    "domain": "a classifier of texts",
    "answers": "the champion's answers",
    "labels": "the ratings' classes",
    "title": "titles",
}
"""Signals in words, where their name alone says too little."""
_MOST_CHARACTERS: Final = 300
_MOST_DRAWN: Final = 12
_LUCK: Final = (
    "Chance: how likely any of the signals would be so unusual on a day on which nothing moved, all of them together. What is at "
    "most the limit fires. It is known from days that were drawn from the reference itself, of as many rows as this one."
)


def drift_page(title: str, found: Mapping[str, Any], unlike: pd.DataFrame, links: Links) -> str:
    """HTML. ``found`` is a ``DriftVerdict`` as JSON with ``model_version``, ``live_macro_f1`` (may be None), ``kind``
    (``naming.Named``), ``quality`` (``LiveQuality``) and ``priors`` (``Priors``) beside it, as JSON too; ``unlike`` the day's
    reviews that are least like the reference (``core.monitoring.drift.words.unlike``)."""
    complaints, live = found["smallest_change"]["before"], found["live_macro_f1"]
    tiles = [
        (f"{found['num_rows']:,}", "distinct reviews of the day"),
        (f"{found['num_reference_rows']:,}", "sealed reviews that they are compared with"),
        (f"{complaints:.1%}", "complaints before"),
        ("none" if live is None else f"{live:.3f}", "macro-F1 on the day's rated reviews"),
        (f"version {found['model_version']}", "answered"),
    ]
    judged = [one for one in found["signals"] if one["chance"] is not None]
    others = [one for one in found["signals"] if one["chance"] is None]
    sections = [kit.section("quality", "Quality without labels", lambda: quality_section(found["quality"], found["priors"]))]
    if judged:
        sections.append(kit.section("signals", "What was compared", lambda: _judged(judged)))
    sections.append(kit.section("sight", "What the day could have shown", lambda: _sight(found)))
    if others:
        sections.append(kit.section("unjudged", "What could not be judged", lambda: _unjudged(others)))
    if len(unlike):
        sections.append(kit.section("unlike", "The reviews least like the reference", lambda: _unlike(unlike, found["fired"])))
    kind = found["kind"]
    named = kit.card("warn", f"Kind of drift: {kind['name']}", kit.paragraph(kind["words"])) if found["fired"] else ""
    top = kit.join([kit.tiles(*tiles), named, kit.bullets(found["reasons"])])
    return kit.page(title, links, _verdict(found["fired"], found["reasons"], kind["name"]), top, sections)


def with_banner(page: bytes, title: str, fired: bool, reasons: Sequence[str], links: Links) -> bytes:
    """Evidently's page with our header above it, since it knows no verdict.

    Raises ``PermanentError`` where the page has no ``<body>`` for it to stand in.
    """
    banner = str(kit.banner(title, links, _verdict(fired, reasons)))  # as text: joined to Markup, the rest would be escaped
    text, found = re.subn(r"(<body[^>]*>)", lambda tag: tag[1] + banner, page.decode(), count=1)
    if not found:
        raise PermanentError("drift page: Evidently wrote no <body>, so the verdict has no place to stand")
    policy = Markup('<meta http-equiv="Content-Security-Policy" content="{}">').format(kit.SCRIPTED_POLICY)
    named = str(policy + Markup("<title>{}</title>").format(title))  # it has none, or an empty one
    text = re.sub(r"<title>.*?</title>", "", text, count=1, flags=re.DOTALL)
    return re.sub(r"(<head[^>]*>)", lambda tag: tag[1] + named, text, count=1).encode()


def without_charts(title: str, fired: bool, reasons: Sequence[str], error: Exception, links: Links) -> str:
    """The page in the place of Evidently's, where that could not be drawn."""
    why = kit.paragraph(f"{type(error).__name__}: {error}"[:_MOST_CHARACTERS])
    told = kit.join([kit.paragraph("The verdict does not depend on these charts."), why])
    return kit.page(title, links, _verdict(fired, reasons), kit.card("warn", "Evidently could not draw this day", told))


def _verdict(fired: bool, reasons: Sequence[str], kind: str = "") -> kit.Verdict:
    if fired:
        return kit.Verdict("fail", f"drift: {kind}" if kind else "drift", reasons[0])
    is_small = reasons[0].startswith("not enough evidence")
    return kit.Verdict("none", "not judged", reasons[0]) if is_small else kit.Verdict("pass", "no drift", reasons[0])


def _name(one: Mapping[str, Any]) -> str:
    name = str(one["name"])
    return _NAMES.get(name, name.replace("_", " "))


def _judged(judged: Sequence[Mapping[str, Any]]) -> Markup:
    rows = sorted(judged, key=lambda one: (one["verdict"] != "moved", one["slice"] is not None, one["chance"]))
    whole = [one for one in rows if one["slice"] is None or one["verdict"] == "moved"]
    groups = [one for one in rows if one not in whole]
    figures = draw(STYLE, {"unusual": partial(_figure, rows)})
    parts = [
        kit.paragraph(_LUCK, "soft"),
        _table(whole),
        *drawn(figures, {"unusual": "The most unusual signals. Beyond the line one fires: 3 is a chance of one in 1,000."}),
    ]
    if groups:
        parts.append(kit.details(f"{len(groups)} groups of reviews, none of which moved", _table(groups)))
    return kit.join(parts)


def _table(rows: Sequence[Mapping[str, Any]]) -> Markup:
    shown = [
        [
            kit.mark("fail", "moved") if one["verdict"] == "moved" else kit.mark("pass", "as before"),
            kit.below(_name(one), one["slice"]) if one["slice"] else _name(one),
            one["words"],
            f"{one['chance']:.2g}",
            f"{one['alpha']:g}",
        ]
        for one in rows
    ]
    return kit.table(["Verdict", "Signal", "What it shows", "Chance", "Limit"], shown, numeric=(3, 4), kind="roomy")


def _figure(rows: Sequence[Mapping[str, Any]]) -> "Figure":
    """How unusual, on a scale of powers of ten; its text is ours or cut, and an image runs nothing."""
    most = sorted(rows, key=lambda one: one["chance"] / one["alpha"])[:_MOST_DRAWN][::-1]
    figure, axes = panel("minus the decimal logarithm of the chance", "")
    values = [-math.log10(max(one["chance"], 1e-12)) for one in most]
    labels = [kit.shorten(f"{_name(one)}, {one['slice']}" if one["slice"] else _name(one), 40).replace("$", r"\$") for one in most]
    colours = [VERDICT_COLOURS["fail"] if one["verdict"] == "moved" else SERIES[-1] for one in most]
    axes.barh(range(len(most)), values, color=colours)
    axes.set_yticks(range(len(most)), labels)
    axes.axvline(-math.log10(most[0]["alpha"]), color=INK, linestyle="--", linewidth=1)
    axes.grid(visible=False)
    return figure


def _sight(found: Mapping[str, Any]) -> Markup:
    smallest = kit.paragraph(found["smallest_change"]["words"].capitalize() + ".")
    return kit.join([smallest, kit.bullets(found["findings"])])


def _unjudged(others: Sequence[Mapping[str, Any]]) -> Markup:
    rows = [[kit.mark("none", one["verdict"]), _name(one), one["slice"] or "all reviews", one["words"]] for one in others]
    return kit.table(["Verdict", "Signal", "Of", "Why"], rows, kind="roomy")


def _unlike(unlike: pd.DataFrame, fired: bool) -> Markup:
    calm = "" if fired else " The day did not fire: of any day some reviews are the least usual ones."
    told = f"A classifier that saw neither these reviews nor those they are compared with put them furthest away.{calm}"
    rows = [
        [
            kit.shorten(str(row.text), _MOST_CHARACTERS),
            f"{row.share:.1%} of the reference is more like itself. Review {row.review_id}",
        ]
        for row in unlike.itertuples()
    ]
    return kit.join([kit.paragraph(told, "soft"), kit.table(["Text", "How unlike"], rows, kind="texts")])
