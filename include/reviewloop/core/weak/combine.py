"""The two ways to combine votes side by side, and which of them is used: Dawid and Skene's only where it is surely better."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from reviewloop.config import WeakConfig
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.statistics.bootstrap import Difference, macro_f1_difference
from reviewloop.core.statistics.metrics import Floats, Ints
from reviewloop.core.weak.dependence import Families, families_of, joined
from reviewloop.core.weak.functions import Votes
from reviewloop.core.weak.label_models import covered, fit_dawid_skene, majority
from reviewloop.core.weak.table import UNLABELLED
from reviewloop.errors import PermanentError

Method = Literal["majority", "dawid_skene"]
METHODS: Final[tuple[Method, ...]] = ("majority", "dawid_skene")


@dataclass(frozen=True)
class Combined:
    """Both methods on the same reviews."""

    families: Families
    prior: Floats
    """Each sentiment's share, as it was given."""
    shares: dict[Method, Floats]
    """Of each method, shape (n, 3): how much it gives each sentiment; NaN where all functions abstain."""
    num_compared: int
    """Reviews with a person's label that some function speaks of: what the methods are compared on."""
    difference: Difference | None
    """Macro-F1 of Dawid and Skene's less the majority's on those; ``None`` where they are too few to tell."""

    @property
    def used(self) -> Method:
        """Dawid and Skene's only where it beats the majority by the whole 95 % interval."""
        return "dawid_skene" if self.difference is not None and self.difference.low > 0 else "majority"

    def answers(self, method: Method) -> Ints:
        """The likeliest sentiment, shape (n,); ``UNLABELLED`` where all abstain."""
        return self.labels(0.0, method)

    def labels(self, min_share: float, method: Method | None = None) -> Ints:
        """The likeliest sentiment where the method (``None``: the one that is used) gives it ``min_share``; else ``UNLABELLED``."""
        given = np.nan_to_num(self.shares[method or self.used], nan=-1.0)
        return np.where((given.max(axis=1) >= min_share) & (given[:, 0] >= 0), given.argmax(axis=1), UNLABELLED)


def prior_of(labels: npt.ArrayLike) -> Floats:
    """Each sentiment's share among people's labels (Laplace's rule), ``UNLABELLED`` left out.

    Raises ``PermanentError`` where there are none: votes alone do not tell how common a sentiment is.
    """
    known = np.asarray(labels)[np.asarray(labels) != UNLABELLED]
    if not len(known):
        raise PermanentError("labels.weak: no review has a rating or a person's label; without some, votes cannot be weighed")
    counts = np.bincount(known, minlength=len(SENTIMENTS)) + 1.0
    return np.asarray(counts / counts.sum())


def combine(votes: Votes, labels: npt.ArrayLike, prior: npt.ArrayLike, config: WeakConfig) -> Combined:
    """Both methods on ``votes``, compared where ``labels`` (n,) has a person's; ``UNLABELLED`` elsewhere.

    Labels decide families and which method is used. Neither method is fitted to them.
    """
    truth, given = np.asarray(labels), np.asarray(prior, dtype=np.float64)
    labelled = truth != UNLABELLED
    families = families_of(votes[labelled], truth[labelled], config.max_dependence)
    heard = joined(votes, families)
    shares: dict[Method, Floats] = {
        "majority": majority(heard, given),
        "dawid_skene": fit_dawid_skene(heard, given).posterior(heard),
    }
    compared = labelled & covered(heard)
    found = Combined(families, given, shares, int(compared.sum()), None)
    if found.num_compared < config.min_compared:
        return found
    ours, theirs = (found.answers(method)[compared] for method in ("dawid_skene", "majority"))
    difference = macro_f1_difference(truth[compared], ours, theirs, config.num_resamples, config.seed)
    return Combined(families, given, shares, found.num_compared, difference)
