"""The bias report of a day as a page."""

from collections.abc import Sequence
from html import escape

from reviewloop.core import pages
from reviewloop.core.bias import Group

_KINDS = {"ok": "pass", "too far": "fail", "not enough evidence": "unknown"}
_EXPLAINED = (
    "Each group against all other rows. Share positive: how much of the group's reviews are rated 4 or 5. "
    "CI (class imbalance) is 1 for a group without rows and -1 for a group that holds every row. "
    "DPL (difference in proportions of labels) is the rest's share positive minus the group's."
)


def bias_page(day: str, verdict: str, reason: str, groups: Sequence[Group]) -> str:
    """HTML: the verdict and one line per group, with a bar for its share of positive reviews."""
    rows = [
        [
            escape(group.facet),
            escape(group.value),
            str(group.num_rows),
            f"{group.favourable_share:.1%}{pages.bar(group.favourable_share)}",
            f"{group.ci:+.2f}",
            "" if group.dpl is None else f"{group.dpl:+.2f}",
            pages.verdict(group.verdict, _KINDS[group.verdict]) + (f"<br>{escape(group.reason)}" if group.reason else ""),
        ]
        for group in groups
    ]
    return pages.page(
        f"Bias before training, {day}",
        f"<p>{pages.verdict(verdict, verdict)}: {escape(reason)}</p>"
        + pages.lead(_EXPLAINED)
        + pages.table(["Facet", "Group", "Rows", "Share positive", "CI", "DPL", "Verdict"], rows),
    )
