"""What is computed of one review's title and text. Snapshot, store and endpoint call these functions and have no others.

A new feature is a function here, named like the feature, and its row under ``feature_store.groups`` in ``config/base.yaml``.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

import pandas as pd

from reviewloop.core import texts
from reviewloop.errors import ConfigError

Made = Callable[[str, str], Any]
"""From title (empty where there is none) and text to a value."""
MADE: Final[dict[str, Made]] = {}
"""Every text feature, by name."""


def feature(make: Made) -> Made:
    """Let the function's name be a text feature."""
    MADE[make.__name__] = make
    return make


@feature
def model_text(title: str, text: str) -> str:
    """All that a model sees of a review."""
    return texts.model_text(title, text)


@feature
def num_words(title: str, text: str) -> int:
    """Words of title and text."""
    return len(texts.words(f"{title} {text}"))


@feature
def has_title(title: str, text: str) -> int:  # noqa: ARG001 (of every text feature)
    """1 where there is one."""
    return int(bool(title.strip()))


@feature
def num_exclamations(title: str, text: str) -> int:
    """Exclamation marks."""
    return title.count("!") + text.count("!")


@feature
def num_questions(title: str, text: str) -> int:
    """Question marks."""
    return title.count("?") + text.count("?")


@feature
def capital_share(title: str, text: str) -> float:
    """Of the letters, those that are capitals; 0 without a letter."""
    letters = [letter for letter in title + text if letter.isalpha()]
    return sum(letter.isupper() for letter in letters) / len(letters) if letters else 0.0


def text_features(reviews: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """A column a name, for each row's ``title`` (which may be missing) and ``text``, with the rows' index.

    Raises ``ConfigError`` for a name that no function here has.
    """
    if unknown := [name for name in names if name not in MADE]:
        raise ConfigError(
            f"feature_store.groups: {unknown[0]} has no function in core/features/text.py; known: {', '.join(sorted(MADE))}"
        )
    titles = ["" if pd.isna(title) else str(title) for title in reviews["title"]]
    pairs = list(zip(titles, reviews["text"], strict=True))
    return pd.DataFrame({name: [MADE[name](title, text) for title, text in pairs] for name in names}, index=reviews.index)
