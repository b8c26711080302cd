"""Two that read with one model: do they answer a text alike?

Answers are paired where both have read the same thing (``key``) with the same model in the same form (``model``): another version
may answer otherwise, and an export differs from the model as trained by what the gates allow. Nothing is drawn here and nothing is
luck: one pair that is further apart than is allowed is a skew.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from reviewloop.config import SkewConfig
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.errors import PermanentError

BATCH, FEATURES, ENDPOINT = "batch scoring", "the feature store", "the endpoint"
_PROBABILITIES: Final = [f"p_{name}" for name in SENTIMENTS]
_COLUMNS: Final = ["key", "model", "where", *_PROBABILITIES]
_SHOWN: Final = 20
"""Pairs that are furthest apart, of each comparison."""

Word = Literal["skew", "agree", "not enough evidence"]


@dataclass(frozen=True)
class Pair:
    """Of one text, the class whose two probabilities are furthest apart; None for one that is missing."""

    where: str
    sentiment: str
    left: float | None
    right: float | None
    apart: float


@dataclass(frozen=True)
class Comparison:
    """``num_pairs`` texts that ``left`` and ``right`` have both read, ``num_apart`` of them with another answer."""

    left: str
    right: str
    num_pairs: int
    num_apart: int
    num_other_models: int
    """Texts that both have read, but never with one model in one form; they are not compared."""
    largest: float | None
    worst: tuple[Pair, ...]
    verdict: Word
    words: str


@dataclass(frozen=True)
class Skew:
    """What all comparisons come to."""

    verdict: Word
    reasons: tuple[str, ...]
    comparisons: tuple[Comparison, ...]

    def as_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


def answers(keys: Iterable[str], model: "str | pd.Series[str]", probabilities: npt.ArrayLike, where: Iterable[str]) -> pd.DataFrame:
    """Answers as ``compare`` takes them, each once. ``probabilities`` has shape (n, 3), columns as ``SENTIMENTS``.

    ``where`` says to a person which text it is of, and quotes nothing of it.
    """
    values = np.asarray(probabilities, dtype=np.float64).reshape(-1, len(SENTIMENTS))
    columns = {"key": list(keys), "where": list(where), **dict(zip(_PROBABILITIES, values.T, strict=True))}
    found = pd.DataFrame(columns).assign(model=model)[_COLUMNS]
    return found.drop_duplicates(["key", "model", *_PROBABILITIES]).reset_index(drop=True)


def compare(left: str, right: str, of_left: pd.DataFrame, of_right: pd.DataFrame, limits: SkewConfig) -> Comparison:
    """Frames as ``answers`` makes them; a pair's ``where`` is the right one's.

    A text that one side answered in several ways has a pair for each, and is apart where one of them is. A missing probability is
    as far from any other as can be.
    """
    pairs = of_left.merge(of_right, on=["key", "model"], suffixes=("_left", "_right"))
    values = [pairs[[f"{name}_{side}" for name in _PROBABILITIES]].to_numpy(dtype=np.float64) for side in ("left", "right")]
    distances = np.abs(values[0] - values[1])
    distances[np.isnan(distances)] = 1.0
    apart = distances.max(axis=1, initial=0.0)
    # Both are kept to six digits: a difference that is no more than allowed may look so by the last of them.
    is_apart = apart > limits.tolerance + 1e-6
    num_pairs, num_apart = pairs["key"].nunique(), pairs.loc[is_apart, "key"].nunique()
    num_other_models = len((set(of_left["key"]) & set(of_right["key"])) - set(pairs["key"]))
    largest = float(apart.max()) if num_pairs else None
    verdict: Word = "skew" if num_apart else "agree" if num_pairs >= limits.min_pairs else "not enough evidence"
    worst = [
        _pair(pairs["where_right"], values[0], values[1], distances, row)
        for row in np.argsort(-apart, kind="stable")[:_SHOWN]
        if is_apart[row]
    ]
    words = _words(f"{left} and {right}", verdict, num_pairs, num_apart, num_other_models, largest, limits)
    return Comparison(left, right, num_pairs, num_apart, num_other_models, largest, tuple(worst), verdict, words)


def judged(comparisons: Sequence[Comparison]) -> Skew:
    """A skew where one comparison is; alike only where every one has the evidence for it."""
    if not comparisons:
        raise PermanentError("skew: nothing was compared, so nothing can be said")
    verdicts = {one.verdict for one in comparisons}
    verdict: Word = "skew" if "skew" in verdicts else "agree" if verdicts == {"agree"} else "not enough evidence"
    first = [one.words for one in comparisons if one.verdict == verdict]
    return Skew(verdict, (*first, *(one.words for one in comparisons if one.verdict != verdict)), tuple(comparisons))


def _pair(where: "pd.Series[str]", left: npt.NDArray[Any], right: npt.NDArray[Any], distances: npt.NDArray[Any], row: int) -> Pair:
    column = int(distances[row].argmax())
    known = [None if np.isnan(values[row, column]) else float(values[row, column]) for values in (left, right)]
    return Pair(str(where.iloc[row]), SENTIMENTS[column], known[0], known[1], float(distances[row, column]))


def _words(
    who: str, verdict: Word, num_pairs: int, num_apart: int, num_other_models: int, largest: float | None, limits: SkewConfig
) -> str:
    others = f"; {num_other_models:,} more were read by another version or in another form" if num_other_models else ""
    if verdict == "skew":
        return (
            f"{who}: {num_apart:,} of {num_pairs:,} texts are answered otherwise, by up to {largest:.3f} "
            f"({limits.tolerance:g} is allowed){others}"
        )
    if verdict == "agree":
        return f"{who}: {num_pairs:,} texts, no probability apart by more than {limits.tolerance:g}{others}"
    return f"{who}: {num_pairs:,} texts that both have read, {limits.min_pairs} are needed{others}"
