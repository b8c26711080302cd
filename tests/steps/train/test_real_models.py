"""The court with a trained model instead of a rule, through the real download and the real file formats."""

from pathlib import Path

import numpy as np
import pytest
from tests.helpers.court import Court, reviews

from reviewloop.adapters.lake import model_store
from reviewloop.adapters.lake.model_store import fetch_forms
from reviewloop.models.about import ABOUT
from reviewloop.steps.train import evaluate

pytestmark = pytest.mark.contract


def test_a_trained_baseline_is_fetched_and_marked(court: Court, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from reviewloop.models import baseline

    monkeypatch.setattr(evaluate, "fetch_forms", fetch_forms)
    training = court.begin()
    rows = reviews(300, 5000)
    fitted = baseline.fit(
        rows["text"].tolist(), rows["label"].to_numpy(), np.ones(len(rows)), ngram_max=1, min_df=1, max_features=1000, c=4.0, seed=1
    )
    (tmp_path / baseline.FILE).write_bytes(baseline.to_skops(fitted))
    (tmp_path / ABOUT).write_text('{"kind": "baseline", "labels": ["negative", "neutral", "positive"]}')
    run_id = court.model(training, "baseline", lambda row, label, department: label).mlflow_run_id
    evaluation = court.evaluation(training, model_store.publish("baseline", tmp_path, training.job_key, run_id))
    assert evaluation.macro_f1 == 1.0
