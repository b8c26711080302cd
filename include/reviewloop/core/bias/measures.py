"""The eight pre-training bias measures of Amazon SageMaker Clarify, on tables of counts.

Source: "Pre-training Bias Metrics", https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-measure-data-bias.html, and the
open-source package that Clarify runs, https://github.com/aws/amazon-sagemaker-clarify, with which every number here agrees to
1e-9 (tests/core/bias/reference).

All functions take ``counts`` of shape ``(..., 2, strata, labels)``: axis -3 is the side, 0 for Clarify's facet a (all other
rows) and 1 for facet d (the group looked at); a stratum is a value of the variable that CDDL is conditioned on. They return
float64 of shape ``...``, so that a thousand bootstrap resamples are one call. NaN: not defined on these rows, where Clarify
raises an error.

Like Clarify's package, the five distances (KL, JS, LP, TVD, KS) look only at the labels that both sides have. A label that one
side lacks altogether therefore makes them smaller, not larger; DPL, with each label in turn as the favourable one, sees it.
"""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from reviewloop.core.reviews import SENTIMENTS

Counts = npt.NDArray[Any]
Values = npt.NDArray[np.float64]
Kept = npt.NDArray[np.bool_] | None
"""Which labels a distance may look at; None: those that both sides have."""

REST: Final = 0
GROUP: Final = 1

MEASURES: Final = ("CI", "DPL", "KL", "JS", "LP", "TVD", "KS", "CDDL")
PER_OUTCOME: Final = ("DPL", "CDDL")
"""Measures of one favourable label against all others; the other six look at all labels at once."""
COLUMNS: Final[tuple[tuple[str, int | None], ...]] = tuple(
    (measure, outcome) for measure in MEASURES for outcome in (range(len(SENTIMENTS)) if measure in PER_OUTCOME else (None,))
)
"""The columns of ``measure_all``: a measure and, where it needs one, the class id of its favourable label."""


def class_imbalance(counts: Counts) -> Values:
    """CI = (n_a - n_d) / (n_a + n_d), in [-1, 1]: near 1 when group d is small, near -1 when it crowds out all others.

    Clarify, "Class Imbalance (CI)". Where one side is empty Clarify raises an error; here it is -1 or 1.
    """
    rows = counts.sum(axis=(-2, -1))
    return _over(rows[..., REST] - rows[..., GROUP], rows.sum(axis=-1))


def difference_in_proportions_of_labels(counts: Counts, favourable: int) -> Values:
    """DPL = q_a - q_d, the sides' shares of the favourable label, in [-1, 1]; positive when group d has fewer of them.

    Clarify, "Difference in Proportions of Labels (DPL)".
    """
    shares = _shares(counts)[..., favourable]
    return shares[..., REST] - shares[..., GROUP]


def kullback_leibler(counts: Counts, kept: Kept = None) -> Values:
    """KL = sum over y of P_a(y) ln(P_a(y) / P_d(y)), in nats; 0 for equal distributions, no upper bound.

    Clarify, "Kullback-Leibler Divergence (KL)".
    """
    a, d, found = _shared(counts, kept)
    return np.where(found > 0, (a * np.log(_ratio(a, d))).sum(axis=-1), np.nan)


def jensen_shannon(counts: Counts, kept: Kept = None) -> Values:
    """JS = (KL(P_a, P) + KL(P_d, P)) / 2 with P = (P_a + P_d) / 2, in nats, in [0, ln 2]. Clarify, "Jensen-Shannon Divergence"."""
    a, d, found = _shared(counts, kept)
    mean = (a + d) / 2
    return np.where(found > 0, (a * np.log(_ratio(a, mean)) + d * np.log(_ratio(d, mean))).sum(axis=-1) / 2, np.nan)


def lp_norm(counts: Counts, kept: Kept = None) -> Values:
    """LP = (sum over y of |P_a(y) - P_d(y)| ** 2) ** (1/2), in [0, sqrt 2]: Clarify, "Lp-norm (LP)", which takes p = 2."""
    a, d, found = _shared(counts, kept)
    return np.where(found > 0, np.sqrt(((a - d) ** 2).sum(axis=-1)), np.nan)


def total_variation(counts: Counts, kept: Kept = None) -> Values:
    """TVD = 1/2 sum over y of |P_a(y) - P_d(y)|, in [0, 1]: the share of labels that would have to change.

    Clarify, "Total Variation Distance (TVD)".
    """
    a, d, found = _shared(counts, kept)
    return np.where(found > 0, np.abs(a - d).sum(axis=-1) / 2, np.nan)


def kolmogorov_smirnov(counts: Counts, kept: Kept = None) -> Values:
    """KS = max over y of |P_a(y) - P_d(y)|, in [0, 1]: the label on which the sides differ most.

    Clarify, "Kolmogorov-Smirnov (KS)": of the label shares, not of the cumulated ones as in the test of that name.
    """
    a, d, found = _shared(counts, kept)
    return np.where(found > 0, np.abs(a - d).max(axis=-1), np.nan)


def conditional_demographic_disparity(counts: Counts, favourable: int) -> Values:
    """CDDL = 1/n sum over strata i of n_i DD_i, with DD = n_d(rejected) / n(rejected) - n_d(accepted) / n(accepted), in [-1, 1].

    Positive when group d, in strata of like rows, has more of the rejected than of the accepted. A stratum without rejected or
    without accepted rows counts 0 for that term. Not defined where all rows, or none, have the favourable label.
    Clarify, "Conditional Demographic Disparity in Labels (CDDL)".
    """
    accepted = counts[..., favourable]
    rejected = counts.sum(axis=-1) - accepted
    num_accepted, num_rejected = accepted.sum(axis=-2), rejected.sum(axis=-2)
    disparity = _or_zero(rejected[..., GROUP, :], num_rejected) - _or_zero(accepted[..., GROUP, :], num_accepted)
    rows = num_accepted + num_rejected
    mean = _over((rows * disparity).sum(axis=-1), rows.sum(axis=-1))
    both = (num_accepted.sum(axis=-1) > 0) & (num_rejected.sum(axis=-1) > 0)
    return np.where(both, mean, np.nan)


def measure_all(counts: Counts, kept: Kept = None) -> Values:
    """Every measure, in the order of ``COLUMNS``: shape ``(..., len(COLUMNS))``.

    ``kept``, of shape ``(labels,)``, narrows the distances to some labels: resamples of a table must look at the table's own.
    """
    distances = {
        "KL": kullback_leibler,
        "JS": jensen_shannon,
        "LP": lp_norm,
        "TVD": total_variation,
        "KS": kolmogorov_smirnov,
    }
    by_outcome = {"DPL": difference_in_proportions_of_labels, "CDDL": conditional_demographic_disparity}

    def one(name: str, outcome: int | None) -> Values:
        if outcome is not None:
            return by_outcome[name](counts, outcome)
        return class_imbalance(counts) if name == "CI" else distances[name](counts, kept)

    return np.stack([one(name, outcome) for name, outcome in COLUMNS], axis=-1)


def shared_labels(counts: Counts) -> npt.NDArray[np.bool_]:
    """The labels that both sides have: shape ``(..., labels)``."""
    both: npt.NDArray[np.bool_] = (counts.sum(axis=-2) > 0).all(axis=-2)
    return both


def _over(numerator: Counts, denominator: Counts) -> Values:
    shape = np.broadcast_shapes(numerator.shape, denominator.shape)
    quotient: Values = np.divide(numerator, denominator, out=np.full(shape, np.nan), where=denominator > 0)
    return quotient


def _or_zero(numerator: Counts, denominator: Counts) -> Values:
    return np.divide(numerator, denominator, out=np.zeros(numerator.shape), where=denominator > 0)


def _shares(counts: Counts) -> Values:
    labels = counts.sum(axis=-2)
    return _over(labels, labels.sum(axis=-1, keepdims=True))


def _shared(counts: Counts, kept: Kept) -> tuple[Values, Values, Values]:
    """P_a and P_d, zero at every label that one side lacks or that is not kept, and how many labels are left."""
    both = shared_labels(counts) if kept is None else shared_labels(counts) & kept
    shares = np.where(both[..., np.newaxis, :], np.nan_to_num(_shares(counts)), 0.0)
    return shares[..., REST, :], shares[..., GROUP, :], both.sum(axis=-1, dtype=np.float64)


def _ratio(numerator: Values, denominator: Values) -> Values:
    # 1 where both are zero, so that the logarithm adds nothing there.
    return np.divide(numerator, denominator, out=np.ones(numerator.shape), where=denominator > 0)
