"""Which words mark a group of texts: log-odds ratios with an informative Dirichlet prior.

Monroe, Colaresi and Quinn, "Fightin' Words: Lexical Feature Selection and Evaluation for Identifying the Content of
Political Conflict", Political Analysis 16(4), 2008. A raw ratio names the rarest words and a raw difference the commonest;
the prior pulls a word's odds towards those of all texts, the more the fewer times it was seen.

A word counts once a text: a single reviewer who says it six times is no six witnesses.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import numpy as np

_WORD: Final = re.compile(r"[^\W\d_]{2,}(?:'[^\W\d_]+)*")


@dataclass(frozen=True)
class Keyword:
    """A word of a group: its log-odds ratio against the other texts, in standard deviations (``z``), and the texts that have it."""

    word: str
    z: float
    num_here: int
    num_elsewhere: int


def count_words(texts: Iterable[str]) -> Counter[str]:
    """How many texts have each word of two letters or more, in lower case; ``don't`` is one word."""
    return Counter(word for text in texts for word in set(_WORD.findall(text.casefold().replace("’", "'"))))


def keywords(here: Mapping[str, int], elsewhere: Mapping[str, int], num_top: int, prior_words: float) -> tuple[Keyword, ...]:
    """The ``num_top`` words most over-used ``here``, the most certain first; none that luck among so many words may explain.

    ``prior_words`` is the prior's strength: as if that many words of all texts together had been seen on either side.
    Equations 16, 19, 20 and 22 of the paper; 5 % are shared among all words (Bonferroni). Empty when a side has no word.
    """
    names = sorted({*here, *elsewhere})
    ours = np.array([here.get(name, 0) for name in names], dtype=float)
    theirs = np.array([elsewhere.get(name, 0) for name in names], dtype=float)
    if not ours.sum() or not theirs.sum():
        return ()
    prior = prior_words * (ours + theirs) / (ours + theirs).sum()

    def log_odds(counts: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
        rest = counts.sum() + prior_words - counts - prior
        odds: np.ndarray[tuple[int], np.dtype[np.float64]] = np.log((counts + prior) / np.maximum(rest, 1e-9))
        return odds  # the floor matters only where a single word is all there is

    z = (log_odds(ours) - log_odds(theirs)) / np.sqrt(1 / (ours + prior) + 1 / (theirs + prior))
    least = NormalDist().inv_cdf(1 - 0.05 / len(names))
    order = [place for place in np.argsort(-z, kind="stable")[:num_top] if z[place] >= least]
    return tuple(Keyword(names[place], float(z[place]), int(ours[place]), int(theirs[place])) for place in order)
