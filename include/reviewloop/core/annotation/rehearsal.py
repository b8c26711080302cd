"""Would the queue have been worth it here? Its rule against random texts, played through with ratings that are known.

Both begin with the same random labels and get as many each round; a linear model is trained on each and marked on texts that
neither may ask about. Random often wins on real data, so this is told whichever wins (Attenberg and Provost, "Inactive
learning?", 2011).
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reviewloop.config import RehearsalConfig
from reviewloop.core.annotation.choosing import Floats, Places, margins, num_random, spread
from reviewloop.core.sampling.sample import draws, in_order
from reviewloop.core.statistics.metrics import NUM_CLASSES, confusion, macro_f1


@dataclass(frozen=True)
class Rehearsal:
    """Macro-F1 by seed (rows) after each of ``num_labels``, of the queue and of random texts."""

    num_labels: tuple[int, ...]
    queue: tuple[tuple[float, ...], ...]
    random: tuple[tuple[float, ...], ...]

    @property
    def gain(self) -> tuple[float, float, float]:
        """Of the last marks the queue's less random's, seed by seed: the mean, and its 95 % interval by Student's t."""
        from scipy.stats import t

        deltas = np.array(self.queue)[:, -1] - np.array(self.random)[:, -1]
        half = float(t.ppf(0.975, len(deltas) - 1) * deltas.std(ddof=1) / sqrt(len(deltas)))
        return float(deltas.mean()), float(deltas.mean()) - half, float(deltas.mean()) + half

    @property
    def winner(self) -> str:
        """``queue`` or ``random`` where the interval says so, else ``neither``."""
        _, low, high = self.gain
        return "queue" if low > 0 else "random" if high < 0 else "neither"

    @property
    def enough(self) -> int | None:
        """With so many labels the queue was, on average, where random was in the end; None where it never was."""
        target, means = np.mean(np.array(self.random)[:, -1]), np.mean(np.array(self.queue), axis=0)
        reached = np.flatnonzero(means >= target)
        return self.num_labels[int(reached[0])] if len(reached) else None

    def as_json(self) -> dict[str, Any]:
        """Everything, for the record."""
        mean, low, high = self.gain
        return {**asdict(self), "gain": {"mean": mean, "low": low, "high": high}, "winner": self.winner, "enough": self.enough}


@dataclass(frozen=True)
class Known:
    """Texts whose labels are known: ``vectors`` (n, d), ``labels`` (n,)."""

    vectors: Any
    labels: NDArray[np.int64]


def rehearse(
    pool: Known, digests: Sequence[str], held_out: Known, config: RehearsalConfig, random_share: float
) -> Rehearsal | None:
    """Play it through, once a seed. ``digests`` are of the pool's texts; a seed is another order of drawing them.

    None where the pool has fewer texts than all rounds ask for.
    """
    num_labels = tuple(config.start + done * config.size for done in range(config.rounds + 1))
    if len(digests) < num_labels[-1]:
        return None
    runs: dict[bool, list[tuple[float, ...]]] = {True: [], False: []}
    for seed in range(config.seeds):
        order = in_order(draws(digests, seed, "rehearsal"), digests)
        for by_queue, marks in runs.items():
            marks.append(_run(pool, order, held_out, config, random_share if by_queue else 1.0))
    return Rehearsal(num_labels, tuple(runs[True]), tuple(runs[False]))


def _run(pool: Known, order: Places, held_out: Known, config: RehearsalConfig, random_share: float) -> tuple[float, ...]:
    known, marks = order[: config.start], []
    for done in range(config.rounds + 1):
        on_pool, on_held_out = _fitted(pool, known, held_out)
        marks.append(float(macro_f1(confusion(held_out.labels, on_held_out.argmax(axis=1)))))
        if done < config.rounds:
            by_chance = order[~np.isin(order, known)][: num_random(config.size, random_share)]
            left = np.setdiff1d(order, np.concatenate([known, by_chance]))
            unsure = spread(margins(on_pool[left]), pool.vectors[left], config.size - len(by_chance))
            known = np.concatenate([known, by_chance, left[unsure]])
    return tuple(marks)


def _fitted(pool: Known, known: Places, held_out: Known) -> tuple[Floats, Floats]:
    """Probabilities (n, 3) of a model of the known texts alone, for the pool and for what is held out."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=3.0, class_weight="balanced", max_iter=500).fit(pool.vectors[known], pool.labels[known])
    found = []
    for vectors in (pool.vectors, held_out.vectors):
        probabilities = np.zeros((vectors.shape[0], NUM_CLASSES))
        probabilities[:, model.classes_] = model.predict_proba(vectors)
        found.append(probabilities)
    return found[0], found[1]
