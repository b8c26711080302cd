"""A model that passed its gates becomes a version in the registry, with its lineage."""

import logging

from reviewloop.adapters.mlflow import registry, runs
from reviewloop.adapters.mlflow.candidates import candidate_of
from reviewloop.errors import PermanentError
from reviewloop.refs import CandidateRef, ChoiceRef, GateRef, TrainingRef

log = logging.getLogger(__name__)

_OF_THE_RUN = ("verdict", "refused_by", "gates_digest")
"""Tags of the parent run that are about the run and not about the model."""


def register(choice: ChoiceRef, gate: GateRef, training: TrainingRef) -> CandidateRef:
    """Register the candidate; called again for the same job, it returns the same version.

    The lineage is the parent run's: what the job began with, even if the code on disk has changed since.
    """
    if gate.verdict == "fail":
        raise PermanentError(f"gate {gate.gate}: its verdict is fail; only a model that passed is registered")
    if choice.model.job_key != training.job_key:
        raise PermanentError(f"model {choice.model.uri} is of job {choice.model.job_key[:16]}, not of {training.job_key[:16]}")
    run = runs.run_tags(training.mlflow_run_id)
    dropped = {f"reviewloop.{name}" for name in _OF_THE_RUN}
    lineage = {key: value for key, value in run.items() if key.startswith("reviewloop.") and key not in dropped}
    version = registry.register_version(
        choice.model.uri,
        choice.model.mlflow_run_id,
        {
            **lineage,
            runs.JOB_KEY: training.job_key,
            runs.KIND: choice.model.kind,
            "reviewloop.evaluation_uri": choice.evaluation.report_uri,
            "reviewloop.reference_uri": choice.evaluation.predictions_uri,
            "reviewloop.gate_report_uri": gate.report_uri,
            "reviewloop.macro_f1": repr(choice.evaluation.macro_f1),
        },
    )
    runs.finish(training.mlflow_run_id)
    log.info("version %s (%s): macro-F1 %.4f, %s", version.version, choice.model.kind, choice.evaluation.macro_f1, version.source)
    return candidate_of(version)
