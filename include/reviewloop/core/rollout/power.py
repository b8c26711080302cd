"""What a verdict will take: said before a rollout starts, in labels and requests."""

import math
from dataclasses import dataclass

import numpy as np

from reviewloop.core.rollout.paired_quality import log_evidence_no_worse, log_evidence_worse


@dataclass(frozen=True)
class LabelsNeeded:
    """Labels until the verdict, in the median and in the share ``power`` of rollouts; ``None``: not within ``max_labels``."""

    median: int | None
    in_power: int | None
    power: float
    max_labels: int


def labels_for_worse(
    loss: float, discordant: float, alpha: float, power: float, max_labels: int = 20_000, num_rollouts: int = 2000
) -> LabelsNeeded:
    """Until a challenger whose accuracy is lower by ``loss`` is called worse; on ``discordant`` of all reviews one alone is right.

    Simulated, ``num_rollouts`` watched after every label. Raises ``ValueError`` where the loss is more than the discordant share.
    """
    champion_only, challenger_only, _ = _draws(loss, discordant, max_labels, num_rollouts)
    return _needed(log_evidence_worse(champion_only, challenger_only) >= -math.log(alpha), power)


def labels_for_no_worse(margin: float, discordant: float, alpha: float, power: float, max_labels: int = 20_000) -> LabelsNeeded:
    """Until a challenger that is as good as the champion is called no worse within ``margin``."""
    draws = _draws(0.0, discordant, max_labels, num_rollouts=300)
    return _needed(log_evidence_no_worse(*draws, margin) >= -math.log(alpha), power)


def requests_without_failure(max_rate: float, confidence: float = 0.95) -> int:
    """Requests without a failure that say "fewer than ``max_rate`` fail": exact; the rule of three, 3 / ``max_rate``, is near."""
    return math.ceil(math.log(1 - confidence) / math.log1p(-max_rate))


def _draws(loss: float, discordant: float, max_labels: int, num_rollouts: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Counts after each label, (rollouts, labels): champion alone right, challenger alone right, neither alone."""
    if not 0 <= loss <= discordant <= 1:
        raise ValueError(f"loss: {loss:g} must be between 0 and the discordant share, {discordant:g}")
    draw = np.random.default_rng(20260101).random((num_rollouts, max_labels), dtype=np.float32)
    worse = (discordant + loss) / 2
    champion_only = (draw < worse).cumsum(axis=1, dtype=np.int32)
    challenger_only = ((draw >= worse) & (draw < discordant)).cumsum(axis=1, dtype=np.int32)
    ties = np.arange(1, max_labels + 1, dtype=np.int32) - champion_only - challenger_only
    return champion_only, challenger_only, ties


def _needed(reached: np.ndarray, power: float) -> LabelsNeeded:
    first = np.where(reached.any(axis=1), reached.argmax(axis=1) + 1, np.inf)
    return LabelsNeeded(_quantile(first, 0.5), _quantile(first, power), power, reached.shape[1])


def _quantile(first: np.ndarray, share: float) -> int | None:
    found = float(np.quantile(first, share, method="higher"))
    return int(found) if math.isfinite(found) else None
