"""The fine-tuned model in the form that will be served: another artifact, and the one that is evaluated, judged and registered."""

import logging
import tempfile
from pathlib import Path

from reviewloop.adapters.behaviour_suite import own_texts
from reviewloop.adapters.lake import artifacts, model_store, places
from reviewloop.adapters.lake.frames import from_parquet
from reviewloop.adapters.lake.once import once
from reviewloop.config import load_config
from reviewloop.core.evaluation.evaluation import PROBABILITIES
from reviewloop.core.evaluation.forms import compare, too_costly
from reviewloop.models.about import read_about
from reviewloop.models.kinds.table import Form
from reviewloop.models.predictor import load_predictor
from reviewloop.refs import ModelRef, TrainingRef
from reviewloop.steps.train._reuse import reused

log = logging.getLogger(__name__)

NUM_SELF_TEST = 50
"""Texts whose answers go with the model."""


def export_served(model: ModelRef, training: TrainingRef) -> ModelRef:
    """Publish ``model`` in 8-bit integers, its weights as trained beside them; idempotent.

    Where ``training.serve_as`` is ``as_trained`` it is what was trained. So it is where the integers cost more on the validation
    part than ``training.served_limits`` allow, which the model's ``warnings`` say: a good model is not refused for its form.

    Texts of the behaviour suite show every machine that loads it whether it answers alike: those of reviews would stay in a model
    for as long as it is kept, where no erasure reaches them.
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
        export(source, target, form, model.digest)
        if why := _too_costly(source, target, training, form):
            return _declined(model, training, form, why)
        return model_store.publish(
            model.kind, target, training.job_key, model.mlflow_run_id, model.page_uri, model.warnings, form,
            made_by=training.dag_run_id,
        )  # fmt: skip


def _too_costly(source: Path, target: Path, training: TrainingRef, form: Form) -> str:
    config = load_config().training
    rows = from_parquet(artifacts.open_artifact(training.features.uri).read("validation.parquet"))
    if len(rows) < config.served_limits.min_rows:  # of few, one changed answer is more than any limit
        return ""
    texts = list(rows["model_text"])
    as_trained = load_predictor(source).predict_proba(texts)
    served = load_predictor(target, form).predict_proba(texts)
    answers = dict(zip(PROBABILITIES, served.T, strict=True))
    found = compare(
        rows[["label"]].assign(prediction=served.argmax(axis=1), **answers), as_trained, config.num_resamples, training.seed
    )
    log.info(
        "%s against the model as trained, on %d validation rows: %.2f%% of the answers are other ones, macro-F1 %+.4f",
        form, len(rows), 100 * found["forms.changed_share"], -found["forms.macro_f1_loss"],
    )  # fmt: skip
    return too_costly(found, config.served_limits)


def _declined(model: ModelRef, training: TrainingRef, form: Form, why: str) -> ModelRef:
    """``model`` as the job's served form, kept under that form's pointer, so that it is not exported once more."""
    warning = f"served as trained, not {form}: on the validation part {why}"
    log.warning("%s: %s", model.uri, warning)
    kept = model.model_copy(update={"warnings": (*model.warnings, warning), "made_by": training.dag_run_id})
    return model_store.point(kept, form)


def export(source: Path, target: Path, form: Form, exported_from: str) -> None:
    """Write the model folder ``source`` into ``target`` in ``form``; ``exported_from`` is the digest of what ``source`` holds."""
    from reviewloop.models.int8_export import export_int8

    shown = own_texts(load_config().behaviour, NUM_SELF_TEST)
    about = {**read_about(source), "form": form, "exported_from": exported_from}
    export_int8(source, target, shown, about)
