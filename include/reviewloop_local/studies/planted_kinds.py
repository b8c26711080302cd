"""Days of one kind of drift each, planted in reviews that the champion has never seen."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from reviewloop.core.monitoring.drift.complaints import Complaints, chance
from reviewloop.core.monitoring.drift.null import Null
from reviewloop.core.monitoring.drift.signals import Means
from reviewloop.core.monitoring.kinds.kinds import Kind
from reviewloop.core.monitoring.sample import Sample
from reviewloop.core.statistics.metrics import Floats
from reviewloop_local.studies.drift_days import mixed, taken
from reviewloop_local.studies.drift_draws import Shop, joint_alarms, repeated

Rng = np.random.Generator
_RARE: Final = {"department": ("Intimate", "Jackets", "Trend"), "age_band": ("60+", "under 30")}
_WORDS_GIVEN: Final = 8
_DAYS_AT_ONCE: Final = 50


def clean(shop: Shop, num_rows: int, rng: Rng) -> Sample:
    """Nothing is changed."""
    return _drawn(shop, num_rows, rng)


def prior(shop: Shop, num_rows: int, rng: Rng) -> Sample:
    """Complaints three times as often."""
    return _drawn(shop, num_rows, rng, np.where(shop.held_back.labels == 0, 3.0, 7 / 9))


def covariate(shop: Shop, num_rows: int, rng: Rng) -> Sample:
    """A quarter of the texts about something else, under the columns and ratings of this shop."""
    return mixed(shop, num_rows, num_rows // 4, rng)


def concept(shop: Shop, num_rows: int, rng: Rng) -> Sample:
    """15 % of the day, praise all of it, is rated as a complaint."""
    day = _drawn(shop, num_rows, rng)
    labels = day.labels.copy()
    labels[rng.choice(np.flatnonzero(labels == 2), round(0.15 * num_rows), replace=False)] = 0
    return replace(day, labels=labels)


def label_definition(shop: Shop, num_rows: int, rng: Rng) -> Sample:
    """The scale is read a star more strictly: four stars are neutral, three are a complaint."""
    day = _drawn(shop, num_rows, rng)
    stars = day.reviews["rating"].to_numpy(dtype=np.int64)
    return replace(day, labels=np.select([stars == 5, stars == 4], [2.0, 1.0], 0.0))


def three_stars(shop: Shop, num_rows: int, rng: Rng) -> Sample:
    """Three stars alone are a complaint: of few reviews, a champion that tells neutral badly takes it for more complaints."""
    day = _drawn(shop, num_rows, rng)
    return replace(day, labels=np.where(day.labels == 1, 0.0, day.labels))


def population(shop: Shop, num_rows: int, rng: Rng) -> Sample:
    """The rarest departments and ages four times as often."""
    columns = shop.held_back.columns
    weights = np.prod([np.where(columns[name].isin(values), 4.0, 1.0) for name, values in _RARE.items()], axis=0)
    return _drawn(shop, num_rows, rng, weights)


def quality(shop: Shop, num_rows: int, rng: Rng) -> Sample:
    """Two in five titles and departments are lost."""
    reviews = _drawn(shop, num_rows, rng).reviews
    lost = [reviews[name].where(rng.random(num_rows) > 0.4, None) for name in ("title", "department")]
    return shop.read(reviews.assign(title=lost[0], department=lost[1]), "the day")


def model(shop: Shop, num_rows: int, rng: Rng) -> Sample:
    """The champion is given the first words of each text alone."""
    day = _drawn(shop, num_rows, rng)
    cut = day.reviews.assign(title=None, text=[" ".join(text.split()[:_WORDS_GIVEN]) for text in day.reviews["text"]])
    # A number behind each keeps two texts that begin alike apart; training never saw it, so no model reads it.
    cut["text"] = [f"{text} {place}zq" for place, text in enumerate(cut["text"])]
    read = shop.read(cut.assign(review_id=np.arange(num_rows)), "the day")
    order = np.argsort(read.reviews["review_id"].to_numpy())
    return replace(day, probabilities=read.answers[order], embeddings=read.vectors[order])


@dataclass(frozen=True)
class Planted:
    """``make`` draws a day of the kind: of a shop, so many reviews, each once."""

    kind: Kind
    make: Callable[[Shop, int, Rng], Sample]
    needs_labels: bool = False
    note: str = ""
    """What is particular about it; nothing is asked of such a day."""


PLANTED: Final = (
    Planted(Kind.NONE, clean),
    Planted(Kind.PRIOR, prior),
    Planted(Kind.COVARIATE, covariate),
    Planted(Kind.CONCEPT, concept, needs_labels=True),
    Planted(Kind.LABEL_DEFINITION, label_definition, needs_labels=True),
    Planted(Kind.LABEL_DEFINITION, three_stars, needs_labels=True, note="three stars alone"),
    Planted(Kind.POPULATION, population),
    Planted(Kind.QUALITY, quality),
    Planted(Kind.MODEL, model),
)


def shares_of(shop: Shop, num_rows: int, rng: Rng, shares: tuple[float, ...]) -> Sample:
    """A day whose sentiments have exactly these shares, each review as it was."""
    places = [
        rng.choice(np.flatnonzero(shop.held_back.labels == label), round(share * num_rows), replace=False)
        for label, share in enumerate(shares)
    ]
    return taken(shop.held_back, np.concatenate(places))


def fires(shop: Shop, null: Null, day: Sample) -> bool:
    """Whether the monitor's decision fires on the day, without the words of a page."""
    alpha = shop.config.monitor.alpha / 2 if day.num_rated else shop.config.monitor.alpha
    now = Complaints(day.num_complaints, day.num_rated)
    means, then = shop.features(day).means(), shop.reference.features.means()
    return bool(joint_alarms(shop, null, means, then, alpha)[0]) or chance(now, (), shop.base) <= alpha


def clean_that_fire(shop: Shop, null: Null, num_rows: int, num_days: int, rng: Rng, is_rated: bool) -> Iterator[Sample]:
    """Of ``num_days`` clean days those that fire: rows are read once for all, since hardly a day is looked at itself."""
    alpha = shop.config.monitor.alpha / 2 if is_rated else shop.config.monitor.alpha
    pool, own = shop.features(shop.held_back), shop.reference.features.means()
    for start in range(0, num_days, _DAYS_AT_ONCE):
        size = min(_DAYS_AT_ONCE, num_days - start)
        places = np.sort([rng.choice(len(shop.held_back), num_rows, replace=False) for _ in range(size)], axis=1)
        halves = np.stack([pool.halved[places[:, half::2]].mean(axis=1) for half in (0, 1)])
        means = Means(pool.plain[places].mean(axis=1), pool.rated[places].mean(axis=1), halves, num_rows, num_rows)
        fired = joint_alarms(shop, null, means, repeated(own, size), alpha)
        for day, is_fired in zip(places, fired, strict=True):
            rows = taken(shop.held_back, day)
            by_luck = chance(Complaints(rows.num_complaints, num_rows), (), shop.base) if is_rated else 1.0
            if is_fired or by_luck <= alpha:
                yield rows if is_rated else unrated(rows)


def unrated(day: Sample) -> Sample:
    """The same day before anybody has rated it."""
    return replace(day, labels=np.full(len(day), np.nan))


def _drawn(shop: Shop, num_rows: int, rng: Rng, weights: Floats | None = None) -> Sample:
    chances = None if weights is None else weights / weights.sum()
    return taken(shop.held_back, rng.choice(len(shop.held_back), num_rows, replace=False, p=chances))
