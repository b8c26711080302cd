"""The fine-tuned model in the form that will be served: another artifact, and the one that is evaluated, judged and registered."""

import logging
import tempfile
from pathlib import Path

import numpy as np

from reviewloop.adapters.behaviour_suite import own_texts
from reviewloop.adapters.lake import artifacts, model_store, places
from reviewloop.adapters.lake.frames import from_parquet
from reviewloop.adapters.lake.once import once
from reviewloop.config import load_config
from reviewloop.models.about import read_about
from reviewloop.models.kinds.table import Form
from reviewloop.refs import ModelRef, TrainingRef
from reviewloop.steps.train._reuse import reused

log = logging.getLogger(__name__)

NUM_SELF_TEST = 50
"""Texts whose answers go with the model."""


def export_served(model: ModelRef, training: TrainingRef) -> ModelRef:
    """Publish ``model`` in 8-bit integers, its weights as trained beside them; idempotent.

    Where ``training.serve_as`` is ``as_trained`` it is what was trained. The scales are set on texts of the training part; texts
    of the behaviour suite show every machine that loads it whether it answers alike: those of reviews would stay in a model for as
    long as it is kept, where no erasure reaches them.
    """
    form = load_config().training.serve_as
    if form == "as_trained":
        log.info("training.serve_as: %s is served as it was trained", model.uri)
        return model
    claim = places.making(f"{model.kind}-{form}", training.job_key)
    return once(claim, lambda: _known(model, training, form), lambda: _exported(model, training, form))


def _known(model: ModelRef, training: TrainingRef, form: Form) -> ModelRef | None:
    found = model_store.find(model.kind, training.job_key, form)
    # A lost MLflow has another run.
    return reused(found, training).model_copy(update={"mlflow_run_id": model.mlflow_run_id}) if found else None


def _exported(model: ModelRef, training: TrainingRef, form: Form) -> ModelRef:
    source = model_store.fetch_model(model.uri, model.digest)
    with tempfile.TemporaryDirectory() as temporary:
        target = Path(temporary) / "model"
        export(source, target, training.features.uri, training.seed, form, model.digest)
        return model_store.publish(
            model.kind, target, training.job_key, model.mlflow_run_id, model.page_uri, model.warnings, form,
            made_by=training.dag_run_id,
        )  # fmt: skip


def export(source: Path, target: Path, features_uri: str, seed: int, form: Form, exported_from: str) -> None:
    """Write the model folder ``source`` into ``target`` in ``form``; ``exported_from`` is the digest of what ``source`` holds."""
    from reviewloop.models.int8_export import export_int8

    texts = from_parquet(artifacts.open_artifact(features_uri).read("train.parquet"))["input_ids"]
    config = load_config()
    few = texts.sample(min(config.training.calibration_texts, len(texts)), random_state=seed)
    shown = own_texts(config.behaviour, NUM_SELF_TEST)
    about = {**read_about(source), "form": form, "exported_from": exported_from}
    export_int8(source, target, [np.asarray(ids, dtype=np.int64) for ids in few], shown, about)
