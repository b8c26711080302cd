"""The verdicts on a model's bias: every group of every facet, every measure, against its limits and with its evidence."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from reviewloop.config import BiasAfterConfig, BiasConfig, Contract
from reviewloop.core.bias.after.contrasts import AfterContrast, after_contrasts, answered_frame
from reviewloop.core.bias.after.estimates import beyond, estimate, estimate_entropy, tails
from reviewloop.core.bias.after.measures import COLUMNS, MEASURES, Counts, Values, measure_all, support
from reviewloop.core.bias.measures import GROUP, REST
from reviewloop.core.bias.verdicts import GroupReport, Mark, MarkVerdict
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.statistics.many_tests import holm
from reviewloop.core.statistics.metrics import confusion

EVERYBODY: Final = "all reviews"
"""The group that GE is measured on, and its facet."""
_LEVELS: Final[tuple[MarkVerdict, ...]] = ("warn", "reject")
_GE: Final = tuple(("GE", label) for label in range(len(SENTIMENTS)))
_MAX_RATIO: Final = 1000.0
"""A DI of 0 counts as one over this."""


@dataclass(frozen=True)
class AfterReport(GroupReport):
    """One group against the rest; the matrices count rows by (label, prediction)."""

    matrix: tuple[tuple[int, ...], ...]
    rest_matrix: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class AfterBias:
    """All groups, judged, and ``whole``: the report on all rows together, whose marks are GE."""

    groups: tuple[AfterReport, ...]
    whole: AfterReport
    unjudged: tuple[str, ...]
    """Facets of one column without a single judged group: there is no evidence about them."""

    @property
    def reports(self) -> tuple[AfterReport, ...]:
        """All of them."""
        return (*self.groups, self.whole)

    def marked(self, verdict: MarkVerdict) -> list[AfterReport]:
        """The reports with this verdict, the strongest first."""
        found = [report for report in self.reports if report.verdict == verdict]
        return sorted(found, key=lambda report: -report.marked(verdict)[0].strength)

    def metrics(self) -> dict[str, float]:
        """``bias_after.num_rejected``, ``.num_warned``, ``.num_judged``, ``.num_facets_unjudged`` and ``.<measure>.worst``.

        The worst is the judged value farthest from "no difference", without its sign, and for DI as a ratio above 1; NaN where
        no mark of the measure was judged.
        """
        marks = [mark for report in self.reports for mark in report.marks if mark.verdict != "not enough evidence"]
        worst = {
            name: max((distance(name, mark.value or 0.0) for mark in marks if mark.measure == name), default=math.nan)
            for name in (*MEASURES, "GE")
        }
        return {
            "bias_after.num_rejected": float(len(self.marked("reject"))),
            "bias_after.num_warned": float(len(self.marked("warn"))),
            "bias_after.num_judged": float(sum(report.verdict != "not enough evidence" for report in self.groups)),
            "bias_after.num_facets_unjudged": float(len(self.unjudged)),
            **{f"bias_after.{name}.worst": value for name, value in worst.items()},
        }

    def as_json(self) -> list[dict[str, Any]]:
        """Every report, in order, as plain JSON."""
        return [{**asdict(report), "verdict": report.verdict} for report in self.reports]


def measure_after(predicted: pd.DataFrame, bias: BiasConfig, after: BiasAfterConfig, contract: Contract) -> AfterBias:
    """Judge the answers in ``predicted`` (see ``core.evaluation.evaluation.with_predictions``) by every facet of ``bias``.

    The same rows give the same numbers. Raises ``ValueError`` without rows.
    """
    frame, rng = answered_frame(predicted, bias, contract), np.random.default_rng(after.seed)
    table = confusion(predicted["label"], predicted["prediction"])
    entropy = _test_entropy(table, after, rng)
    found = [contrast for facet in bias.facets for contrast in after_contrasts(frame, facet)]
    tests = [_test(contrast.counts, after, rng) for contrast in found]
    *adjusted, of_whole = _adjusted([*tests, entropy])
    groups = tuple(
        _report(contrast, _marks(test, chances, after)) for contrast, test, chances in zip(found, tests, adjusted, strict=True)
    )
    judged = {report.facet for report in groups if report.verdict != "not enough evidence"}
    unjudged = tuple(facet.name for facet in bias.facets if len(facet.columns) == 1 and facet.name not in judged)
    everybody = AfterContrast(EVERYBODY, EVERYBODY, np.stack([0 * table, table])[:, np.newaxis])
    return AfterBias(groups, _report(everybody, _marks(entropy, of_whole, after)), unjudged)


def distance(measure: str, value: float) -> float:
    """How far a value lies from "no difference", in the unit of its limit: without its sign, DI as a ratio above 1."""
    return max(value, 1 / max(value, 1 / _MAX_RATIO)) if measure == "DI" else abs(value)


@dataclass(frozen=True)
class _Test:
    """What was found of one table. ``how_far`` (beyond warn, beyond reject) and its ``chances`` are of shape (2, columns)."""

    columns: Sequence[tuple[str, int]]
    values: Values
    low: Values
    high: Values
    how_far: Values
    chances: Values


def _test(counts: Counts, after: BiasAfterConfig, rng: np.random.Generator) -> _Test:
    """One group against the rest. A side with too few rows is measured, not tested; so is a share that rests on too few."""
    values, limits, unknown = measure_all(counts), _limits(COLUMNS, after), np.full(len(COLUMNS), np.nan)
    how_far = beyond(values, limits)
    if min(counts[REST].sum(), counts[GROUP].sum()) < after.min_rows:
        return _Test(COLUMNS, values, unknown, unknown, how_far, np.stack([unknown, unknown]))
    found = estimate(counts, after.num_resamples, rng)
    chances = np.stack([tails(found, beyond(found.corrected, limit)) for limit in limits])
    enough = support(counts) >= after.min_rows
    return _Test(COLUMNS, values, found.low, found.high, how_far, np.where(enough, chances, np.nan))


def _test_entropy(table: Counts, after: BiasAfterConfig, rng: np.random.Generator) -> _Test:
    found, limits = estimate_entropy(table, after.num_resamples, rng), _limits(_GE, after)
    chances = np.stack([tails(found, found.corrected - limit) for limit in limits])
    return _Test(_GE, found.value, found.low, found.high, found.value - limits, chances)


def _limits(columns: Sequence[tuple[str, int]], after: BiasAfterConfig) -> Values:
    """Warn and reject limit of each column: shape (2, columns)."""
    return np.array([[getattr(after.limit(name), level) for name, _ in columns] for level in _LEVELS])


def _adjusted(tests: Sequence[_Test]) -> list[Values]:
    """Each test's chances after Holm's correction over all tests of the report, for each limit by itself."""
    ends = np.cumsum([len(test.columns) for test in tests])[:-1]
    chances = np.concatenate([test.chances for test in tests], axis=1)
    return np.split(np.stack([holm(row) for row in chances]), ends, axis=1)


def _marks(test: _Test, chances: Values, after: BiasAfterConfig) -> tuple[Mark, ...]:
    marks = []
    for place, (name, outcome) in enumerate(test.columns):
        value, (warn, reject) = _known(test.values[place]), chances[:, place]
        verdict: MarkVerdict = "not enough evidence" if math.isnan(warn) else "ok"
        for level, how_far, chance in zip(_LEVELS, test.how_far[:, place], (warn, reject), strict=True):
            # The value itself must be beyond, too: nobody should have to believe a mark that the number does not show.
            if how_far > 0 and chance <= after.alpha:
                verdict = level
        marks.append(
            Mark(
                measure=name,
                outcome=SENTIMENTS[outcome],
                value=value,
                low=_known(test.low[place]),
                high=_known(test.high[place]),
                chance_warn=_known(warn),
                chance_reject=_known(reject),
                strength=0.0 if value is None else distance(name, value) / after.limit(name).reject,
                verdict=verdict,
            )
        )
    return tuple(marks)


def _report(contrast: AfterContrast, marks: tuple[Mark, ...]) -> AfterReport:
    tables = contrast.counts.sum(axis=1)
    here, there = (tuple(tuple(row) for row in tables[side].tolist()) for side in (GROUP, REST))
    labels, rest_labels = (tuple(sum(row) for row in matrix) for matrix in (here, there))
    return AfterReport(contrast.facet, contrast.group, labels, rest_labels, marks, here, there)


def _known(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
