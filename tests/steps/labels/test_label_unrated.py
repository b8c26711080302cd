"""Reviews without stars join the training part where that is configured, say who labelled them, and judge nothing."""

import json
from collections.abc import Callable

import pandas as pd
import pytest
from tests.helpers.contracts import CONTRACT
from tests.steps.features.test_features import Curate, curate, parts, reviews  # noqa: F401 (a fixture)

from reviewloop.adapters.lake import artifacts, frames, places, s3
from reviewloop.config import Config, load_config
from reviewloop.core.delivery.parsing import QUARANTINE
from reviewloop.steps.features.build_features import build_features

pytestmark = pytest.mark.contract

DAY = "2026-01-01"
SAYS = {
    1: "it fell apart, i sent it back",
    3: "it is ok, i am on the fence",
    4: "i love it, so flattering",
    5: "i love it, so flattering",
}


def said(num_rows: int, first_id: int = 0) -> pd.DataFrame:
    rows = reviews(num_rows, first_id)
    return rows.assign(text=rows["text"] + " " + rows["rating"].map(SAYS))


@pytest.fixture
def delivered(curate: Curate) -> pd.DataFrame:  # noqa: F811
    """A day of 300 rated reviews; returns the 80 that came without stars."""
    batch = curate(said(300), DAY)
    s3.write_json(f"{places.curated_batch(DAY, batch)}/_origin.json", {"delivery": "abc"})
    unrated = said(80, first_id=400)
    cells = [
        json.dumps([None if name == "rating" or pd.isna(row[name]) else str(row[name]) for name in CONTRACT.dtypes()])
        for row in unrated.to_dict("records")
    ]
    quarantine = pd.DataFrame({"row": range(80), "reason": "rating_missing", "cells": cells}).astype(QUARANTINE)
    files = {"quarantine.parquet": frames.to_parquet(quarantine)}
    artifacts.publish(places.staging(DAY), files, {"delivery_uri": f"{places.raw(DAY)}/abc"})
    return unrated


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Switches ways of labelling on."""

    def configure(**enabled: bool) -> None:
        config = load_config()
        labels = config.labels.model_copy(
            update={name: getattr(config.labels, name).model_copy(update={"enabled": on}) for name, on in enabled.items()}
        )
        changed: Config = config.model_copy(update={"labels": labels})
        monkeypatch.setattr("reviewloop.steps.features.build_features.load_config", lambda: changed)

    return configure


def test_off_by_default_nothing_is_different(delivered, configured):
    before = build_features(None)
    assert set(parts(before)["train"]["label_source"]) == {"rating"}
    configured(weak=False, self_training=False)
    assert build_features(None) == before


def test_weak_labels_enter_train_alone(delivered, configured):
    before = parts(build_features(None))
    configured(weak=True)
    found = parts(build_features(None))
    weak = found["train"][found["train"]["label_source"] == "weak"]
    truth = delivered.set_index("review_id")["rating"].map({1: 0, 3: 1, 4: 2, 5: 2})
    assert 30 < len(weak) <= 80
    assert (weak["label"].to_numpy() == truth[weak["review_id"]].to_numpy()).all()
    assert (weak["rating"] == 0).all()
    for name in ("validation", "test"):
        pd.testing.assert_frame_equal(
            found[name].drop(columns="input_ids", errors="ignore"), before[name].drop(columns="input_ids", errors="ignore")
        )


def test_a_models_own_labels_enter_train_alone(delivered, configured):
    configured(self_training=True)
    found = parts(build_features(None))
    assert set(found["train"]["label_source"]) <= {"rating", "self"}
    assert set(found["validation"]["label_source"]) == set(found["test"]["label_source"]) == {"rating"}
    praise = [(part["label"] == 2).mean() for part in (found["train"], found["train"][found["train"]["label_source"] == "rating"])]
    assert praise[0] <= praise[1] + load_config().labels.self_training.max_positive_rise


def test_days_whose_parsed_files_are_gone_have_none(delivered, configured):
    for uri in list(s3.list_uris(f"{places.staging(DAY)}/")):
        s3.remove(uri)
    configured(weak=True)
    assert set(parts(build_features(None))["train"]["label_source"]) == {"rating"}
