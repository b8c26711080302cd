"""What a marked group may mean: the kinds of bias that its measures point at, and what to do about each.

The measures say that groups differ, never why. These readings are where to look first, from which of the measures moved:
Clarify's guide to each measure (see ``measures``), and Mehrabi et al., A Survey on Bias and Fairness in Machine Learning, ACM
Computing Surveys 54, 2021, for the kinds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from reviewloop.core.bias.verdicts import GroupReport, Mark
from reviewloop.core.reviews import SENTIMENTS

KINDS: Final[Mapping[str, tuple[str, str]]] = {
    "activity": (
        "a few very active customers write most of what we see",
        "count reviews per customer and per day; cap or weight what one customer or one campaign contributes",
    ),
    "selection": (
        "which reviews reach the file depends on the group and on the opinion",
        "ask the producer what filter, campaign or shop this delivery went through; take the missing reviews in as well",
    ),
    "sampling": (
        "the groups are not there in the proportions that the customers have",
        "compare the group sizes with the sales; draw or weight the training rows to those proportions",
    ),
    "measurement": (
        "the rating does not mean the same in every group, or was damaged on its way",
        "read 20 texts of the group against their ratings; look for a changed form, a default rating, an import that flips a scale",
    ),
    "response": (
        "who answers, or how the scale is used, differs between the groups",
        "compare with the reviews of customers who were asked rather than came by themselves; label by text where ratings mislead",
    ),
    "societal": (
        "the difference is real out there, and a model would learn it and carry it on",
        "decide with the product team whether the model may repeat it; watch this group's recall in the model gates",
    ),
}
"""Kind of bias: what it is, what to do about it."""

_HIDDEN: Final = 0.5
"""DPL under this share of its own limit counts as unmoved."""


@dataclass(frozen=True)
class Reading:
    """What a group's marks look like, and the kinds of bias to look for first."""

    words: str
    kinds: tuple[str, ...]


def read(group: GroupReport) -> Reading:
    """The reading of a marked group. Raises ``ValueError`` where nothing is marked: then there is nothing to explain."""
    marked = {mark.measure: mark for mark in reversed(group.marked("warn", "reject"))}  # the strongest of each measure
    if not marked:
        raise ValueError(f"{group.name}: nothing is marked")
    if "CI" in marked:
        return Reading(
            "One group crowds out the others: a model learns how this group writes.", ("sampling", "activity", "selection")
        )
    most = {name: max((m for m in group.marks if m.measure == name), key=_strength) for name in ("DPL", "CDDL")}
    if "CDDL" in marked and _strength(most["DPL"]) < _HIDDEN:
        return Reading(
            "Overall the group looks like the others, not among like with like: two differences cancel out (Simpson's paradox).",
            ("selection", "measurement"),
        )
    if _at_both_ends(group):
        return Reading("The group uses the ends of the scale differently from the rest.", ("response", "measurement"))
    if "DPL" in marked and "CDDL" not in marked and _strength(most["CDDL"]) < _HIDDEN * _strength(most["DPL"]):
        return Reading(
            "The labels differ, but little among like with like: most of it is a different mix of rows.", ("sampling", "selection")
        )
    if "DPL" in marked or "CDDL" in marked:
        return Reading("The labels differ, also among like with like.", ("selection", "measurement", "societal", "response"))
    return Reading("No single label stands out, but the three together are spread differently.", ("response", "measurement"))


def _strength(mark: Mark) -> float:
    return mark.strength


def _at_both_ends(group: GroupReport) -> bool:
    """Whether negative and positive both moved the same way, each by at least a third of what neutral moved."""
    if not group.num_rest:
        return False
    negative, neutral, positive = (group.share(label) - group.rest_share(label) for label in range(len(SENTIMENTS)))
    return negative * positive > 0 and min(abs(negative), abs(positive)) >= abs(neutral) / 3
