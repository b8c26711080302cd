"""From many votes to one label: majority vote, and the model of Dawid and Skene.

Dawid and Skene, "Maximum likelihood estimation of observer error-rates using the EM algorithm", Applied Statistics 28, 1979.
Two things are unlike the libraries that have it (``docs/decisions/065-abstaining-is-an-answer.md``):

- Abstaining is an answer. A function that only ever says "negative" tells nothing by what it says, since it says that of every
  sentiment; it tells by when it speaks.
- The sentiments' shares are given, and not learnt from the votes, which know them least of all.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.statistics.metrics import Floats
from reviewloop.core.weak.functions import ABSTAINS, Votes

MAX_ROUNDS: Final = 500
TOLERANCE: Final = 1e-6
"""EM ends when no posterior moves by more."""
PRIOR_COUNT: Final = 1.0
"""Reviews, spread over the answers of each sentiment as they are given overall, that an error rate begins with: none is 0 or 1."""


def covered(votes: Votes) -> npt.NDArray[np.bool_]:
    """Reviews of which some function says something, shape (n,). The others have no label, whatever is commonest."""
    return np.asarray((votes != ABSTAINS).any(axis=1))


def majority(votes: Votes, prior: npt.ArrayLike) -> Floats:
    """The share of the votes for each sentiment, shape (n, 3); NaN where all abstain.

    An even vote goes to the sentiment that ``prior`` (3,) has more of, by a hair: the shares stay what they are.
    """
    counts = np.stack([(votes == label).sum(axis=1) for label in range(len(SENTIMENTS))], axis=1).astype(np.float64)
    hair = 1e-9 * np.asarray(prior)
    with np.errstate(invalid="ignore"):
        shares = counts / counts.sum(axis=1, keepdims=True)
        shares = np.where(shares > 0, shares + hair, shares)
        return np.asarray(shares / shares.sum(axis=1, keepdims=True))


@dataclass(frozen=True)
class DawidSkene:
    """``errors`` has shape (functions, 3, 4): of a review of each sentiment, how probable each answer is, abstaining the last."""

    prior: Floats
    errors: Floats

    def posterior(self, votes: Votes) -> Floats:
        """The probability of each sentiment, shape (n, 3); NaN where all abstain."""
        found = _posterior(votes, self.prior, self.errors)
        found[~covered(votes)] = np.nan
        return found


def fit_dawid_skene(votes: Votes, prior: npt.ArrayLike) -> DawidSkene:
    """EM from the majority's shares on; ``prior`` (3,) holds each sentiment's share, all above 0. The same votes, the same model.

    Reviews with the same votes are counted and not repeated: cost grows with the patterns, not with the reviews.
    """
    shares = np.asarray(prior, dtype=np.float64) / np.sum(prior)
    if shares.shape != (len(SENTIMENTS),) or not (shares > 0).all():
        raise ValueError(f"prior: {shares.tolist()} must give each of {', '.join(SENTIMENTS)} a share above 0")
    patterns, counts = np.unique(votes, axis=0, return_counts=True)
    answers = np.eye(len(SENTIMENTS) + 1)[patterns]  # ABSTAINS, -1, is the last column
    overall = np.einsum("n,nfa->fa", counts, answers) / max(len(votes), 1)
    believed = np.where(covered(patterns)[:, np.newaxis], majority(patterns, shares), shares)
    for _ in range(MAX_ROUNDS):
        weighed = np.einsum("n,nk,nfa->fka", counts, believed, answers) + PRIOR_COUNT * overall[:, np.newaxis, :]
        errors = weighed / np.maximum(weighed.sum(axis=2, keepdims=True), np.finfo(float).tiny)
        before, believed = believed, _posterior(patterns, shares, errors)
        if np.abs(believed - before).max(initial=0.0) < TOLERANCE:
            break
    return DawidSkene(shares, errors)


def _posterior(votes: Votes, prior: Floats, errors: Floats) -> Floats:
    """Bayes' rule in logarithms; of a review of which all abstain as well."""
    logs = np.log(np.where(errors > 0, errors, 1.0))  # an answer that was never heard tells nothing
    found = np.tile(np.log(prior), (len(votes), 1))
    for place in range(votes.shape[1]):
        found += logs[place, :, votes[:, place]]
    found -= found.max(axis=1, keepdims=True, initial=-np.inf)
    likely = np.exp(found)
    return np.asarray(likely / likely.sum(axis=1, keepdims=True))
