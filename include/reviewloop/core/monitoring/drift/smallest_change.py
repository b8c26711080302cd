"""The smallest rise of complaints that a day could have shown: what "no drift" is worth."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from reviewloop.config import MonitorConfig
from reviewloop.core.monitoring.drift.complaints import Complaints, least_seen, smallest_share
from reviewloop.core.monitoring.drift.feature_parts import ANSWERED
from reviewloop.core.monitoring.drift.null import Null
from reviewloop.core.monitoring.drift.reference import Reference, has_ratings
from reviewloop.core.monitoring.drift.signals import Means, statistic
from reviewloop.core.monitoring.sample import Sample


@dataclass(frozen=True)
class SmallestChange:
    """The complaint share that the day would have shown with probability ``power``, by its ratings and by the champion's answers
    alone; None where no share would have been, or neither is there."""

    before: float
    power: float
    rated: float | None
    answered: float | None
    words: str


def smallest_change(
    reference: Reference, day: Sample, null: Null | None, alpha: float, earlier: Sequence[Complaints], config: MonitorConfig
) -> SmallestChange:
    """``alpha`` is what the complaints' own test has, and the other signals together."""
    rows, rated, answered = reference.rows, None, None
    before = reference.complaints
    if has_ratings(day, config):
        least = least_seen(day.num_rated, earlier, before, alpha)
        rated = smallest_share(day.num_rated, least, config.power)
    if null is not None and rows.probabilities is not None and day.probabilities is not None:
        is_complaint, is_called = rows.labels == 0, rows.answers.argmax(axis=1) == 0
        hit, false_hit = float(is_called[is_complaint].mean()), float(is_called[~is_complaint].mean())
        least = _least_answered(reference, len(day), null, alpha, config)
        answered = smallest_share(len(day), least, config.power, hit, false_hit)
    words = _words(len(day), before.share, rated, answered, config.power)
    return SmallestChange(before.share, config.power, rated, answered, words)


def _words(num_rows: int, before: float, rated: float | None, answered: float | None, power: float) -> str:
    ways = [(rated, "by the ratings"), (answered, "by the answers alone")]
    seen = " or ".join(f"to {share:.1%} {how}" for share, how in ways if share is not None)
    if not seen:
        return f"{num_rows:,} reviews show no rise of complaints from {before:.1%} with probability {power:.0%}, however large"
    return f"the smallest rise of complaints from {before:.1%} that {num_rows:,} reviews show with probability {power:.0%}: {seen}"


def _least_answered(reference: Reference, num_rows: int, null: Null, alpha: float, config: MonitorConfig) -> int | None:
    """The fewest reviews of a day, more than usual, that the champion must call complaints for that signal alone to fire."""
    signal = next(one for one in reference.map.signals if one.name == ANSWERED and one.slice is None)
    then = reference.features.means()
    then = replace(then, plain=then.plain[:, signal.start : signal.stop])
    counts = np.arange(math.ceil(then.plain[0, 1] * num_rows), num_rows + 1)
    plain, nothing = np.column_stack([np.ones(len(counts)), counts / num_rows]), np.zeros((2, len(counts), 0))
    now = Means(plain, nothing[0], nothing, num_rows, 0)
    values = statistic(replace(signal, start=0, stop=2), now, then, config.min_slice_rows)
    enough = np.flatnonzero(null.rarity(signal, values) > null.threshold(alpha))
    return int(counts[enough[0]]) if len(enough) else None
