"""Clean and changed days for the drift study, drawn from reviews that the champion has never seen, thousands at a time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reviewloop.config import Config, load_config
from reviewloop.core.dataset.snapshots import model_texts
from reviewloop.core.delivery.parsing import parse_whole
from reviewloop.core.monitoring.drift.complaints import Complaints, chance
from reviewloop.core.monitoring.drift.feature_map import Features
from reviewloop.core.monitoring.drift.null import Null, grid_rows
from reviewloop.core.monitoring.drift.reference import Reference
from reviewloop.core.monitoring.drift.signals import Means, statistic
from reviewloop.core.monitoring.sample import Sample, sample
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.texts import vocabulary
from reviewloop_local.sample.faults import FAULTS
from reviewloop_local.studies.challengers import answers, fit, read_snapshot

TRAIN_SHARE: Final = 0.35
"""Of the training part: what the champion learns from. The rest is held back, for days."""
NUM_COMPONENTS: Final = 128
"""Of the texts' latent semantic analysis, in the place of a transformer's embeddings: Deerwester et al. (1990)."""
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Shop:
    """A champion's reference, and reviews held back from both."""

    config: Config
    reference: Reference
    held_back: Sample
    words: frozenset[str]
    elsewhere: Sample
    """The held-back columns and ratings under texts about something else."""
    read: Callable[[pd.DataFrame, str], Sample]
    """The champion's reading of reviews; the second argument says whose they are."""

    @property
    def base(self) -> Complaints:
        """What complaints are compared with: of the champion's own snapshot, without what is held back."""
        return self.reference.complaints

    def features(self, rows: Sample) -> Features:
        """Of rows, by the reference's map."""
        return self.reference.map.features(rows)


def open_shop(csv: Path | None) -> Shop:
    """Fit the baseline and the analysis on a part of the training rows. ``csv`` has Kaggle's columns; None: the made-up sample."""
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    config, snapshot = load_config(), read_snapshot(csv)
    train, test = snapshot.parts["train"], snapshot.parts["test"]
    known = train.iloc[: round(TRAIN_SHARE * len(train))]
    rest = pd.concat([train.iloc[len(known) :], snapshot.parts["validation"]], ignore_index=True)
    champion, vectoriser = fit(known, config, 1), TfidfVectorizer(min_df=3, sublinear_tf=True)
    analysis = TruncatedSVD(NUM_COMPONENTS, random_state=1).fit(vectoriser.fit_transform(model_texts(known)))
    words = frozenset(vocabulary(model_texts(known)))

    def read(rows: pd.DataFrame, whose: str) -> Sample:
        probabilities = answers(champion, rows)
        columns = {f"p_{name}": probabilities[:, place] for place, name in enumerate(SENTIMENTS)}
        embeddings = analysis.transform(vectoriser.transform(model_texts(rows)))
        return sample(rows.assign(**columns), words, config.contract, whose, embeddings)

    reference = read(test, "the reference")
    both = Complaints(int((known["label"] == 0).sum()) + reference.num_complaints, len(known) + len(reference))
    _, foreign, _ = parse_whole("drifted.csv", FAULTS["drifted"](1000, 7), config.contract, config.dataset.limits)
    other = rest.iloc[: len(foreign)].reset_index(drop=True)
    foreign = foreign.iloc[: len(other)].reset_index(drop=True)
    elsewhere = other.assign(title=foreign["title"], text=foreign["text"])
    return Shop(
        config, Reference.of(reference, config.monitor, both), read(rest, "held back"), words, read(elsewhere, "elsewhere"), read
    )


def with_share(shop: Shop, share: float, seed: int, num_rows: int = 20_000) -> Features:
    """Held-back rows drawn anew so that ``share`` of them are complaints: whoever draws from them draws such days."""
    rng = np.random.default_rng(seed)
    is_complaint = shop.held_back.labels == 0
    num_complaints = round(share * num_rows)
    places = np.concatenate(
        [
            rng.choice(np.flatnonzero(is_complaint), num_complaints),
            rng.choice(np.flatnonzero(~is_complaint), num_rows - num_complaints),
        ]
    )
    features = shop.features(shop.held_back)
    return Features(features.plain[places], features.rated[places], features.halved[places], np.arange(num_rows) % 2)


def repeated(means: Means, num_draws: int) -> Means:
    """One sample's means, beside each of ``num_draws`` days."""
    plain, rated = (np.repeat(one, num_draws, axis=0) for one in (means.plain, means.rated))
    return Means(plain, rated, np.repeat(means.halved, num_draws, axis=1), means.num_rows, means.num_rated)


def joint_alarms(shop: Shop, null: Null, day: Means, reference: Means, alpha: float) -> Bools:
    """On which days some signal but the complaints fires, shape (B,)."""
    signals = [one for one in shop.reference.map.signals if one.key in null.tails]
    rarest = np.max(
        [null.rarity(one, statistic(one, day, reference, shop.config.monitor.min_slice_rows)) for one in signals], axis=0
    )
    return np.array([null.chance(float(one)) <= alpha for one in rarest], dtype=bool)


def complaint_alarms(
    day: NDArray[np.int64], earlier: NDArray[np.int64], num_rows: int, base: Sequence[Complaints], alpha: float
) -> Bools:
    """On which days complaints fire: counts of the days (B,), of those before (B, k), and what each is compared with."""
    found = [
        chance(Complaints(int(now), num_rows), [Complaints(int(one), num_rows) for one in before], then) <= alpha
        for now, before, then in zip(day, earlier, base, strict=True)
    ]
    return np.array(found, dtype=bool)


def complaints_in(shop: Shop, day: Means) -> NDArray[np.int64]:
    """Rated complaints of each day, shape (B,)."""
    labels = next(one for one in shop.reference.map.signals if one.name == "labels")
    return np.rint(day.rated[:, labels.start] * day.num_rated).astype(np.int64)


def null_of(shop: Shop, num_rows: int, num_rated: int) -> Null:
    """As the monitor would simulate it."""
    return shop.reference.null(grid_rows(num_rows), grid_rows(num_rated), shop.config.monitor)
