"""A registered model version as a ref."""

from reviewloop.adapters.mlflow import registry
from reviewloop.adapters.mlflow.tags import Tag
from reviewloop.errors import PermanentError
from reviewloop.refs import CandidateRef


def candidate_of(version: registry.VersionInfo) -> CandidateRef:
    """The ref of a registered version, from its tags. Raises ``PermanentError`` where one of ours is missing."""
    try:
        return CandidateRef.model_validate(
            {
                "version": version.version,
                "kind": version.tags[Tag.KIND],
                "job_key": version.tags[Tag.JOB_KEY],
                "model_uri": version.source,
                "macro_f1": float(version.tags[Tag.MACRO_F1]),
                "gate_report_uri": version.tags[Tag.GATE_REPORT_URI],
                "page_uri": version.tags.get(Tag.GATE_PAGE_URI) or None,
            }
        )
    except KeyError as error:
        raise PermanentError(f"version {version.version}: no tag {error.args[0]}; it was not registered by this loop") from None
