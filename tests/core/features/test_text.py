import pandas as pd
import pytest

from reviewloop.config import load_config
from reviewloop.core.features.text import MADE, text_features
from reviewloop.core.texts import model_text
from reviewloop.errors import ConfigError


def made(title: str | None, text: str) -> dict[str, object]:
    return text_features(pd.DataFrame({"title": [title], "text": [text]}), list(MADE)).iloc[0].to_dict()


def test_each_feature_of_a_review() -> None:
    assert made("Great!", "Fits? YES!! İt's soft") == {
        "model_text": "Great! Fits? YES!! İt's soft", "num_words": 6, "has_title": 1, "num_exclamations": 3, "num_questions": 1,
        "capital_share": pytest.approx(6 / 19),
    }  # fmt: skip
    assert made(None, "…") == {**dict.fromkeys(MADE, 0), "model_text": "…"}
    assert made("  ", "ok")["has_title"] == 0
    assert made("A", "b")["model_text"] == model_text("A", "b")


def test_every_text_feature_is_a_row_of_the_registry_and_every_row_has_its_function() -> None:
    group = load_config().feature_store.group("review_text")
    assert group is not None
    assert set(group.names) == set(MADE)
    with pytest.raises(ConfigError, match=r"feature_store.groups: num_emoji has no function in core/features/text.py; known: cap"):
        text_features(pd.DataFrame({"title": ["a"], "text": ["b"]}), ["num_emoji"])
