"""The kinds of drift by name: what each is, how the study plants it, and which labels tell it.

A day is a chain: who writes (facets), what they write (words), what the champion answers, how it is rated. Each kind is one link
that changed while the others stayed. Two kinds are one where no data tells them apart: a scale that only some raters read otherwise
is a concept that drifted, and is called so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What moved."""

    PRIOR = "prior"
    COVARIATE = "covariate"
    CONCEPT = "concept"
    LABEL_DEFINITION = "label definition"
    POPULATION = "population"
    QUALITY = "quality"
    MODEL = "model"
    UNKNOWN = "unknown"
    NONE = "none"


@dataclass(frozen=True)
class Told:
    """A kind in words."""

    means: str
    planted: str
    labels: str
    """Which are needed to tell it."""

    def __str__(self) -> str:
        return f"{self.means}. Planted as: {self.planted}. Labels needed: {self.labels}."


TOLD: Final[Mapping[Kind, Told]] = {
    Kind.PRIOR: Told(
        "the sentiments' shares moved; a complaint still reads as complaints did",
        "complaints drawn three times as often, each review as it was",
        "none, the answers show it; with ratings it is surer",
    ),
    Kind.COVARIATE: Told(
        "other things are written, whoever writes and however it is rated",
        "a quarter of the texts replaced by texts about something else",
        "none",
    ),
    Kind.CONCEPT: Told(
        "some reviews that read as ever are rated otherwise",
        "15 % of the day, all of it praise, rated as complaints",
        "the day's own ratings; without them it cannot be seen",
    ),
    Kind.LABEL_DEFINITION: Told(
        "a whole class is recorded as another; where only a part of it is, no data tells whether the scale or the judgement moved, "
        "and it is called concept drift",
        "the scale read a star more strictly: four stars are neutral, three a complaint",
        "the day's own ratings; without them it cannot be seen",
    ),
    Kind.POPULATION: Told(
        "another mix of customers and products, each of whom writes as before",
        "the rarest groups of two facets drawn four times as often, each review as it was",
        "none",
    ),
    Kind.QUALITY: Told(
        "the data came broken: values that are missing, texts that were decoded wrongly",
        "two in five titles and values of a facet lost",
        "none",
    ),
    Kind.MODEL: Told(
        "the champion answers otherwise though the reviews are as before: what serves it, or what it is given, has changed",
        "the champion is given the first eight words of each text, the lake has them all",
        "none; with ratings it is surer",
    ),
    Kind.UNKNOWN: Told("something moved that no single kind explains", "it is not planted", "it is not known"),
}
"""All but ``NONE``."""
MORE_THAN_SHARES: Final = (Kind.COVARIATE, Kind.POPULATION, Kind.QUALITY, Kind.MODEL, Kind.UNKNOWN)
"""On a day of these the sentiments' shares cannot be told from the answers: a complaint need not read as complaints did."""
