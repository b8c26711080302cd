"""Two versions as the code of commit 4e03814 trained, published, evaluated, judged and registered them; see README.md.

To be run by that commit's pytest, beside the fixtures of its court.
"""
# ruff: noqa: I001 (what it imports is that commit's)

import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.training.conftest import reviews

from reviewloop import config
from reviewloop.adapters import s3, tracking
from reviewloop.adapters.predictor import fetch_forms, fetch_predictor
from reviewloop.adapters.sealed import seal
from reviewloop.core.texts import text_digest
from reviewloop.refs import ChoiceRef, FeaturesRef, ModelRef, TrainingRef
from reviewloop.settings import settings
from reviewloop.steps import evaluate, gate_model
from reviewloop.steps.finetune import finetune
from reviewloop.steps.register import register
from reviewloop.steps.train_baseline import train_baseline

from .conftest import Court

pytestmark = pytest.mark.contract
BUCKET = "registered-by-0-1"
NUM_SEALED = 90


@pytest.fixture
def here(court: Court, parts: Path, tiny_bert: Path, monkeypatch: pytest.MonkeyPatch) -> Court:
    """The court with trained models in place of rules, in a bucket whose name can be kept; every gate only warns."""
    monkeypatch.setenv("REVIEWLOOP_BUCKET", BUCKET)
    settings.cache_clear()
    s3.client().create_bucket(Bucket=BUCKET)
    monkeypatch.setattr(evaluate, "fetch_forms", fetch_forms)
    monkeypatch.setattr(gate_model, "fetch_predictor", fetch_predictor)
    gates = tuple(gate.model_copy(update={"mode": "warn"}) for gate in court.config.gates)
    court.config = court.config.model_copy(update={"gates": gates})
    loaded = config.load_config()
    small = loaded.training.transformer.model_copy(update={"model": str(tiny_bert), "batch_size": 4, "epochs": 1})
    words = loaded.training.baseline.model_copy(update={"ngram_max": 1})
    room = loaded.training.model_copy(update={"baseline": words, "transformer": small})
    for name in ("finetune", "train_baseline"):
        monkeypatch.setattr(f"reviewloop.steps.{name}.load_config", lambda: loaded.model_copy(update={"training": room}))
    return court


def features(parts: Path) -> FeaturesRef:
    """The parts of the tiny BERT with what the evaluation asks for beside them, and a sealed part of the same words."""
    known = {}
    for name in ("train", "validation"):
        table = pq.read_table(parts / f"{name}.parquet")
        ids = pa.array(range(10_000, 10_000 + len(table)))
        table = table.append_column("text", table["model_text"]).append_column("review_id", ids)
        known[f"{name}.parquet"] = parquet(table)
    texts, labels = reviews(NUM_SEALED, seed=3)
    row, label = np.arange(NUM_SEALED), np.array(labels)
    sealed = seal(
        pd.DataFrame(
            {
                "review_id": row, "day": "2026-01-01", "title": pd.Series([None] * NUM_SEALED, dtype="string"), "text": texts,
                "department": np.array(["Tops", "Dresses"])[row % 2], "division": "General", "class_name": "Knits",
                "age": 20 + row % 50, "positive_feedback": row % 3, "rating": np.array([1, 3, 5])[label], "label": label,
                "text_digest": [text_digest(text) for text in texts],
            }
        )
    )  # fmt: skip
    stored = s3.publish(s3.lake_uri("features"), known)
    return FeaturesRef(
        uri=stored.uri, sealed_uri=sealed.uri, digest=stored.digest, last_day="2026-01-01", num_train=400,
        num_validation=60, num_test=NUM_SEALED, num_new=400, max_seq_length=48,
    )  # fmt: skip


def parquet(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    return sink.getvalue().to_pybytes()


def registered(court: Court, training: TrainingRef, model: ModelRef) -> dict[str, object]:
    """The model as a version; it is judged alone, for the simpler of two would be chosen."""
    marks = court.marks(training, model)
    choice = ChoiceRef(model=model, evaluation=marks, baseline=marks, transformer=marks, reason=f"{model.kind}: the only one")
    found = tracking.get_version(register(choice, gate_model.gate_model(choice, training), training).version)
    return {"source": found.source, "run_id": found.run_id, "tags": dict(found.tags)}


def keep(folder: Path, prefix_uri: str, *names: str) -> None:
    """Objects of the lake as files, under the names that they have there."""
    for uri in s3.list_uris(prefix_uri):
        if not names or uri.rpartition("/")[2] in names:
            path = folder / uri.removeprefix(f"s3://{BUCKET}/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(s3.read_bytes(uri))


def test_make(here: Court, parts: Path) -> None:
    out = Path(os.environ["OUT"])
    snapshot = features(parts)
    versions = []
    for number, train in enumerate((train_baseline, finetune)):
        training = here.begin(snapshot, seed=number + 1, epochs=1, learning_rate=5e-3)
        versions.append(registered(here, training, train(training)))
        tags = versions[-1]["tags"]
        keep(out / "lake", str(versions[-1]["source"]))
        keep(out / "lake", tags["reviewloop.evaluation_uri"].rpartition("/")[0], "metrics.json", s3.MANIFEST)
        answers = fetch_predictor(str(versions[-1]["source"])).predict_proba(reviews(5, seed=4)[0])
        versions[-1]["answers"] = dict(zip(reviews(5, seed=4)[0], answers.tolist(), strict=True))
    (out / "versions.json").write_text(json.dumps(versions, indent=1, sort_keys=True) + "\n")
