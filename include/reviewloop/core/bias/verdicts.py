"""The bias gate's verdicts: every group of every facet, every measure, against its limits and with its evidence."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal, get_args

import numpy as np
import pandas as pd

from reviewloop.config import BiasConfig
from reviewloop.core.bias.contrasts import Contrast, contrasts
from reviewloop.core.bias.estimates import Estimate, estimate, excess, is_dominant, tail
from reviewloop.core.bias.measures import COLUMNS, GROUP, REST, measure_all
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.statistics.many_tests import holm

MarkVerdict = Literal["not enough evidence", "ok", "warn", "reject"]
VERDICTS: Final[tuple[MarkVerdict, ...]] = get_args(MarkVerdict)
"""From the weakest to the strongest."""
NUM_NAMED: Final = 5
"""Groups that a rejection names; the page has them all."""


@dataclass(frozen=True)
class Mark:
    """One measure of one group. ``low`` and ``high`` are its 95 % interval; None: not known. ``outcome`` is the favourable label.

    ``chance_warn`` and ``chance_reject`` are Holm-adjusted p-values of lying beyond the two limits. ``strength`` is the value
    as a multiple of its reject limit, in the direction that the limit guards.
    """

    measure: str
    outcome: str | None
    value: float | None
    low: float | None
    high: float | None
    chance_warn: float | None
    chance_reject: float | None
    strength: float
    verdict: MarkVerdict

    def in_words(self) -> str:
        """``DPL of positive +0.71 (+0.55 to +0.84)``."""
        of = f" of {self.outcome}" if self.outcome else ""
        if self.value is None:
            return f"{self.measure}{of} not defined"
        interval = "" if self.low is None else f" ({self.low:+z.2f} to {self.high:+z.2f})"
        return f"{self.measure}{of} {self.value:+z.2f}{interval}"


@dataclass(frozen=True)
class GroupReport:
    """One group against the rest. ``labels`` and ``rest_labels`` count the rows of each sentiment, in the order of the classes."""

    facet: str
    group: str
    labels: tuple[int, ...]
    rest_labels: tuple[int, ...]
    marks: tuple[Mark, ...]

    @property
    def num_rows(self) -> int:
        """Rows in the group."""
        return sum(self.labels)

    @property
    def num_rest(self) -> int:
        """All other rows."""
        return sum(self.rest_labels)

    @property
    def name(self) -> str:
        """``department=Tops``."""
        return f"{self.facet}={self.group}"

    @property
    def verdict(self) -> MarkVerdict:
        """The strongest of its marks."""
        return max((mark.verdict for mark in self.marks), key=VERDICTS.index)

    def marked(self, *verdicts: MarkVerdict) -> list[Mark]:
        """The marks with one of these verdicts, the strongest first."""
        return sorted((mark for mark in self.marks if mark.verdict in verdicts), key=lambda mark: -mark.strength)

    def share(self, outcome: int) -> float:
        """The share of one class id among the group's rows."""
        return self.labels[outcome] / self.num_rows

    def rest_share(self, outcome: int) -> float:
        """The share of one class id among all other rows; NaN where there are none."""
        return self.rest_labels[outcome] / self.num_rest if self.num_rest else math.nan


def measure(frame: pd.DataFrame, bias: BiasConfig) -> list[GroupReport]:
    """Every group of every configured facet, judged; ``frame`` is that of ``facet_frame``. The same rows give the same numbers."""
    rng = np.random.default_rng(bias.seed)
    found = [contrast for facet in bias.facets for contrast in contrasts(frame, facet)]
    limits = {level: np.array([getattr(bias.limit(name), level) for name, _ in COLUMNS]) for level in ("warn", "reject")}
    enough = [min(contrast.num_rows, contrast.num_rest) >= bias.min_group_rows for contrast in found]
    estimates = [
        estimate(contrast.counts, bias.num_resamples, rng) if sure or is_dominant(contrast.counts) else None
        for contrast, sure in zip(found, enough, strict=True)
    ]
    adjusted = {}
    for level, bounds in limits.items():
        chances = np.full((len(found), len(COLUMNS)), np.nan)
        for place, (one, sure) in enumerate(zip(estimates, enough, strict=True)):
            if one is not None:
                judged = np.array([sure or name == "CI" for name, _ in COLUMNS])
                chances[place] = np.where(judged, tail(one, bounds), np.nan)
        adjusted[level] = holm(chances.ravel()).reshape(chances.shape)
    return [
        _report(contrast, one, limits, {level: values[place] for level, values in adjusted.items()}, bias)
        for place, (contrast, one) in enumerate(zip(found, estimates, strict=True))
    ]


def _report(contrast: Contrast, one: Estimate | None, limits: Any, chances: Any, bias: BiasConfig) -> GroupReport:
    values = measure_all(contrast.counts)
    reach = excess(values)
    marks = []
    for place, (name, outcome) in enumerate(COLUMNS):
        verdict: MarkVerdict = "not enough evidence"
        if not math.isnan(chances["warn"][place]):
            if (
                min(contrast.num_rows, contrast.num_rest) >= bias.min_group_rows
            ):  # else its CI alone was tested, and may only object
                verdict = "ok"
            for level in ("warn", "reject"):
                # The value itself must be beyond, too: nobody should have to believe a mark that the number does not show.
                if reach[place] > limits[level][place] and chances[level][place] <= bias.alpha:
                    verdict = "warn" if level == "warn" else "reject"
        marks.append(
            Mark(
                measure=name,
                outcome=None if outcome is None else SENTIMENTS[outcome],
                value=_known(values[place]),
                low=None if one is None else _known(one.low[place]),
                high=None if one is None else _known(one.high[place]),
                chance_warn=_known(chances["warn"][place]),
                chance_reject=_known(chances["reject"][place]),
                strength=_known(reach[place] / limits["reject"][place]) or 0.0,
                verdict=verdict,
            )
        )
    labels = contrast.counts.sum(axis=1)
    return GroupReport(contrast.facet, contrast.group, tuple(labels[GROUP].tolist()), tuple(labels[REST].tolist()), tuple(marks))


def _known(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def objections(groups: Sequence[GroupReport], bias: BiasConfig) -> list[str]:
    """Why the data is refused, one line each, the worst first; empty when it passes.

    A facet of one column without a single judged group is an objection: no evidence, no pass. Pairs may be too small to judge.
    """
    refused = sorted(
        (group for group in groups if group.verdict == "reject"), key=lambda group: -group.marked("reject")[0].strength
    )
    lines = [f"{group.name}: {in_words(group, bias)}" for group in refused[:NUM_NAMED]]
    if len(refused) > NUM_NAMED:
        lines.append(f"and {len(refused) - NUM_NAMED} more groups")
    judged = {group.facet for group in groups if group.verdict != "not enough evidence"}
    remedy = "no group and its rest are both large enough to judge; deliver more rows or lower bias.min_group_rows"
    return lines + [f"{facet.name}: {remedy}" for facet in bias.facets if len(facet.columns) == 1 and facet.name not in judged]


def in_words(group: GroupReport, bias: BiasConfig) -> str:
    """The plainest of a marked group's marks with its limit and what it rests on, then the names of the others."""
    level: MarkVerdict = group.verdict
    plainness = ("CI", "DPL", "CDDL")  # what a person can picture comes before the distances
    first, *others = sorted(group.marked(level), key=lambda mark: [mark.measure != name for name in plainness])
    limit = getattr(bias.limit(first.measure), level)
    if first.measure == "CI":
        plain = f"{group.num_rows} of {group.num_rows + group.num_rest} rows are in this one group"
    else:
        outcome = SENTIMENTS.index(first.outcome) if first.outcome else _widest(group)
        here, there = f"{group.share(outcome):.0%} of its {group.num_rows} reviews", f"{group.rest_share(outcome):.0%} of the rest"
        plain = f"{here} are {SENTIMENTS[outcome]}, {there}"
    also = ", ".join(dict.fromkeys(mark.measure for mark in others if mark.measure != first.measure))
    return f"{first.in_words()}, limit {limit:g}: {plain}" + (f" (also {also})" if also else "")


def _widest(group: GroupReport) -> int:
    return max(range(len(SENTIMENTS)), key=lambda outcome: abs(group.share(outcome) - group.rest_share(outcome)))


def as_rows(groups: Sequence[GroupReport]) -> list[dict[str, Any]]:
    """The groups as JSON, in order."""
    return [{**asdict(group), "verdict": group.verdict} for group in groups]
