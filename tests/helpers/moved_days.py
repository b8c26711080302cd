"""Days of the made-up shop of which one link of the chain has moved."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

import numpy as np
from tests.helpers.monitored import DEPARTMENTS, shop

from reviewloop.core.monitoring.kinds.kinds import Kind
from reviewloop.core.monitoring.sample import Sample

_SWAPPED: Final = {"Tops": 0.1, "Dresses": 0.17, "Bottoms": 0.28, "Jackets": 0.45}


def _day(seed: int, about: str = "", complaints: float = 0.1, departments: Mapping[str, float] = DEPARTMENTS) -> Sample:
    rows = shop(200, seed, complaints, departments)
    # Every day of the fake has a word of its own; here all have the reference's.
    texts = rows.frame["text"].str.replace(f"odd{seed}", "odd1")
    return rows.changed(text=[f"{about} {text}" if place % 3 == 0 else text for place, text in enumerate(texts)]).sample()


def _judged(seed: int, judge: Callable[[np.ndarray], np.ndarray]) -> Sample:
    day = _day(seed)
    return replace(day, labels=judge(day.labels))


def _fifth_unhappy(labels: np.ndarray) -> np.ndarray:
    return np.where((labels == 2) & (np.arange(len(labels)) % 5 == 0), 0.0, labels)


def _strict(labels: np.ndarray) -> np.ndarray:
    return np.where(labels == 1, 0.0, labels)


def _without(seed: int) -> Sample:
    day = _day(seed)
    lost = np.arange(len(day)) % 3 == 0
    return replace(day, columns=day.columns.assign(department=day.columns["department"].where(~lost, "(missing)")))


def _garbled(seed: int) -> Sample:
    day = _day(seed)
    texts = [f"{text} donâ€™t" if place % 4 == 0 else text for place, text in enumerate(day.reviews["text"])]
    return replace(day, reviews=day.reviews.assign(text=texts))


def _blurred(seed: int) -> Sample:
    day = _day(seed)
    return replace(day, probabilities=day.answers / 2 + 1 / 6)


def _turned(seed: int) -> Sample:
    """In this shop words say nothing of the sentiment: before anybody has rated the day, it reads as one of other shares."""
    day = _day(seed)
    return replace(day, probabilities=day.answers[:, [1, 2, 0]])


MOVED: Final[Mapping[str, tuple[Kind, Callable[[int], Sample]]]] = {
    "complaints": (Kind.PRIOR, lambda seed: _day(seed, complaints=0.35)),
    "texts": (Kind.COVARIATE, lambda seed: _day(seed, about="word1 word2 word3 word4 strangeness")),
    "a fifth judged otherwise": (Kind.CONCEPT, lambda seed: _judged(seed, _fifth_unhappy)),
    "a scale upside down": (Kind.LABEL_DEFINITION, lambda seed: _judged(seed, lambda labels: 2 - labels)),
    "neutral is a complaint": (
        Kind.LABEL_DEFINITION,
        lambda seed: _judged(seed, lambda labels: np.where(labels == 1, 0.0, labels)),
    ),
    "departments": (Kind.POPULATION, lambda seed: _day(seed, departments=_SWAPPED)),
    "lost values": (Kind.QUALITY, _without),
    "garbled texts": (Kind.QUALITY, _garbled),
    "answers that are less sure": (Kind.MODEL, _blurred),
    "answers in another order": (Kind.MODEL, _turned),
}
"""What was changed -> its kind, and a day of it by seed."""
