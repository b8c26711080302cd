from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reviewloop.config import load_config
from reviewloop.core.dataset.model_inputs import model_inputs
from reviewloop.core.texts import text_digest


class WordTokenizer:
    """One token a word, its length as the id."""

    def lengths(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def token_ids(self, texts: Sequence[str], max_seq_length: int) -> list[NDArray[np.int32]]:
        return [np.array([len(word) for word in text.split()][:max_seq_length], dtype=np.int32) for text in texts]


def part(texts: list[str], labels: list[int]) -> pd.DataFrame:
    return pd.DataFrame({"title": None, "text": texts, "label": labels, "text_digest": [text_digest(text) for text in texts]})


FEATURES = load_config("test").features.model_copy(update={"seq_lengths": (2, 4, 8), "max_seq_coverage": 0.75})
TRAIN = part(["soft dress", "soft", "odd", "one two three four five"], [2, 2, 2, 0])
VALIDATION = part(["a far longer text than any of the train part has had", "odd", "ugly"], [0, 1, 2])


def test_length_and_vocabulary_come_from_the_training_texts_alone() -> None:
    made = model_inputs(TRAIN, VALIDATION, WordTokenizer(), FEATURES)
    assert (made.max_seq_length, made.token_coverage) == (2, 0.75)
    assert made.vocabulary == ["soft"]
    assert [ids.tolist() for ids in made.validation["input_ids"]] == [[1, 3], [3], [4]]


def test_only_the_training_part_is_balanced() -> None:
    features = FEATURES.model_copy(update={"balance": "oversample", "balance_power": 1.0})
    made = model_inputs(TRAIN, VALIDATION, WordTokenizer(), features)
    assert made.train["label"].value_counts().to_dict() == {2: 3, 0: 3}
    assert made.num_tokens == [2, 1, 1, 5]  # measured before the rows were repeated
    assert made.vocabulary == ["soft"]
    assert "weight" not in made.validation
    assert made.validation["text"].tolist() == VALIDATION["text"].tolist()
