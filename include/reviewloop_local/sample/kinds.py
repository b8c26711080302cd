"""Deliveries of one kind of drift each, for ``make drift KIND=``. Every gate of ingest lets them through, some with a warning."""

import random
from collections.abc import Callable, Mapping
from typing import Final

import pandas as pd

from reviewloop.core.monitoring.kinds.kinds import Kind
from reviewloop_local.errors import LocalError
from reviewloop_local.sample.faults import drifted_text, first_id, numbered
from reviewloop_local.sample.reviews import DEPARTMENT_SHARES, RATINGS, make_reviews, review, to_csv_bytes
from reviewloop_local.sample.wording import draw, text

_UNHAPPY: Final = {5: 0.42, 4: 0.18, 3: 0.12, 2: 0.17, 1: 0.11}
_TITLES_MISSING: Final = 0.32
"""Of the reviews with a text; twice what is usual, and under the 0.35 that ingest accepts."""


def prior(num_rows: int, seed: int) -> bytes:
    """Complaints nearly three times as often."""
    rng = random.Random(seed)
    ratings = [rating for rating, share in _UNHAPPY.items() for _ in range(round(share * num_rows))]
    ratings = (ratings + [5] * num_rows)[:num_rows]  # exact shares: a small day must not leave the gate's bands by chance
    rng.shuffle(ratings)
    return _written([review(rng, rating, draw(rng, DEPARTMENT_SHARES)) for rating in ratings], seed)


def covariate(num_rows: int, seed: int) -> bytes:
    """Every third text is about deliveries, apps and shoes."""
    rng = random.Random(seed)
    writers = [drifted_text if row % 3 == 0 else text for row in range(num_rows)]
    return _written([review(rng, draw(rng, RATINGS), draw(rng, DEPARTMENT_SHARES), write=write) for write in writers], seed)


def concept(num_rows: int, seed: int) -> bytes:
    """Every seventh review praises as ever, and comes with one star."""
    rng = random.Random(seed)
    rows = [review(rng, draw(rng, RATINGS), draw(rng, DEPARTMENT_SHARES)) for _ in range(num_rows)]
    for place in range(0, num_rows, 7):
        rows[place] = review(rng, 5, draw(rng, DEPARTMENT_SHARES)) | {"Rating": 1, "Recommended IND": 0}
    return _written(rows, seed)


def label_definition(num_rows: int, seed: int) -> bytes:
    """The scale is read a star more strictly: four stars are written as three, three as two."""
    frame = _usual(num_rows, seed)
    rating = frame["Rating"].where(~frame["Rating"].isin([3, 4]), frame["Rating"] - 1)
    return to_csv_bytes(frame.assign(Rating=rating, **{"Recommended IND": frame["Recommended IND"].where(rating > 2, 0)}))


def population(num_rows: int, seed: int) -> bytes:
    """The rarest departments are the commonest, and people are older."""
    rng, names = random.Random(seed), sorted(DEPARTMENT_SHARES, key=lambda name: DEPARTMENT_SHARES[name])
    shares = dict(zip(names, sorted(DEPARTMENT_SHARES.values(), reverse=True), strict=True))
    return _written([review(rng, draw(rng, RATINGS), draw(rng, shares), mean_age=55) for _ in range(num_rows)], seed)


def quality(num_rows: int, seed: int) -> bytes:
    """Titles are lost on the way, about as many again as are missing anyway."""
    frame = _usual(num_rows, seed)
    with_text = frame[frame["Review Text"].notna()]
    there = with_text.index[with_text["Title"].notna()].tolist()
    num_lost = round(_TITLES_MISSING * len(with_text)) - (len(with_text) - len(there))  # an exact share, as in ``prior``
    lost = random.Random(seed).sample(there, num_lost)
    frame.loc[lost, "Title"] = None
    return to_csv_bytes(frame)


PLANTS: Final[Mapping[Kind, Callable[[int, int], bytes]]] = {
    Kind.PRIOR: prior,
    Kind.COVARIATE: covariate,
    Kind.CONCEPT: concept,
    Kind.LABEL_DEFINITION: label_definition,
    Kind.POPULATION: population,
    Kind.QUALITY: quality,
}
"""Kind -> function of (num_rows, seed) that gives a CSV delivery of it. A broken model is in no delivery."""


def parse_kind(given: str) -> Kind:
    """The kind that a person typed, with a blank, ``_`` or ``-`` between its words. Raises ``LocalError`` for one that no delivery
    plants."""
    word = " ".join(given.lower().replace("_", " ").replace("-", " ").split())
    if word == Kind.MODEL:
        raise LocalError("KIND: model is planted where the champion is served, in no delivery; `make study-live-quality` plants it")
    if word not in {str(kind) for kind in PLANTS}:
        allowed = ", ".join(str(kind).replace(" ", "_") for kind in PLANTS)
        raise LocalError(f"KIND: {given!r} is no kind that a delivery plants; allowed: {allowed}")
    return Kind(word)


def _usual(num_rows: int, seed: int) -> pd.DataFrame:
    return make_reviews(num_rows, seed, first_id(seed))


def _written(rows: list[dict[str, object]], seed: int) -> bytes:
    return to_csv_bytes(numbered(rows, seed))
