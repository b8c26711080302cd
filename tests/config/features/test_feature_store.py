"""The feature registry: a mistake in a row gets one line."""

from typing import Any

import pytest
from pydantic import ValidationError

from reviewloop.config import FeatureStoreConfig, load_config

ROW = {"name": "num_emoji", "type": "integer", "owner": "data", "missing": "zero", "cost_us": 1, "description": "pictures"}
GROUP = {"name": "review_text", "key": "review", "description": "of the text", "ttl_days": 0, "features": [ROW]}


def store(**row: Any) -> FeatureStoreConfig:
    return FeatureStoreConfig.model_validate({"audited": 1, "groups": [{**GROUP, "features": [{**ROW, **row}]}]})


def ablation(gain: float, low: float) -> dict[str, Any]:
    return {"gain": gain, "low": low, "command": "make study-features"}


@pytest.mark.parametrize(
    ("row", "line"),
    [
        ({"trains": True}, "num_emoji: trains without an ablation; run `make study-features`, or set trains to false"),
        ({"trains": True, "ablation": ablation(0.01, -0.001)}, "its ablation's lower bound is -0.001; it must be above 0"),
        ({"trains": True, "ablation": ablation(0.0, 0.0)}, "lower bound is 0.0; it must be above 0"),
        ({"owner": ""}, "owner"),
        ({"missing": "mean"}, "'none', 'zero' or 'never'"),
        ({"name": "Num Emoji"}, "name"),
        ({"speed": 1}, "speed"),
    ],
)
def test_a_row_that_does_not_hold_is_refused(row: dict[str, Any], line: str) -> None:
    with pytest.raises(ValidationError) as raised:
        store(**row)
    assert line in str(raised.value)


def test_a_feature_that_earned_it_trains_and_title_and_text_need_no_ablation() -> None:
    assert store(trains=True, ablation=ablation(0.01, 0.002)).groups[0].features[0].trains
    assert store(name="model_text", trains=True).groups[0].features[0].trains
    training = [one.name for group in load_config().feature_store.groups for one in group.features if one.trains]
    assert training == ["model_text", "input_ids"]


def test_no_two_of_one_name() -> None:
    for groups in ([GROUP, GROUP], [{**GROUP, "features": [ROW, ROW]}]):
        with pytest.raises(ValidationError, match="is there twice; give each"):
            FeatureStoreConfig.model_validate({"audited": 1, "groups": groups})
