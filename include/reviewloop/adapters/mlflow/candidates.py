"""A registered model version as a ref."""

from reviewloop.adapters.mlflow import registry, runs
from reviewloop.errors import PermanentError
from reviewloop.refs import CandidateRef


def candidate_of(version: registry.VersionInfo) -> CandidateRef:
    """The ref of a registered version, from its tags. Raises ``PermanentError`` where one of ours is missing."""
    try:
        return CandidateRef.model_validate(
            {
                "version": version.version,
                "kind": version.tags[runs.KIND],
                "job_key": version.tags[runs.JOB_KEY],
                "model_uri": version.source,
                "macro_f1": float(version.tags["reviewloop.macro_f1"]),
                "gate_report_uri": version.tags["reviewloop.gate_report_uri"],
            }
        )
    except KeyError as error:
        raise PermanentError(f"version {version.version}: no tag {error}; it was not registered by this loop") from None
