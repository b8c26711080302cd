"""How much of the best of several is luck: the mark of the winner on the rows that chose it is too high.

Bootstrap bias corrected cross-validation: Tsamardinos, Greasidou and Borboudakis, Bootstrapping the out-of-sample predictions for
efficient and accurate cross-validation, Machine Learning 107, 2018, pages 1895 to 1922. No model is fitted again: the rows are
drawn with replacement, the best of the candidates on the drawn rows is marked on the rows that were not drawn. The mean of that is
what the best of so many can be expected to do on fresh rows. It is rather a little low than high: a draw holds 63 % of the rows,
and fewer rows choose less well.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from reviewloop.core.statistics.bootstrap import percentiles
from reviewloop.core.statistics.metrics import NUM_CLASSES, Floats, Ints, macro_f1

NUM_RESAMPLES: Final = 1000


@dataclass(frozen=True)
class Optimism:
    """Macro-F1 of the best of ``num_candidates``: as seen, and corrected for the choice, with its 95 % interval."""

    num_candidates: int
    seen: float
    corrected: float
    low: float
    high: float
    wins: Mapping[str, float]
    """In which share of the draws each candidate was the best, by name."""

    @property
    def luck(self) -> float:
        """How much lower the corrected mark is."""
        return self.seen - self.corrected


def optimism(labels: Ints, said: Mapping[str, Ints], num_resamples: int, seed: int) -> Optimism:
    """``said`` holds each candidate's class of every row, out of fold. The same seed gives the same numbers.

    A draw that leaves a sentiment out on either side tells nothing and is left out. Raises ``ValueError`` without candidates,
    for rows that do not match, or where no draw tells anything.
    """
    if not said:
        raise ValueError("no candidates: there is no best of none")
    names = list(said)
    for name in names:
        if len(said[name]) != len(labels):
            raise ValueError(f"{name}: {len(said[name])} answers to {len(labels)} rows")
    cells = np.stack([labels * NUM_CLASSES + said[name] for name in names])
    whole = macro_f1(_matrices(cells, np.ones(len(labels))))
    rng, marks, winners = np.random.default_rng(seed), [], []
    for _ in range(num_resamples):
        drawn = np.bincount(rng.integers(0, len(labels), len(labels)), minlength=len(labels))
        inside, outside = macro_f1(_matrices(cells, drawn)), macro_f1(_matrices(cells, drawn == 0))
        if np.isnan(inside).any() or np.isnan(outside).any():
            continue
        winner = int(inside.argmax())
        winners.append(winner)
        marks.append(float(outside[winner]))
    if not marks:
        raise ValueError(f"{len(labels)} rows are too few: no draw holds every sentiment on both sides")
    shares = np.bincount(winners, minlength=len(names)) / len(winners)
    low, high = percentiles(np.array(marks))
    wins = {name: float(share) for name, share in zip(names, shares, strict=True)}
    return Optimism(len(names), float(whole.max()), float(np.mean(marks)), low, high, wins)


def _matrices(cells: Ints, weights: Floats | Ints) -> Floats:
    """The confusion matrices (candidates, 3, 3) where each row counts ``weights`` times."""
    counts = [np.bincount(row, weights=weights, minlength=NUM_CLASSES**2) for row in cells]
    return np.stack(counts).reshape(len(cells), NUM_CLASSES, NUM_CLASSES).astype(np.float64)
