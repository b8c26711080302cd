"""What the pages on bias, before and after training, have in common."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeVar

from markupsafe import Markup

from reviewloop.config import BiasConfig, FacetConfig, LimitConfig
from reviewloop.core.bias.verdicts import GroupReport, Mark, MarkVerdict
from reviewloop.pages import kit
from reviewloop.pages.labels import label

G = TypeVar("G", bound=GroupReport)

MAX_NAMED: Final = 10
"""Groups explained at the top; the tables below have all of them."""
KINDS: Final[Mapping[MarkVerdict, kit.Kind]] = {"ok": "pass", "warn": "warn", "reject": "fail", "not enough evidence": "none"}
_MAX_SMALL: Final = 30


def heading(facet: str, bias: BiasConfig, labels: Mapping[str, str]) -> str:
    """The facet, or the pair, as a heading: ``Department and age in years``."""
    columns = next((one.columns for one in bias.facets if one.name == facet), (facet,))
    return " and ".join(label(name, labels) for name in columns).capitalize()


def compares(facet: FacetConfig, labels: Mapping[str, str]) -> str:
    """Which reviews a conditional measure compares, in words."""
    if facet.given is None:
        return "has no other facet to compare like with like by, and compares all reviews"
    return f"compares reviews of the same {label(facet.given, labels).lower()}"


def largest(groups: Sequence[GroupReport], measure: str) -> Markup:
    """A list of the three unmarked groups in which ``measure`` is strongest."""
    judged = [(group, mark) for group in groups for mark in group.marks if mark.verdict == "ok" and mark.measure == measure]
    judged.sort(key=lambda one: -one[1].strength)
    return kit.bullets(f"{group.name}: {mark.in_words()}" for group, mark in judged[:3])


def marked_groups(groups: Iterable[tuple[GroupReport, str]], stops: str) -> Markup:
    """A list of marked groups, each with its verdict (``stops`` names the stronger one) and why in words."""
    word = {"reject": kit.mark("fail", stops), "warn": kit.mark("warn", "warning")}
    return kit.bullets(Markup("<b>{}</b> {}: {}.").format(group.name, word[group.verdict], why) for group, why in groups)


def shown_groups(groups: Sequence[G], is_pair: bool) -> tuple[list[G], Markup]:
    """The groups of one facet that get a row, and a line that names the rest: of a pair of facets, those too small to judge."""
    shown = [group for group in groups if not is_pair or group.verdict != "not enough evidence"]
    small = [f"{group.group} ({group.num_rows})" for group in groups if group not in shown]
    if not small:
        return shown, Markup()
    names = ", ".join(small[:_MAX_SMALL]) + (f" and {len(small) - _MAX_SMALL} more" if len(small) > _MAX_SMALL else "")
    return shown, kit.paragraph(f"Not enough evidence in {len(small)} groups: {names}.", "soft")


def cell(mark: Mark, signed: bool) -> str | Markup:
    """A measure in a table: its value and interval, marked by its verdict. ``signed``: it has a direction."""
    if mark.value is None:
        return "–"
    form = "+z.2f" if signed else "z.2f"
    value = f"{mark.value:{form}}"
    shown = value if mark.verdict == "ok" else kit.mark(KINDS[mark.verdict], value)
    return shown if mark.low is None else kit.below(shown, f"{mark.low:{form}}…{mark.high:{form}}")


def limits_table(limits: Iterable[tuple[str, LimitConfig]]) -> Markup:
    """Warn and reject limit of each measure."""
    rows = [[name, f"{limit.warn:g}", f"{limit.reject:g}"] for name, limit in limits]
    return kit.table(["Measure", "Warn", "Reject"], rows, numeric=(1, 2))
