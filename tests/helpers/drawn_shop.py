"""A made-up shop whose truth is known, as the studies of drift and of live quality draw days from."""

from functools import cache

import numpy as np
import pandas as pd
from tests.helpers.answered import USUAL, reviews
from tests.helpers.monitored import WORDS
from tests.helpers.monitored import shop as reviews_of

from reviewloop.config import load_config
from reviewloop.core.monitoring.drift.reference import Reference
from reviewloop.core.monitoring.sample import Sample, sample
from reviewloop.core.reviews import SENTIMENTS
from reviewloop_local.studies.drift_draws import Shop


def answering(seed: int, num_rows: int) -> pd.DataFrame:
    """Rows of the made-up shop with labels and answers of a world whose truth is known."""
    labels, probabilities = reviews(USUAL, num_rows, np.random.default_rng(seed))
    answers = {f"p_{name}": probabilities[:, place] for place, name in enumerate(SENTIMENTS)}
    return reviews_of(num_rows, seed).frame.assign(rating=np.array([1, 3, 5])[labels], **answers)


def read(frame: pd.DataFrame, whose: str) -> Sample:
    return sample(frame, frozenset(WORDS), load_config("test").contract, whose, np.ones((len(frame), 2)))


@cache
def made_up() -> Shop:
    rows = read(answering(1, 1500), "the reference")
    reference = Reference.of(rows, load_config("test").monitor)
    held_back = read(answering(2, 1500), "held back")
    others = answering(3, 1500)
    foreign = others.assign(text=[f"brakes squeal on the motorway, gearbox oil leaks {row}" for row in range(len(others))])
    return Shop(load_config("test"), reference, held_back, frozenset(WORDS), read(foreign, "elsewhere"), read)
