"""A day's live quality, whole, and each sentence of it in a word of one's own."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from tests.helpers.contracts import CONTRACT
from tests.helpers.monitored import Shop, shop

from reviewloop.config import LiveQualityConfig, load_config
from reviewloop.core.monitoring.quality.live import LiveQuality, counts_of, live_quality
from reviewloop.core.monitoring.quality.realised import DayCounts
from reviewloop.core.monitoring.sample import Sample
from reviewloop.core.reviews import SENTIMENTS

LIMITS: LiveQualityConfig = load_config("test").live_quality.model_copy(update={"num_draws": 499})


def scored(rows: Shop, rated: float = 1.0, seed: int = 1) -> Sample:
    """The day as it is stored: with the answer in a word, and with ``rated`` of its ratings."""
    answers = rows.frame[[f"p_{name}" for name in SENTIMENTS]].to_numpy().argmax(axis=1)
    is_rated = np.random.default_rng(seed).random(len(answers)) < rated
    rating = rows.frame["rating"].astype(object).where(is_rated, None)
    return rows.changed(prediction=np.array(SENTIMENTS)[answers], rating=rating).sample()


def quality_of(day: Sample, earlier: Sequence[DayCounts] = (), moved: str = "", reference: Sample | None = None) -> LiveQuality:
    now = counts_of("2026-01-04", "1", day.reviews, CONTRACT)
    return live_quality(shop(1500, 1).sample() if reference is None else reference, day, now, earlier, moved, LIMITS, CONTRACT)


@cache
def of_a_day(rated: float = 1.0) -> LiveQuality:
    return quality_of(scored(shop(200, 5), rated))


def beside_the_verdict(word: str = "", rated: float = 1.0) -> dict[str, Any]:
    """What stands beside the drift's verdict, every sentence ``word`` where one is given."""
    quality, priors = of_a_day(rated).as_json(), of_a_day(rated).priors.as_json()
    kind = {"name": word or "prior", "words": word or "the sentiments' shares moved"}
    if word:
        for one in (*quality["falls"], *quality["slices"], *quality["gaps"], quality["rated"]):
            one["words"] = word
        quality["estimated"]["blind_spots"] = [word]
        priors["refused"] = word
    return {"kind": kind, "quality": quality, "priors": priors}
