"""Deliveries with one named fault each, for the tests and ``make drift``. Everything else about them is as in the sample."""

import random
from collections.abc import Callable, Mapping
from typing import Final

import pandas as pd

from reviewloop_local.sample import drift_vocabulary as drift
from reviewloop_local.sample.reviews import COLUMNS, DEPARTMENT_SHARES, RATINGS, make_reviews, review, to_csv_bytes
from reviewloop_local.sample.wording import draw, sentiment

FIRST_ID: Final = 1_000_000
"""Rows of a faulty delivery are numbered from here, or higher, so that they meet no row of the sample."""
IDS_PER_SEED: Final = 10_000

DRIFTED_RATINGS: Final = {5: 0.45, 4: 0.21, 3: 0.15, 2: 0.11, 1: 0.08}
SIDE: Final = "Bottoms"
"""The department that gets the unhappy reviews of ``one_sided_facet``."""


def drifted(num_rows: int, seed: int) -> bytes:
    """Every ingest gate passes, yet topics, words, lengths, departments, ages and the tone of voice have moved."""
    rng = random.Random(seed)
    ratings = [rating for rating, share in DRIFTED_RATINGS.items() for _ in range(round(share * num_rows))]
    ratings = (ratings + [5] * num_rows)[:num_rows]  # exact shares: a small day must not leave the gate's bands by chance
    rng.shuffle(ratings)
    rows = [review(rng, rating, draw(rng, drift.DEPARTMENT_SHARES), write=drifted_text, mean_age=27) for rating in ratings]
    return to_csv_bytes(numbered(rows, seed))


def flipped_labels(num_rows: int, seed: int) -> bytes:
    """The scale is read upside down: every rating r is written as 6 - r."""
    frame = make_reviews(num_rows, seed, first_id(seed))
    return to_csv_bytes(frame.assign(Rating=6 - frame["Rating"]))


def missing_class(num_rows: int, seed: int) -> bytes:
    """Nobody is unhappy: not one rating of 1 or 2."""
    rng = random.Random(seed)
    happy = {rating: share for rating, share in RATINGS.items() if sentiment(rating) != "negative"}
    return to_csv_bytes(numbered([review(rng, draw(rng, happy), draw(rng, DEPARTMENT_SHARES)) for _ in range(num_rows)], seed))


def one_sided_facet(num_rows: int, seed: int) -> bytes:
    """Class shares as ever, but nearly all reviews that are not positive fall on one department."""
    rng = random.Random(seed)
    others = {name: share for name, share in DEPARTMENT_SHARES.items() if name != SIDE}
    rows = []
    for _ in range(num_rows):
        rating = draw(rng, RATINGS)
        on_this_side = rng.random() < (0.08 if sentiment(rating) == "positive" else 0.92)
        rows.append(review(rng, rating, SIDE if on_this_side else draw(rng, others)))
    return to_csv_bytes(numbered(rows, seed))


def changed_schema(num_rows: int, seed: int) -> bytes:
    """The producer renamed two columns and dropped one."""
    frame = make_reviews(num_rows, seed, first_id(seed))
    return to_csv_bytes(frame.rename(columns={"Review Text": "Comment", "Rating": "Stars"}).drop(columns="Age"))


def truncated_file(num_rows: int, seed: int) -> bytes:
    """The upload broke off inside a quoted cell. Raises ``ValueError`` where so few rows hold no quoted cell near their end."""
    data = to_csv_bytes(make_reviews(num_rows, seed, first_id(seed)))
    for cut in range(len(data) * 4 // 5, len(data)):
        if data.count(b'"', 0, cut) % 2 and b'"' not in data[cut - 5 : cut]:
            return data[:cut]
    raise ValueError(f"num_rows: {num_rows} rows hold no quoted cell in their last fifth; give 50 or more")


FAULTS: Final[Mapping[str, Callable[[int, int], bytes]]] = {
    "drifted": drifted,
    "flipped_labels": flipped_labels,
    "missing_class": missing_class,
    "one_sided_facet": one_sided_facet,
    "changed_schema": changed_schema,
    "truncated_file": truncated_file,
}
"""Name of the fault -> function of (num_rows, seed) that gives a CSV delivery with it."""


def first_id(seed: int) -> int:
    """From which on the rows of a faulty delivery are numbered."""
    return FIRST_ID + seed % 1000 * IDS_PER_SEED


def numbered(rows: list[dict[str, object]], seed: int) -> pd.DataFrame:
    """The rows under numbers that meet no row of the sample."""
    first = first_id(seed)
    return pd.DataFrame([{**row, "": first + number} for number, row in enumerate(rows)], columns=list(COLUMNS))


def drifted_text(rng: random.Random, rating: int, garment: str) -> str:
    """Some 100 to 180 words: a story of deliveries, apps and shoes, with the opinion in a few dry remarks inside it."""
    opinion = {"positive": drift.HAPPY, "neutral": drift.TORN, "negative": drift.ANGRY}[sentiment(rating)]
    sentences = [*rng.sample(drift.STORY, k=rng.randrange(4, 8)), *rng.sample(opinion, k=3), f"this is about the {garment} order"]
    rng.shuffle(sentences)
    slots = {"city": drift.CITIES, "shoe": drift.SHOES, "day": drift.DAYS}
    filled = [
        line.format(k=rng.randrange(2, 10), n=rng.randrange(11, 60), **{name: rng.choice(values) for name, values in slots.items()})
        for line in sentences
    ]
    return ". ".join(filled) + "."
