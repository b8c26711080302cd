"""The features of a review, signal by signal: what each is a fixed map of, as the reference defines it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reviewloop.core.facets import MISSING
from reviewloop.core.monitoring.descriptors import NUMBERS
from reviewloop.core.monitoring.drift.embedding_maps import FourierMap, WhiteMap
from reviewloop.core.monitoring.drift.signals import Block, Family, Kind
from reviewloop.core.monitoring.sample import Sample
from reviewloop.core.reviews import SENTIMENTS

Array = NDArray[np.floating]
GRID: Final = 20
"""Reference quantiles at which two distributions are compared."""
MAX_CATEGORIES: Final = 50
"""Of a facet; its rarer values are one category together."""
RARER, UNSEEN = "(rarer values)", "(never seen before)"
COMPLAINTS, ANSWERED, CONTRADICTED = "complaints", "answered complaints", "contradicted answers"
_OF_SHARE: Final = np.array([[1.0, 0.0], [1.0, 1.0]])
"""Of a share, the made-up rows are one that does not count and one that does: a group without a complaint may come to have one."""


@dataclass(frozen=True)
class Part:
    """One signal: ``make`` gives its features of rows, shape (n, k).

    ``made_up`` (2, k) are those of a row that lacks everything and of one of which everything is new; None: as rows usually are.
    """

    name: str
    family: Family
    kind: Kind
    make: Callable[[Sample], Array]
    made_up: Array | None = None
    slice: str | None = None
    block: Block = "plain"
    column: str | None = None
    """Of ``Sample.columns``, where it needs one."""
    needs_answers: bool = False
    weight: float = 1.0


def parts_of(reference: Sample, min_slice_rows: int, seed: int) -> Iterator[Part]:
    """All that the reference allows to watch."""
    facets = {str(name): categories(reference.columns[name]) for name in reference.columns if name not in NUMBERS}
    yield from (_number(name, reference.columns[name]) for name in NUMBERS)
    yield from (_facet(name, known) for name, known in facets.items())
    if reference.probabilities is not None:
        yield _answers(reference.probabilities)
        yield Part(ANSWERED, "answers", "share", _within(None, "", _is_answered_complaint), _OF_SHARE, needs_answers=True)
    if can_read(reference):
        yield from _text(reference, seed)
    yield Part("labels", "labels", "categories", lambda rows: _one_hot(rows.labels, range(len(SENTIMENTS))), block="rated")
    if reference.probabilities is not None:
        for label, name in enumerate(SENTIMENTS):
            weight, shown = 1 / len(SENTIMENTS), f"rated {name}"
            yield Part(
                CONTRADICTED,
                "labels",
                "share",
                _contradicted(label),
                _OF_SHARE,
                slice=shown,
                block="rated",
                needs_answers=True,
                weight=weight,
            )
    yield from _slices(reference, facets, min_slice_rows)


def lacking(reference: Sample) -> Iterator[tuple[tuple[str, None, Family], str]]:
    """Name, slice and family of the signals that the reference does not allow to watch, and why."""
    if reference.probabilities is None:
        yield from (((name, None, "answers"), "the reference has no probabilities") for name in ("answers", ANSWERED))
    if not can_read(reference):
        why = "the reference has no embeddings" if reference.embeddings is None else "all embeddings of the reference are the same"
        yield from (((name, None, "text"), why) for name in ("text", "domain"))
    for name, why in reference.oddities.items():
        if name not in reference.columns:
            yield (name, None, "columns"), why


def can_read(reference: Sample) -> bool:
    """Whether its embeddings tell texts apart."""
    return reference.embeddings is not None and len(reference) > 1 and float(np.ptp(reference.embeddings, axis=0).max()) > 0


def categories(values: "pd.Series[str]") -> dict[str, int]:
    """Every value of the reference, and ``MISSING``: which category it is in. The last category is ``UNSEEN``, in nobody's name."""
    counts = values[values != MISSING].value_counts()
    ordered = sorted(counts.index, key=lambda value: (-counts[value], value))
    found = {value: min(place, MAX_CATEGORIES) for place, value in enumerate(ordered)}
    return found | {MISSING: min(len(ordered), MAX_CATEGORIES + 1)}


def names_of(known: dict[str, int]) -> list[str]:
    """The categories' names, in order."""
    names = {place: value if place < MAX_CATEGORIES or value == MISSING else RARER for value, place in known.items()}
    return [names[place] for place in sorted(names)] + [UNSEEN]


def places_of(known: dict[str, int], values: "pd.Series[str]") -> NDArray[np.int64]:
    """Which category each value is in."""
    return np.asarray(values.map(known).fillna(known[MISSING] + 1), dtype=np.int64)


def _number(name: str, reference: "pd.Series[float]") -> Part:
    grid = _grid(reference.to_numpy(dtype=np.float64))
    return Part(name, "columns", "ks", lambda rows: _below(rows.columns[name], grid), np.zeros((2, len(grid))), column=name)


def _facet(name: str, known: dict[str, int]) -> Part:
    width = known[MISSING] + 2

    def one_hot(rows: Sample) -> Array:
        return np.eye(width)[places_of(known, rows.columns[name])]

    return Part(name, "columns", "categories", one_hot, np.eye(width)[-2:], column=name)


def _answers(reference: Array) -> Part:
    """Black-box shift detection on the softmax: Rabanser, Günnemann and Lipton, Failing loudly (2019)."""
    grids = [_grid(reference[:, place]) for place in range(len(SENTIMENTS))]

    def make(rows: Sample) -> Array:
        return np.hstack([_below(rows.answers[:, place], grid) for place, grid in enumerate(grids)])

    width = sum(map(len, grids))
    return Part("answers", "answers", "ks", make, np.zeros((2, width)), needs_answers=True)


def _text(reference: Sample, seed: int) -> Iterator[Part]:
    fourier, white = FourierMap.fit(reference.vectors, seed), WhiteMap.fit(reference.vectors)
    yield Part("text", "text", "mmd", lambda rows: fourier(rows.vectors))
    yield Part("domain", "text", "domain", lambda rows: white(rows.vectors), block="halved")


def _slices(reference: Sample, facets: dict[str, dict[str, int]], min_rows: int) -> Iterator[Part]:
    slices = [
        (name, value)
        for name, known in facets.items()
        for value in known
        if value != MISSING and int((reference.columns[name] == value).sum()) >= min_rows
    ]
    for name, value in slices:
        shown, weight = f"{name} {value}", 1 / len(slices)
        if reference.probabilities is not None:
            make = _within(name, value, _is_answered_complaint)
            yield Part(ANSWERED, "slices", "share", make, _OF_SHARE, slice=shown, column=name, needs_answers=True, weight=weight)
        make = _within(name, value, _is_complaint)
        yield Part(COMPLAINTS, "slices", "share", make, _OF_SHARE, slice=shown, block="rated", column=name, weight=weight)


def _within(name: str | None, value: str, hit: Callable[[Sample], Array]) -> Callable[[Sample], Array]:
    def make(rows: Sample) -> Array:
        is_row = np.ones(len(rows)) if name is None else np.asarray(rows.columns[name] == value, dtype=np.float64)
        return _share(is_row, hit(rows))

    return make


def _contradicted(label: int) -> Callable[[Sample], Array]:
    return lambda rows: _share((rows.labels == label).astype(np.float64), (rows.answers.argmax(axis=1) != label).astype(np.float64))


def _is_complaint(rows: Sample) -> Array:
    return np.asarray(rows.labels == 0, dtype=np.float64)


def _is_answered_complaint(rows: Sample) -> Array:
    return np.asarray(rows.answers.argmax(axis=1) == 0, dtype=np.float64)


def _share(is_row: Array, is_hit: Array) -> Array:
    return np.column_stack([is_row, is_row * is_hit])


def _one_hot(values: Array, known: range) -> Array:
    return np.column_stack([values == one for one in known]).astype(np.float64)


def _grid(values: Array) -> Array:
    """The ends of intervals that hold as many reference rows each; the last is the greatest value."""
    known = values[~np.isnan(values)]
    return np.unique(np.quantile(known, np.linspace(0, 1, GRID + 1)[1:], method="inverted_cdf")) if len(known) else np.zeros(1)


def _below(values: "Array | pd.Series[float]", grid: Array) -> Array:
    """Which values are at most each end; a missing one is beyond all."""
    return (np.asarray(values, dtype=np.float64)[:, np.newaxis] <= grid).astype(np.float64)
