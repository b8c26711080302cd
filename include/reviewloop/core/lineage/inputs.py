"""What decides a training's result, in the order in which a difference matters; and whether two results are one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from reviewloop.core.statistics.bootstrap import Difference, macro_f1_difference

State = Literal["same", "differs", "missing", "not told"]
"""``missing``: without it nothing can be trained. ``not told``: what it was nobody noted, so nobody can say."""
Verdict = Literal["bit-equal", "equal within noise", "not equal"]
NOT_TRAINED: Final = frozenset({"MLmodel"})
"""Of a model folder, what is written of the job's names."""


@dataclass(frozen=True)
class Input:
    """One input: what it ``was`` when the version was made, what it is ``now``."""

    name: str
    state: State
    was: str = ""
    now: str = ""

    def __str__(self) -> str:
        if self.state == "same":
            return f"{self.name}: same, {self.was[:64]}"
        if self.state == "not told":
            return f"{self.name}: not told what it was; now {self.now[:64]}"
        return f"{self.name}: {self.state}: was {self.was[:64] or 'not told'}, now {self.now or 'not there'}"


def compared(name: str, was: str, now: str) -> Input:
    """An input by its digest, or by whatever tells it from others."""
    return Input(name, ("same" if was == now else "differs") if was else "not told", was, now)


def first_difference(inputs: Sequence[Input]) -> Input | None:
    """The first input that is another than it was; None where all that is told is the same."""
    return next((one for one in inputs if one.state == "differs"), None)


@dataclass(frozen=True)
class Comparison:
    """Two models of one training: ``differing`` are files that are not bit-equal, ``changed`` of ``num_rows`` answers differ.

    ``largest`` is the largest difference of a probability; ``difference`` the macro-F1 of the new one minus that of the old one.
    All but the files are None where all files are equal: then so is every answer.
    """

    differing: tuple[str, ...]
    num_rows: int | None = None
    changed: int | None = None
    largest: float | None = None
    difference: Difference | None = None

    @property
    def verdict(self) -> Verdict:
        """Within noise: the 95 % interval of the difference holds 0."""
        if not self.differing:
            return "bit-equal"
        is_noise = self.difference is not None and self.difference.low <= 0 <= self.difference.high
        return "equal within noise" if is_noise else "not equal"

    def __str__(self) -> str:
        if self.difference is None:
            return "every file that was trained is the same, bit for bit"
        found = self.difference
        said = f"of {self.num_rows} validation rows {self.changed} are answered differently"
        return (
            f"{', '.join(self.differing)} differ; {said}, a probability by up to {self.largest:.2g}; "
            f"macro-F1 {found.delta:+.4f} (95 % interval {found.low:+.4f} to {found.high:+.4f})"
        )


def differing(first: Mapping[str, str], second: Mapping[str, str]) -> tuple[str, ...]:
    """Files (name -> digest) that only one has, or that are not the same; but for ``NOT_TRAINED``."""
    names = (first.keys() | second.keys()) - NOT_TRAINED
    return tuple(sorted(name for name in names if first.get(name) != second.get(name)))


def answers(
    files: tuple[str, ...], labels: npt.ArrayLike, old: npt.NDArray[Any], new: npt.NDArray[Any], num_resamples: int, seed: int
) -> Comparison:
    """Beside the files the answers to the same rows: probabilities of shape (n, 3), paired bootstrap of the difference."""
    before, after = old.argmax(axis=1), new.argmax(axis=1)
    found = macro_f1_difference(labels, after, before, num_resamples, seed)
    return Comparison(files, len(before), int((before != after).sum()), float(np.abs(old - new).max(initial=0.0)), found)
