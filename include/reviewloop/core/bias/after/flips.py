"""Clarify's flip test (FT) on pairs of answers: to a text as it was written, and to the same text with its group changed."""

from typing import Any

import numpy as np
import numpy.typing as npt

from reviewloop.core.statistics.bootstrap import percentiles


def flip_test(before: npt.ArrayLike, after: npt.ArrayLike, favourable: int) -> float:
    """FT = (F+ - F-) / n, in [-1, 1]; NaN without pairs.

    F+ counts the texts that are called favourable as written and not when changed, F- the reverse: positive when belonging to
    the group helps. Clarify, "Counterfactual Fliptest (FT)", takes the answer to a group member's nearest neighbours in facet a
    for the changed one; a text can really be changed, so that here nothing else differs. Its documentation names F+ and F- the
    other way round than its package computes them (``FlipSet_pos``); this follows the package. ``before`` and ``after`` are class
    ids. Raises ``ValueError`` where their lengths differ.
    """
    gained, lost = _flips(before, after, favourable)
    return float((gained - lost).mean()) if len(gained) else float("nan")


def flip_interval(
    before: npt.ArrayLike, after: npt.ArrayLike, favourable: int, num_resamples: int, seed: int
) -> tuple[float, float]:
    """The 95 % bootstrap interval of ``flip_test`` over the pairs; NaN without pairs."""
    gained, lost = _flips(before, after, favourable)
    total = len(gained)
    if not total:
        return float("nan"), float("nan")
    cells = np.array([gained.sum(), lost.sum(), total - gained.sum() - lost.sum()])
    drawn = np.random.default_rng(seed).multinomial(total, cells / total, size=num_resamples)
    return percentiles((drawn[:, 0] - drawn[:, 1]) / total)


def _flips(before: npt.ArrayLike, after: npt.ArrayLike, favourable: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Of each pair: 1 if it is favourable only as written, and 1 if only when changed."""
    was, then = np.asarray(before) == favourable, np.asarray(after) == favourable
    if was.shape != then.shape:
        raise ValueError(f"{was.size} answers before and {then.size} after: they must be of the same texts")
    return (was & ~then).astype(np.int64), (~was & then).astype(np.int64)
