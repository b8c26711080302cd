"""Rules in Python that a labelling function's file may name: what words and patterns cannot count.

To add one: a function of a review and its parameters that says whether it found what it looks for, under ``@heuristic``.
"""

from collections.abc import Callable, Sequence
from typing import Final

from reviewloop.core.weak.review import Review

HEURISTICS: Final[dict[str, Callable[..., bool]]] = {}
"""By name, as ``heuristic`` found them."""
_NEGATIONS: Final = frozenset("no not never isn wasn aren weren don didn doesn won wouldn couldn can cannot nothing hardly".split())  # noqa: SIM905
_REACH: Final = 3
"""Words that a negation turns round: "not at all flattering"."""


def heuristic(rule: Callable[..., bool]) -> Callable[..., bool]:
    """Make ``rule`` known under its own name."""
    HEURISTICS[rule.__name__] = rule
    return rule


@heuristic
def leaning(review: Review, *, to: Sequence[str], away: Sequence[str], margin: int = 2) -> bool:
    """Whether words of ``to`` outnumber those of ``away`` by ``margin``, a negated one counting for the other side."""
    balance = 0
    for place, word in enumerate(review.words):
        side = (word in to) - (word in away)
        negated = side and not _NEGATIONS.isdisjoint(review.words[max(place - _REACH, 0) : place])
        balance += -side if negated else side
    return balance >= margin


@heuristic
def both_sides(review: Review, *, praise: Sequence[str], blame: Sequence[str], turns: Sequence[str]) -> bool:
    """Whether words of praise and of blame stand in one review, with one of ``turns`` ("but", "however") between the two."""
    praised, blamed, turned = (_places(review, wanted) for wanted in (praise, blame, turns))
    if not praised or not blamed:
        return False
    start, end = min(praised[0], blamed[0]), max(praised[-1], blamed[-1])
    return any(start < place < end for place in turned)


@heuristic
def exclaims(review: Review, *, at_least: int = 2, max_words: int = 60, none_of: Sequence[str] = ()) -> bool:
    """Whether a review of at most ``max_words`` words cries out ``at_least`` times, and has none of some words."""
    if len(review.words) > max_words or review.written["both"].count("!") < at_least:
        return False
    return set(none_of).isdisjoint(review.words)


def _places(review: Review, wanted: Sequence[str]) -> list[int]:
    return [place for place, word in enumerate(review.words) if word in wanted]
