"""The post-training bias measures of Amazon SageMaker Clarify, on tables of counts; for its flip test see ``core.behaviour.flips``.

Source: "Post-training Data and Model Bias Metrics",
https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-measure-post-training-bias.html, and the open-source package that Clarify
runs, https://github.com/aws/amazon-sagemaker-clarify, with which every number here agrees to 1e-9 (tests/core/bias/reference).

All functions take ``counts`` of shape ``(..., 2, strata, labels, predictions)``: axis -4 is the side, 0 for Clarify's facet a
(all other rows) and 1 for facet d (the group looked at); a stratum is a value of the variable that CDDPL is conditioned on. One
label in turn is the favourable one: "accepted" is labelled or called so, "rejected" anything else. With it, each side has true
positives TP, false negatives FN, false positives FP and true negatives TN. The functions return float64 of shape ``...``, so
that a thousand bootstrap resamples are one call. NaN: not defined on these rows, where Clarify raises an error.

Like the package, a share of no rows is 0, and what is divided by 0 is infinite; the difference of two such infinities is 0.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from reviewloop.core.bias.measures import GROUP, REST, conditional_demographic_disparity
from reviewloop.core.reviews import SENTIMENTS

Counts = npt.NDArray[Any]
Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Outcomes:
    """Both sides' counts for one favourable label, each of shape ``(..., 2)``."""

    tp: Counts
    fn: Counts
    fp: Counts
    tn: Counts

    @property
    def rows(self) -> Counts:
        """All rows of each side."""
        return self.tp + self.fn + self.fp + self.tn


def outcomes(counts: Counts, favourable: int) -> Outcomes:
    """The counts that every measure but CDDPL is made of."""
    table = counts.sum(axis=-3)
    tp = table[..., favourable, favourable]
    fn = table[..., favourable, :].sum(axis=-1) - tp
    fp = table[..., :, favourable].sum(axis=-1) - tp
    return Outcomes(tp, fn, fp, table.sum(axis=(-2, -1)) - tp - fn - fp)


def difference_in_positive_proportions(of: Outcomes) -> Values:
    """DPPL = q'_a - q'_d, with q' = (TP + FP) / n the share called favourable, in [-1, 1].

    Clarify, "Difference in Positive Proportions in Predicted Labels (DPPL)".
    """
    return _less(_over(of.tp + of.fp, of.rows), of)


def disparate_impact(of: Outcomes) -> Values:
    """DI = q'_d / q'_a, in [0, inf); 1 for equal shares. Clarify, "Disparate Impact (DI)"."""
    shares = _over(of.tp + of.fp, of.rows)
    return np.where(_both(of), _over(shares[..., GROUP], shares[..., REST]), np.nan)


def difference_in_conditional_acceptance(of: Outcomes) -> Values:
    """DCAcc = c_a - c_d, with c = (TP + FN) / (TP + FP): favourable labels over favourable answers.

    Clarify, "Difference in Conditional Acceptance (DCAcc)"; ``DCA`` in its package.
    """
    return _less(_over(of.tp + of.fn, of.tp + of.fp), of)


def difference_in_conditional_rejection(of: Outcomes) -> Values:
    """DCR = r_d - r_a, with r = (TN + FP) / (TN + FN): other labels over other answers.

    Clarify, "Difference in Conditional Rejection (DCR)".
    """
    return -_less(_over(of.tn + of.fp, of.tn + of.fn), of)


def specificity_difference(of: Outcomes) -> Values:
    """SD = TNR_d - TNR_a, with TNR = TN / (TN + FP), in [-1, 1]. Clarify, "Specificity Difference (SD)"."""
    return -_less(_over(of.tn, of.tn + of.fp), of)


def recall_difference(of: Outcomes) -> Values:
    """RD = TPR_a - TPR_d, with TPR = TP / (TP + FN), in [-1, 1]: positive when the group's favourable rows are found less often.

    Clarify, "Recall Difference (RD)".
    """
    return _less(_over(of.tp, of.tp + of.fn), of)


def difference_in_acceptance_rates(of: Outcomes) -> Values:
    """DAR = p_a - p_d, with p = TP / (TP + FP) the precision, in [-1, 1]. Clarify, "Difference in Acceptance Rates (DAR)"."""
    return _less(_over(of.tp, of.tp + of.fp), of)


def difference_in_rejection_rates(of: Outcomes) -> Values:
    """DRR = v_d - v_a, with v = TN / (TN + FN), in [-1, 1]. Clarify, "Difference in Rejection Rates (DRR)"."""
    return -_less(_over(of.tn, of.tn + of.fn), of)


def accuracy_difference(of: Outcomes) -> Values:
    """AD = ACC_a - ACC_d, with ACC = (TP + TN) / n of "favourable or not", in [-1, 1]. Clarify, "Accuracy Difference (AD)"."""
    return _less(_over(of.tp + of.tn, of.rows), of)


def treatment_equality(of: Outcomes) -> Values:
    """TE = t_d - t_a, with t = FN / FP: which kind of error prevails. Clarify, "Treatment Equality (TE)"."""
    return -_less(_over(of.fn, of.fp), of)


def conditional_demographic_disparity_in_predictions(counts: Counts, favourable: int) -> Values:
    """CDDPL: the formula of CDDL (see ``core.bias.measures``) on what rows are called instead of on their labels, in [-1, 1].

    Clarify, "Conditional Demographic Disparity in Predicted Labels (CDDPL)".
    """
    return conditional_demographic_disparity(counts.sum(axis=-2), favourable)


def generalized_entropy(table: Counts, favourable: int) -> Values:
    """GE = 1 / (2 n) sum over rows of ((b / mean b) ** 2 - 1), with b = prediction - label + 1 of each row, in [0, inf).

    ``table`` counts ALL rows, of shape ``(..., labels, predictions)``: GE knows no groups. b is 0 for a favourable row that was
    missed, 2 for a false alarm, 1 for a right answer; 0 when every row fares alike. Clarify, "Generalized Entropy (GE)", with
    its alpha of 2. NaN without rows, and where all rows are missed.
    """
    rows = table.sum(axis=(-2, -1))
    missed = table[..., favourable, :].sum(axis=-1) - table[..., favourable, favourable]
    alarms = table[..., :, favourable].sum(axis=-1) - table[..., favourable, favourable]
    right = rows - missed - alarms
    mean = np.divide(right + 2 * alarms, rows, out=np.zeros(rows.shape), where=rows > 0)
    square = np.divide(right + 4 * alarms, rows, out=np.zeros(rows.shape), where=rows > 0)
    ratio = np.divide(square, mean**2, out=np.full(rows.shape, np.nan), where=mean > 0)
    spread: Values = (ratio - 1) / 2
    return spread


_OF_OUTCOMES: Final[Mapping[str, Callable[[Outcomes], Values]]] = {
    "DPPL": difference_in_positive_proportions,
    "DI": disparate_impact,
    "DCAcc": difference_in_conditional_acceptance,
    "DCR": difference_in_conditional_rejection,
    "SD": specificity_difference,
    "RD": recall_difference,
    "DAR": difference_in_acceptance_rates,
    "DRR": difference_in_rejection_rates,
    "AD": accuracy_difference,
    "TE": treatment_equality,
}
MEASURES: Final = (*_OF_OUTCOMES, "CDDPL")
"""Of a group against the rest; GE, of all rows, and the flip test, of pairs of texts, stand apart."""
COLUMNS: Final[tuple[tuple[str, int], ...]] = tuple((name, label) for name in MEASURES for label in range(len(SENTIMENTS)))
"""The columns of ``measure_all``: a measure and the class id of its favourable label."""


def measure_all(counts: Counts) -> Values:
    """Every measure, in the order of ``COLUMNS``: shape ``(..., len(COLUMNS))``."""
    of = [outcomes(counts, label) for label in range(len(SENTIMENTS))]
    found = [
        conditional_demographic_disparity_in_predictions(counts, label) if name == "CDDPL" else _OF_OUTCOMES[name](of[label])
        for name, label in COLUMNS
    ]
    return np.stack(found, axis=-1)


def support(counts: Counts) -> Counts:
    """How many rows each of ``COLUMNS`` rests on, on the side that has fewer: what it divides by; shape ``(..., len(COLUMNS))``.

    DI compares the group with the rest's share, so that share must rest on as many favourable answers.
    """

    def one(name: str, of: Outcomes) -> Counts:
        below = {
            "DCAcc": of.tp + of.fp, "DAR": of.tp + of.fp, "DCR": of.tn + of.fn, "DRR": of.tn + of.fn,
            "RD": of.tp + of.fn, "SD": of.tn + of.fp, "TE": of.fp,
        }  # fmt: skip
        fewest: Counts = below.get(name, of.rows).min(axis=-1)
        if name == "DI":
            fewest = np.minimum(fewest, (of.tp + of.fp)[..., REST])
        return fewest

    of = [outcomes(counts, label) for label in range(len(SENTIMENTS))]
    return np.stack([one(name, of[label]) for name, label in COLUMNS], axis=-1)


def _over(top: Counts, bottom: Counts) -> Values:
    """Clarify's division: 0 over 0 is 0, anything else over 0 is infinite."""
    none = np.where(np.asarray(top) > 0, np.inf, 0.0)
    quotient: Values = np.divide(top, bottom, out=none, where=np.asarray(bottom) > 0)
    return quotient


def _both(of: Outcomes) -> npt.NDArray[np.bool_]:
    """Whether both sides have rows."""
    return np.asarray((of.rows > 0).all(axis=-1))


def _less(shares: Values, of: Outcomes) -> Values:
    """The rest's value less the group's; NaN where a side has no rows."""
    rest, group = shares[..., REST], shares[..., GROUP]
    with np.errstate(invalid="ignore"):
        difference = np.where(np.isinf(rest) & np.isinf(group), 0.0, rest - group)
    return np.where(_both(of), difference, np.nan)
