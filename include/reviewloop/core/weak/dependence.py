"""Which labelling functions say the same for the same reason, and so have one vote together.

Every way to combine votes takes it that functions err independently once the sentiment is known. Two that share their words do not:
counted twice, they outvote everybody. So functions are put into families by what they say within one sentiment, and a family speaks
once, as its members together would.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.weak.functions import ABSTAINS, Votes

Families = tuple[tuple[int, ...], ...]
"""Places of functions, each once, families in the order of their first member."""


def families_of(votes: Votes, labels: npt.ArrayLike, max_dependence: float) -> Families:
    """Families in which functions depend on each other by more than ``max_dependence`` (0 to 1), on average.

    ``labels`` (n,) may have any values: reviews of one value are compared with each other; a single value where nothing is known.
    Average linkage (scipy): of functions that are alike in a chain, the ends are not made one.
    """
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    num_functions = votes.shape[1]
    if num_functions < 2:
        return tuple((place,) for place in range(num_functions))
    distances = squareform(1 - dependence(votes, labels), checks=False)
    names = fcluster(linkage(distances, method="average"), t=1 - max_dependence, criterion="distance")
    members = {name: tuple(np.flatnonzero(names == name).tolist()) for name in names}
    return tuple(sorted(members.values()))


def dependence(votes: Votes, labels: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """How alike two functions speak within the classes of ``labels``, shape (functions, functions): 1 for copies, 0 for chance.

    The correlation of their answers (one column for each answer, abstaining among them), each column less its mean in the class:
    zero in expectation where the two are independent given the class, as Dawid and Skene's model takes them to be.
    """
    answers = (ABSTAINS, *range(len(SENTIMENTS)))
    truth = np.asarray(labels)
    spoken = np.stack([votes == answer for answer in answers], axis=2).astype(np.float64)
    for label in np.unique(truth):
        spoken[truth == label] -= spoken[truth == label].mean(axis=0)
    products = np.einsum("nac,nbc->ab", spoken, spoken, optimize=True)
    norms = np.sqrt(np.diag(products))
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.where(np.outer(norms, norms) > 0, products / np.outer(norms, norms), 0.0)
    for place in range(votes.shape[1]):  # copies of what does not vary within a class have no correlation, and are copies
        found[place, (votes == votes[:, [place]]).all(axis=0)] = 1.0
    return np.clip(found, 0.0, 1.0)


def joined(votes: Votes, families: Sequence[Sequence[int]]) -> Votes:
    """Each family's vote, shape (reviews, families): what most of its members that speak say; it abstains where they are even."""
    found = np.full((len(votes), len(families)), ABSTAINS, dtype=np.int8)
    for place, members in enumerate(families):
        counts = np.stack([(votes[:, list(members)] == label).sum(axis=1) for label in range(len(SENTIMENTS))], axis=1)
        most = counts.max(axis=1)
        clear = (most > 0) & ((counts == most[:, np.newaxis]).sum(axis=1) == 1)
        found[clear, place] = counts[clear].argmax(axis=1)
    return found
