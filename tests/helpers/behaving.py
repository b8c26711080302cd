"""Models that read by rules, one of them well and the others each with a fault, and sealed reviews for them."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from reviewloop.adapters.behaviour_suite import load_suite
from reviewloop.config import BehaviourConfig, load_config
from reviewloop.core.behaviour import flips, verdicts
from reviewloop.core.behaviour.answers import ask
from reviewloop.core.behaviour.cases import Review, build_cases, build_flips
from reviewloop.core.texts import words

CONFIG: BehaviourConfig = load_config("test").behaviour
SUITE, IMPORTANT = load_suite(CONFIG.suite)

GOOD = set(
    words(
        "beautiful gorgeous lovely comfortable flattering stunning elegant love recommend perfect compliments perfectly happy "
        "favorite soft great well glove"
    )
)
BAD = set(
    words(
        "ugly scratchy uncomfortable shapeless unflattering cheap flimsy badly hate waste terrible poor disappointed awful worst "
        "horrible returned returning ripped broke tore apart undone refund back disappoint wrong bad smelled complaints "
        "unfortunately"
    )
)
NEGATIONS = {"not", "isn't", "don't", "nothing", "never", "cannot", "no"}
NUM_REVIEWS = 240


@dataclass(frozen=True)
class Reader:
    """Counts friendly and unfriendly words; a negation turns the next four words round, "but" leaves only what follows."""

    hears_negation: bool = True
    hears_but: bool = True
    sees: Callable[[str], str] = str
    """What is left of a text before it is read."""
    grudge: str = r"(?!)"
    """A pattern that makes every answer negative."""

    def predict_proba(self, texts: Sequence[str]) -> np.ndarray:
        scores = [self._score(self.sees(text).lower()) for text in texts]
        held_against = np.array([-6.0 if re.search(self.grudge, text, re.IGNORECASE) else 0.0 for text in texts])
        lean = np.array(scores) + held_against
        logits = np.stack([-lean, np.full(len(texts), 0.5), lean], axis=1)
        return np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)

    def _score(self, text: str) -> float:
        clauses = re.split(r"\b(?:but|however)\b", text)
        if self.hears_but and len(clauses) > 1:
            return 0.3 * self._words(" ".join(clauses[:-1])) + 2 * self._words(clauses[-1])
        return self._words(text)

    def _words(self, text: str) -> float:
        score, turned = 0.0, 0
        for word in re.findall(r"[\w']+", text):
            if self.hears_negation and word in NEGATIONS:
                turned = 4
                continue
            value = (word in GOOD) - (word in BAD)
            score += -value if turned else value
            turned = max(turned - 1, 0)
        return score


def sealed(num_rows: int = NUM_REVIEWS) -> pd.DataFrame:
    """Reviews of which every third is negative, neutral, positive; each tells its number, so that all differ."""
    says = ("The {} is ugly and cheap", "The {} is warm and it has a hood", "I love this soft {}, it is perfect")
    things = ("black sweater", "blouse", "navy coat", "xs cardigan", "shirt my husband chose, and it's new")
    rows = np.arange(num_rows)
    return pd.DataFrame(
        {
            "title": pd.array([None] * num_rows, dtype="string"),
            "text": [f"{says[row % 3].format(things[row % 5])}. Size 4, parcel {row}." for row in rows],
            "label": rows % 3,
        }
    )


def reviews(num_rows: int = NUM_REVIEWS) -> list[Review]:
    """The same, as the cases take them."""
    names = ("negative", "neutral", "positive")
    return [Review(text, names[label]) for text, label in zip(*(sealed(num_rows)[name] for name in ("text", "label")), strict=True)]


def behaviour_of(reader: Reader) -> dict[str, float]:
    """The metrics of the shipped suite."""
    cases, pairs = build_cases(SUITE, reviews(), CONFIG), build_flips(SUITE, reviews(), CONFIG)
    texts = [text for case in cases for text in (case.before, case.text) if text is not None]
    answers = ask(reader.predict_proba, texts + [text for pair in pairs for text in (pair.first, pair.second)])
    found = verdicts.metrics(verdicts.judge_all(SUITE, cases, answers, CONFIG))
    return found | flips.metrics(flips.flip_results(SUITE, pairs, answers, CONFIG))
