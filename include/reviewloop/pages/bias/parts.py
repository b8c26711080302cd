"""What the pages on bias, before and after training, have in common."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Final, TypeVar

from reviewloop.config import FacetConfig
from reviewloop.core.bias.verdicts import GroupReport, Mark, MarkVerdict
from reviewloop.pages.labels import label

G = TypeVar("G", bound=GroupReport)

MAX_NAMED: Final = 10
"""Groups explained at the top; the tables below have all of them."""
SYMBOLS: Final[dict[MarkVerdict, str]] = {"ok": "", "warn": "! ", "reject": "✗ ", "not enough evidence": ""}
CLASSES: Final[dict[MarkVerdict, str]] = {"ok": "", "warn": "unknown", "reject": "fail", "not enough evidence": "small"}
_MAX_SMALL: Final = 30
STYLE: Final = """<style>
body{max-width:1240px}h2{font-size:1.2rem;margin:2.2rem 0 .4rem;border-top:1px solid #e1e5ea;padding-top:1.2rem}
.plot{width:100%;height:auto;font-family:system-ui,sans-serif;margin:.5rem 0}.wide{overflow-x:auto}
.wide table{font-size:.78rem}.wide td,.wide th{padding:.3rem .3rem}.wide td{white-space:nowrap;font-variant-numeric:tabular-nums}
.wide i{display:block;font-style:normal;font-weight:400;color:#52606d;font-size:.66rem}.small,.small i{color:#9aa5b1}
.card{border-left:4px solid #b3261e;background:#f5f7f9;padding:.6rem 1rem;margin:.7rem 0}.card.warn{border-color:#8a6100}
.card p{margin:.2rem 0}.card ul{margin:.3rem 0;padding-left:1.2rem}summary{cursor:pointer;color:#1257a8;margin:.4rem 0}
</style>"""


def heading(facet: FacetConfig, labels: Mapping[str, str]) -> str:
    """The facet, or the pair, as a heading: ``Department and age in years``."""
    return " and ".join(label(name, labels) for name in facet.columns).capitalize()


def compares(facet: FacetConfig, labels: Mapping[str, str]) -> str:
    """Which reviews a conditional measure compares, in words."""
    if facet.given is None:
        return "has no other facet to compare like with like by, and compares all reviews"
    return f"compares reviews of the same {label(facet.given, labels).lower()}"


def largest(groups: Sequence[GroupReport], measure: str) -> str:
    """A list of the three unmarked groups in which ``measure`` is strongest."""
    judged = [(group, mark) for group in groups for mark in group.marks if mark.verdict == "ok" and mark.measure == measure]
    judged.sort(key=lambda one: -one[1].strength)
    return "<ul>" + "".join(f"<li>{escape(group.name)}: {escape(mark.in_words())}</li>" for group, mark in judged[:3]) + "</ul>"


def shown_groups(groups: Sequence[G], is_pair: bool) -> tuple[list[G], str]:
    """The groups of one facet that get a row, and a line that names the rest: of a pair of facets, those too small to judge."""
    shown = [group for group in groups if not is_pair or group.verdict != "not enough evidence"]
    small = [f"{group.group} ({group.num_rows})" for group in groups if group not in shown]
    if not small:
        return shown, ""
    names = ", ".join(small[:_MAX_SMALL]) + (f" and {len(small) - _MAX_SMALL} more" if len(small) > _MAX_SMALL else "")
    return shown, f"<p class=small>Not enough evidence in {len(small)} groups: {escape(names)}.</p>"


def cell(mark: Mark, signed: bool) -> str:
    """A measure in a table: its value and interval, marked by its verdict. ``signed``: it has a direction."""
    if mark.value is None:
        return '<span class="small">–</span>'
    form = "+z.2f" if signed else "z.2f"
    interval = "" if mark.low is None else f"<i>{mark.low:{form}}…{mark.high:{form}}</i>"
    return f'<span class="{CLASSES[mark.verdict]}">{SYMBOLS[mark.verdict]}{mark.value:{form}}{interval}</span>'
