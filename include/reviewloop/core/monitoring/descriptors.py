"""What the monitor compares: a few plain numbers and facets that describe each scored review."""

from collections.abc import Collection

import pandas as pd

from reviewloop.config import Contract
from reviewloop.core.dataset.snapshots import model_texts
from reviewloop.core.facets import MISSING, facet_values
from reviewloop.core.texts import words


def text_length(text: str) -> int:
    """Number of words the model reads."""
    return len(words(text))


def unknown_word_share(text: str, vocabulary: Collection[str]) -> float:
    """Share, in [0, 1], of the words that the training part does not know; 0 for a text without words."""
    found = words(text)
    return sum(word not in vocabulary for word in found) / len(found) if found else 0.0


def describe(frame: pd.DataFrame, vocabulary: Collection[str], contract: Contract) -> pd.DataFrame:
    """One row for each row of ``frame`` (title, text, ``prediction`` as a class name, and the columns of the facets).

    Its columns are all that ``monitor.columns`` may name: ``OWN_COLUMNS`` of ``config.monitor`` and the facets.
    ``vocabulary`` is best a set. Raises ``PermanentError`` naming the facets' columns that ``frame`` lacks.
    """
    rows = frame.reset_index(drop=True)
    texts, facets = model_texts(rows), facet_values(rows, contract)
    return pd.DataFrame(
        {
            "text_length": pd.Series([text_length(text) for text in texts], dtype="float64"),
            "unknown_word_share": pd.Series([unknown_word_share(text, vocabulary) for text in texts], dtype="float64"),
            "prediction": rows["prediction"].astype(object),
            **{name: values.astype(object).where(values.notna(), MISSING) for name, values in facets.items()},
        }
    )
