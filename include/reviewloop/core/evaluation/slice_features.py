"""What slices are told apart by: plain facts about a review that are known before anybody knows whether the model is right.

The true sentiment and the stars are left out (a slice of them is the confusion table again), and so are the model's own
probabilities (they tell that it is unsure, not where).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reviewloop.config import Contract
from reviewloop.core.dataset.snapshots import model_texts
from reviewloop.core.facets import NO_VALUE, facet_values
from reviewloop.core.texts import words

COUNTED: Final = {
    "negations": re.compile(r"\b(?:no|not|never|none|nothing|nor|neither|without|hardly|cannot)\b|n['’]t\b", re.IGNORECASE),
    "contrast words": re.compile(r"\b(?:but|however|although|though|yet|except|unfortunately|otherwise)\b", re.IGNORECASE),
    "mentions of the writer's own size": re.compile(
        r"\bi(?:['’]?m| am)\b[^.!?]{0,40}?(?:\d|\b(?:petite|tall|short|curvy|slim|busty|plus)\b)"  # I'm 5'4", I am quite petite
        r"|\bi (?:\w+ )?wear an? "  # I usually wear a medium
        r"|\b\d['’]\s?\d|\b\d{2,3} ?(?:lbs?|pounds)\b|\b\d{2} ?[a-h]{1,3}\b",  # 5'4", 120 lbs, 34dd
        re.IGNORECASE,
    ),
    "exclamation marks": re.compile("!"),
    "question marks": re.compile(r"\?"),
    "numbers": re.compile(r"\d+"),
    "words in capitals": re.compile(r"\b[A-Z]{3,}\b"),  # XS and XL are sizes, not shouting
}
"""What is counted in title and text, by its name in a rule."""


@dataclass(frozen=True)
class Feature:
    """A whole number of each review; with ``value``, 1 where the facet ``name`` has that value and 0 elsewhere."""

    name: str
    numbers: NDArray[np.int64]
    value: str | None = None

    def condition(self, low: int | None, high: int | None) -> str:
        """``low`` and ``high`` (both included, None: open) in words: ``negations: 2 or more``, ``department: not Tops``."""
        if self.value is not None:
            return f"{self.name}: {'' if low else 'not '}{self.value}"
        if low is None or high is None:
            return f"{self.name}: at most {high}" if low is None else f"{self.name}: {low} or more"
        return f"{self.name}: {low}" if low == high else f"{self.name}: {low} to {high}"


def slice_features(reviews: pd.DataFrame, contract: Contract, min_rows: int) -> list[Feature]:
    """The features of ``reviews``: their texts', and the facets. A facet's value needs ``min_rows`` rows to be one."""
    texts, facets = model_texts(reviews), facet_values(reviews, contract)
    numbers = [column for column in contract.facets.values() if column.bands]
    features = [
        Feature("words", _whole(len(words(text)) for text in texts)),
        *(Feature(column.shown.lower(), reviews[column.field].to_numpy().astype(np.int64)) for column in numbers),
        *(Feature(name, _whole(len(pattern.findall(text)) for text in texts)) for name, pattern in COUNTED.items()),
        Feature("title", reviews["title"].isna().to_numpy().astype(np.int64), "missing"),
    ]
    for name, column in contract.facets.items():
        if column.bands:
            continue
        values = facets[name].fillna(NO_VALUE).astype(str)
        counts = values.value_counts()
        common, shown = sorted(counts.index[counts >= min_rows]), column.shown.lower()
        features += [Feature(shown, (values == value).to_numpy().astype(np.int64), value) for value in common]
    return features


def _whole(numbers: Iterable[int]) -> NDArray[np.int64]:
    return np.fromiter(numbers, dtype=np.int64)
