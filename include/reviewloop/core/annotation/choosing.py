"""Which texts are worth a person's time: pool-based active learning, in three parts.

- ``random``: drawn from the whole pool as every sample is (``core.sampling``), so that what they tell of the pool is unbiased.
- ``unsure``: the smallest margin between the two likeliest sentiments ("breaking ties": Luo et al., "Active learning to recognize
  multiple types of plankton", JMLR 6, 2005), spread over groups of alike texts by k-means on the least sure ones (Zhdanov, "Diverse
  mini-batch active learning", 2019), since twenty wordings of one doubt are one doubt.
- ``disputed``: texts on which people disagreed come first.

No draw of a random number decides: the same pool gives the same texts, in whatever order it comes.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reviewloop.core.annotation.items import Kind
from reviewloop.core.dataset.shingles import near_matches, near_pairs
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.sampling.sample import draws, in_order

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
CANDIDATES: Final = 10
"""Of the least sure texts, for each that is chosen, so many are grouped: Zhdanov found 10 to 50 alike, and more only slower."""
_SEED: Final = 0
"""Of the draw and of k-means, which must be the same at every look."""


@dataclass(frozen=True)
class Chosen:
    """``place`` is the row of the pool; ``why`` it was chosen, in words.

    ``inclusion_probability`` of what was drawn at random: how likely each text of the pool was to be; None where a rule chose.
    """

    place: int
    kind: Kind
    why: str
    inclusion_probability: float | None = None


def margins(probabilities: Floats) -> Floats:
    """Of each row (n, classes) the likeliest class's probability less the second's: 0 is a tie, 1 is certainty."""
    two = np.sort(probabilities, axis=1)[:, -2:]
    return np.asarray(two[:, 1] - two[:, 0], dtype=np.float64)


def num_random(size: int, random_share: float) -> int:
    """How many of ``size`` texts are drawn at random: the share, never less than one text where there is a share at all."""
    return ceil(round(size * random_share, 9))


def drawn(digests: Sequence[str]) -> Places:
    """Every place, in the order of a random draw without replacement.

    By permanent random numbers (Ohlsson, "Coordination of samples using permanent random numbers", 1995): the first k are a simple
    random sample of the pool, and once they have left it the next k are one of what is left. Who answers nothing changes nothing.
    """
    return in_order(draws(digests, _SEED, "annotation"), digests)


def spread(margin: Floats, vectors: Any, num: int) -> Places:
    """``num`` places, each the least sure of its group of alike texts; ``vectors`` (n, d) say what is alike.

    Sure texts weigh little in the groups. Least sure first. Fewer where there are fewer rows.
    """
    from sklearn.cluster import KMeans

    least: Places = np.argsort(margin, kind="stable")[: num * CANDIDATES]
    if len(least) <= num:  # also where none is asked for
        return least
    weights = 1 - margin[least] + 1e-9  # k-means takes no row without weight
    groups = KMeans(num, random_state=_SEED, n_init=1).fit_predict(vectors[least], sample_weight=weights)
    _, first = np.unique(groups, return_index=True)  # candidates are in order, so the first of a group is its least sure one
    rest = np.setdiff1d(np.arange(len(least)), first)[: num - len(first)]  # texts that are all alike leave groups empty
    chosen: Places = least[np.sort(np.concatenate([first, rest]))]
    return chosen


def choose(
    pool: pd.DataFrame,
    probabilities: Floats,
    *,
    size: int,
    random_share: float,
    min_jaccard: float,
    asked: Sequence[str] = (),
    disputed: Collection[str] = (),
) -> list[Chosen]:
    """At most ``size`` rows of the pool (``text_digest`` and ``text``, each text once; ``probabilities`` (n, 3) beside it).

    A near copy that is drawn is passed over, and the next one taken: the text that was drawn before stands for both.
    ``asked`` are texts outside of the pool that were answered: no near copy of one is chosen, nor of another chosen one
    (``shingles``). ``disputed`` are digests of texts that were answered, too; they take the place of unsure texts, never that of
    random ones.
    """
    order = np.argsort(pool["text_digest"].to_numpy(dtype=str), kind="stable")
    texts, digests = pool["text"].to_numpy(dtype=object)[order], pool["text_digest"].to_numpy(dtype=str)[order]
    margin = margins(probabilities)[order]
    shut = list(asked)

    def take(places: Places, num: int) -> Places:
        found = _unlike(places[: num * CANDIDATES], texts, shut, min_jaccard)[:num]
        shut.extend(texts[found])
        return found

    is_disputed = np.isin(digests, list(disputed))
    order_of_draw = drawn(digests.tolist())
    by_chance = take(order_of_draw[~is_disputed[order_of_draw]], num_random(size, random_share))
    conflicts = take(np.flatnonzero(is_disputed), size - len(by_chance))
    num_unsure = size - len(by_chance) - len(conflicts)
    doubts = np.argsort(margin, kind="stable")
    left = _unlike(doubts[~is_disputed[doubts]][: 2 * num_unsure * CANDIDATES], texts, shut, min_jaccard)
    unsure = left[spread(margin[left], text_vectors(texts[left]), num_unsure)] if num_unsure and len(left) else left[:0]
    rank = dict(zip(doubts.tolist(), range(1, len(doubts) + 1), strict=True))
    offered = len(texts) - int(is_disputed.sum())
    likely = len(by_chance) / offered if offered else None
    whys: list[tuple[Places, Kind, Callable[[int], str], float | None]] = [
        (conflicts, "disputed", lambda _: "people who read it before gave it different labels", None),
        (by_chance, "random", lambda _: f"drawn at random, one of {len(by_chance)} from {offered:,} texts", likely),
        (unsure, "unsure", lambda place: _doubt(probabilities[order[place]], rank[place], len(texts)), None),
    ]
    return [Chosen(int(order[place]), kind, why(place), one) for places, kind, why, one in whys for place in places.tolist()]


def text_vectors(texts: Sequence[str] | NDArray[Any]) -> Any:
    """TF-IDF of the texts, a sparse (n, words) matrix of rows of length 1; of no words (n, 1) zeros."""
    from scipy.sparse import csr_matrix
    from sklearn.feature_extraction.text import TfidfVectorizer

    try:
        return TfidfVectorizer(sublinear_tf=True, stop_words="english").fit_transform(list(texts))
    except ValueError:  # scikit-learn calls it an empty vocabulary
        return csr_matrix((len(texts), 1))


def _unlike(places: Places, texts: NDArray[Any], shut: Sequence[str], min_jaccard: float) -> Places:
    """Of ``places``, in their order, those whose texts are no near copies of ``shut`` nor of an earlier one that is kept."""
    own = texts[places].tolist()
    out = {place for near, _, _ in near_matches(own, shut, min_jaccard) for place in near.tolist()} if shut and own else set()
    earlier: dict[int, set[int]] = {}
    for first, second, _ in near_pairs(own, min_jaccard):
        for one, other in zip(first.tolist(), second.tolist(), strict=True):
            earlier.setdefault(other, set()).add(one)
    kept: list[int] = []
    for at in range(len(own)):
        if at not in out and not earlier.get(at, set()) & set(kept):
            kept.append(at)
    return places[kept]


def _doubt(probabilities: Floats, rank: int, num: int) -> str:
    second, first = np.argsort(probabilities, kind="stable")[-2:]
    told = (f"{SENTIMENTS[label]} {probabilities[label]:.2f}" for label in (first, second))
    return f"unsure: {' against '.join(told)}, in doubt as number {rank:,} of {num:,}; the least sure of the texts like it"
