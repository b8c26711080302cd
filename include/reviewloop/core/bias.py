"""Pre-training bias metrics of labelled data, as Amazon SageMaker Clarify defines them.

Source: "Pre-training Bias Metrics", https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-measure-data-bias.html
(pages "Class Imbalance (CI)" and "Difference in Proportions of Labels (DPL)"). Each value of a facet in turn is Clarify's
facet d (the group looked at), all other rows are facet a; the favourable label is a positive review.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

NO_VALUE = "(none)"
"""The group of the rows whose facet value is missing."""

Verdict = Literal["ok", "too far", "not enough evidence"]


@dataclass(frozen=True)
class Group:
    """One facet value against the rest. ``dpl`` is None where either side has too few rows to say."""

    facet: str
    value: str
    num_rows: int
    favourable_share: float
    ci: float
    dpl: float | None
    verdict: Verdict
    reason: str


def class_imbalance(num_a: int, num_d: int) -> float:
    """CI = (n_a - n_d) / (n_a + n_d), in [-1, 1]; -1 when every row is in group d, 1 when none is."""
    if num_a + num_d == 0:
        raise ValueError("class_imbalance: no rows")
    return (num_a - num_d) / (num_a + num_d)


def difference_in_proportions_of_labels(favourable_a: int, num_a: int, favourable_d: int, num_d: int) -> float:
    """DPL = q_a - q_d, the difference of the favourable shares, in [-1, 1]; positive when group d has fewer favourable labels."""
    if not num_a or not num_d:
        raise ValueError("difference_in_proportions_of_labels: a group without rows has no share")
    return favourable_a / num_a - favourable_d / num_d


def measure(
    facets: Mapping[str, "pd.Series[str]"], favourable: "pd.Series[bool]", *, min_group_rows: int, min_ci: float, max_abs_dpl: float
) -> list[Group]:
    """Every value of every facet against the rest; ``facets`` and ``favourable`` are columns of the same rows."""
    return [
        group
        for facet, values in facets.items()
        for group in _groups(facet, values.fillna(NO_VALUE), favourable, min_group_rows, min_ci, max_abs_dpl)
    ]


def _groups(
    facet: str, values: "pd.Series[str]", favourable: "pd.Series[bool]", min_group_rows: int, min_ci: float, max_abs_dpl: float
) -> Iterator[Group]:
    for value in sorted(values.unique()):
        inside = values == value
        num_d, num_a = int(inside.sum()), int((~inside).sum())
        good_d, good_a = int(favourable[inside].sum()), int(favourable[~inside].sum())
        ci = class_imbalance(num_a, num_d)
        enough = min(num_a, num_d) >= min_group_rows
        dpl = difference_in_proportions_of_labels(good_a, num_a, good_d, num_d) if enough else None
        verdict: Verdict = "ok"
        reason = ""
        if ci < min_ci:
            verdict, reason = "too far", f"CI {ci:.2f} is under {min_ci}: {num_d} of {num_a + num_d} rows are in this one group"
        elif dpl is None:
            verdict, reason = "not enough evidence", f"{num_d} rows in the group, {num_a} in the rest; {min_group_rows} are needed"
        elif abs(dpl) > max_abs_dpl:
            share = f"{good_d / num_d:.0%} of its reviews are positive, {good_a / num_a:.0%} of the rest"
            verdict, reason = "too far", f"DPL {dpl:+.2f} is beyond {max_abs_dpl} either way: {share}"
        yield Group(facet, value, num_d, good_d / num_d, ci, dpl, verdict, reason)


def objections(groups: Sequence[Group], facets: Sequence[str]) -> list[str]:
    """Why the data is refused, one line each; empty when it passes. A facet without a single judged group is an objection."""
    found = [f"{group.facet}={group.value}: {group.reason}" for group in groups if group.verdict == "too far"]
    judged = {group.facet for group in groups if group.verdict != "not enough evidence"}
    remedy = "no group and its rest are both large enough to judge; deliver more rows or lower bias.min_group_rows"
    return found + [f"{facet}: {remedy}" for facet in facets if facet not in judged]


def as_rows(groups: Sequence[Group]) -> list[dict[str, Any]]:
    """The groups as JSON, in order."""
    return [dict(vars(group)) for group in groups]
