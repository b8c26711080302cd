"""From a review to the numbers whose means are compared: one fixed map, defined by the reference alone."""

from dataclasses import dataclass
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from reviewloop.core.monitoring.drift.feature_parts import Part, parts_of
from reviewloop.core.monitoring.drift.signals import Block, Means, Signal
from reviewloop.core.monitoring.sample import Sample

Matrix = NDArray[np.float32]


@dataclass(frozen=True)
class Features:
    """Of n rows: ``plain`` (n, F), ``rated`` (r, L) of the r rated ones, ``halved`` (n, H) and which half a row is in (n,)."""

    plain: Matrix
    rated: Matrix
    halved: Matrix
    half: NDArray[np.int64]

    def means(self) -> Means:
        """As one sample (B = 1); a mean of no rows is 0."""
        halves = np.stack([_mean(self.halved[self.half == half]) for half in (0, 1)])
        return Means(_mean(self.plain), _mean(self.rated), halves, len(self.plain), len(self.rated))


@dataclass(frozen=True)
class FeatureMap:
    """Parts and their signals, in the order of the features' columns."""

    parts: tuple[Part, ...]
    signals: tuple[Signal, ...]

    @classmethod
    def fit(cls, reference: Sample, min_slice_rows: int, seed: int) -> "FeatureMap":
        """The map of a champion's reference; ``seed`` is of the random Fourier features."""
        parts, signals, ends = tuple(parts_of(reference, min_slice_rows, seed)), [], dict.fromkeys(get_args(Block), 0)
        for part in parts:
            start = ends[part.block]
            ends[part.block] = stop = start + part.make(reference).shape[1]
            signals.append(Signal(part.name, part.slice, part.family, part.kind, part.block, start, stop, part.weight))
        return cls(parts, tuple(signals))

    def why_not(self, part: Part, rows: Sample) -> str | None:
        """What these rows lack for a part, in words."""
        if part.column is not None and part.column not in rows.columns:
            return rows.oddities.get(part.column, f"there is no column {part.column}")
        if part.family == "text" and rows.embeddings is None:
            return "the texts have no embeddings of this champion"
        if part.needs_answers and rows.probabilities is None:
            return "the reviews have no probabilities of this champion"
        if part.block == "rated" and not rows.num_rated:
            return "no review is rated"
        return None

    def features(self, rows: Sample) -> Features:
        """Zeros where ``why_not`` says that something lacks."""
        blocks: dict[Block, list[Matrix]] = {block: [np.zeros((len(rows), 0), dtype=np.float32)] for block in get_args(Block)}
        for part, signal in zip(self.parts, self.signals, strict=True):
            is_there = self.why_not(part, rows) is None
            found = part.make(rows) if is_there else np.zeros((len(rows), signal.stop - signal.start))
            blocks[part.block].append(found.astype(np.float32))
        plain, rated, halved = (np.hstack(blocks[block]) for block in ("plain", "rated", "halved"))
        return Features(plain, rated[rows.is_rated], halved, np.arange(len(rows)) % 2)

    def made_up(self, features: Features) -> tuple[Matrix, Matrix, Matrix]:
        """A row that lacks everything and one of which everything is new, elsewhere as rows usually are: two rows a block.

        Among the reference's own rows they say that what never came up may come up all the same (Laplace's rule of succession).
        """
        plain, rated, halved = (
            np.repeat(_mean(block), 2, axis=0).astype(np.float32)
            for block in (features.plain, features.rated, features.halved)
        )  # fmt: skip
        blocks = {"plain": plain, "rated": rated, "halved": halved}
        for part, signal in zip(self.parts, self.signals, strict=True):
            if part.made_up is not None:
                blocks[part.block][:, signal.start : signal.stop] = part.made_up
        return plain, rated, halved


def _mean(rows: Matrix) -> NDArray[np.float64]:
    return np.asarray(rows.sum(axis=0, keepdims=True, dtype=np.float64) / max(len(rows), 1))
