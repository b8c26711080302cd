import pandas as pd
import pytest

from reviewloop.config import FeatureStoreConfig, load_config
from reviewloop.core.dataset.model_inputs import require_taken
from reviewloop.core.features.text import MADE, text_features
from reviewloop.core.features.values import filled
from reviewloop.core.texts import model_text
from reviewloop.errors import ConfigError


def made(title: str | None, text: str) -> dict[str, object]:
    return text_features(pd.DataFrame({"title": [title], "text": [text]}), list(MADE)).iloc[0].to_dict()


def test_each_feature_of_a_review() -> None:
    assert made("Great!", "Fits? YES!! İt's soft") == {
        "model_text": "Great! Fits? YES!! İt's soft", "num_words": 7, "has_title": 1, "num_exclamations": 3, "num_questions": 1,
        "capital_share": pytest.approx(6 / 19),
    }  # fmt: skip
    assert made(None, "…") == {**dict.fromkeys(MADE, 0), "model_text": "…"}
    assert made("  ", "ok")["has_title"] == 0
    assert made("A", "b")["model_text"] == model_text("A", "b")


def test_a_new_one_is_a_function_and_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """As CONTRIBUTING says: it is computed, typed, described, and trains only when it has earned it and a model takes it."""
    monkeypatch.setitem(MADE, "num_hearts", lambda title, text: (title + text).count("♥"))
    store = load_config().feature_store.model_dump(mode="json")
    row = {"name": "num_hearts", "type": "integer", "owner": "you", "missing": "zero", "cost_us": 1, "description": "hearts"}
    store["groups"][0]["features"].append(row)
    group = FeatureStoreConfig.model_validate(store).groups[0]
    made = text_features(pd.DataFrame({"title": [None], "text": ["♥ soft ♥"]}), group.names)
    assert filled(made, group)["num_hearts"].tolist() == [2]
    require_taken(FeatureStoreConfig.model_validate(store))
    row |= {"trains": True, "ablation": {"gain": 0.01, "low": 0.002, "command": "make study-features"}}
    with pytest.raises(ConfigError, match="num_hearts: trains, and no kind of model takes it"):
        require_taken(FeatureStoreConfig.model_validate(store))


def test_every_text_feature_is_a_row_of_the_registry_and_every_row_has_its_function() -> None:
    group = load_config().feature_store.group("review_text")
    assert group is not None
    assert set(group.names) == set(MADE)
    with pytest.raises(ConfigError, match=r"feature_store.groups: num_emoji has no function in core/features/text.py; known: cap"):
        text_features(pd.DataFrame({"title": ["a"], "text": ["b"]}), ["num_emoji"])
