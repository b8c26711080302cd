"""A model that passed its gates becomes a version in the registry, with its lineage."""

import logging

from reviewloop.adapters.mlflow import registry, runs
from reviewloop.adapters.mlflow.candidates import candidate_of
from reviewloop.adapters.mlflow.tags import OURS, Tag
from reviewloop.adapters.release import ledger
from reviewloop.adapters.release.registration import register_version
from reviewloop.core.release import standing
from reviewloop.errors import PermanentError
from reviewloop.refs import CandidateRef, ChoiceRef, GateRef, TrainingRef

log = logging.getLogger(__name__)

_OF_THE_RUN = (Tag.VERDICT, Tag.REFUSED_BY)
"""Tags of the parent run that are about the run and not about the model."""
_OF_THE_VERDICT = (Tag.VERDICT, Tag.GATES_DIGEST, Tag.GATE_REPORT_URI, Tag.GATE_PAGE_URI, Tag.MODEL_DIGEST)
"""Tags of a version that is judged again which the new verdict replaces."""


def register(choice: ChoiceRef, gate: GateRef, training: TrainingRef) -> CandidateRef:
    """Register the candidate; called again for the same job, it returns the same version, with the newest verdict on it.

    The lineage is the parent run's: what the job began with, even if the code on disk has changed since.
    """
    if gate.verdict == "fail":
        raise PermanentError(f"gate {gate.gate}: its verdict is fail; only a model that passed is registered")
    if choice.model.job_key != training.job_key:
        raise PermanentError(f"model {choice.model.uri} is of job {choice.model.job_key[:16]}, not of {training.job_key[:16]}")
    run = runs.run_tags(training.mlflow_run_id)
    lineage = {key: value for key, value in run.items() if key.startswith(OURS) and key not in _OF_THE_RUN}
    tags = {
        **lineage,
        Tag.JOB_KEY: training.job_key,
        Tag.KIND: choice.model.kind,
        Tag.MODEL_DIGEST: choice.model.digest,
        Tag.EVALUATION_URI: choice.evaluation.report_uri,
        Tag.REFERENCE_URI: choice.evaluation.predictions_uri,
        Tag.VERDICT: "passed",
        Tag.GATE_REPORT_URI: gate.report_uri,
        Tag.GATE_PAGE_URI: gate.page_uri or "",
        Tag.MACRO_F1: repr(choice.evaluation.macro_f1),
    }
    version = register_version(choice.model.uri, choice.model.mlflow_run_id, tags)
    judged: dict[str, str] = {name: tags[name] for name in _OF_THE_VERDICT if name in tags and version.tags.get(name) != tags[name]}
    if judged and standing.release_of(ledger.read(), version.version) is None:  # what was released stays as it was
        registry.set_version_tags(version.version, judged)
        version = registry.get_version(version.version)
    runs.finish(training.mlflow_run_id)
    log.info("version %s (%s): macro-F1 %.4f, %s", version.version, choice.model.kind, choice.evaluation.macro_f1, version.source)
    return candidate_of(version)
