"""Are those who rate like those who do not? Labels that come by themselves are a biased sample of the reviews."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from reviewloop.core.statistics.many_tests import holm
from reviewloop.core.statistics.metrics import Floats
from reviewloop.core.statistics.stratified import stratified_difference


@dataclass(frozen=True)
class RatedRows:
    """Whether the rated rows of a day differ from the unrated ones in what both have: answers, lengths, facets."""

    num_rated: int
    num_unrated: int
    chances: dict[str, float | None]
    """Measurement -> the chance of rows so different, were it luck who rates (Holm); None where there is nothing to compare."""
    verdict: Literal["alike", "different", "not enough evidence"]

    def __str__(self) -> str:
        if self.verdict == "not enough evidence":
            return f"rated and unrated reviews cannot be compared: {self.num_rated} and {self.num_unrated}"
        if self.verdict == "alike":
            return f"the {self.num_rated} rated reviews are like the {self.num_unrated} unrated ones in all that was compared"
        chance, name = min((chance, name) for name, chance in self.chances.items() if chance is not None)
        return (
            f"the {self.num_rated} rated reviews are not like the {self.num_unrated} unrated ones (most of all in {name}, "
            f"by luck {chance:.2g}): the realised marks are of those who rate"
        )

    def as_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


def compare_rated(measured: dict[str, Floats], is_rated: npt.ArrayLike, alpha: float, min_rows: int) -> RatedRows:
    """``measured``: name -> (n, d). With fewer than ``min_rows`` rated or unrated rows there is no verdict."""
    rated = np.asarray(is_rated, dtype=bool)
    counts = int(rated.sum()), int((~rated).sum())
    if min(counts) < min_rows:
        return RatedRows(*counts, dict.fromkeys(measured), "not enough evidence")
    chances = holm(np.array([stratified_difference(values, rated).chance for values in measured.values()]))
    found = {name: None if np.isnan(chance) else float(chance) for name, chance in zip(measured, chances, strict=True)}
    differs = any(chance is not None and chance <= alpha for chance in found.values())
    return RatedRows(*counts, found, "different" if differs else "alike")
