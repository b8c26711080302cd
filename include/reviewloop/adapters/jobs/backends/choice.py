"""The backend that the configuration asks for."""

from pathlib import Path

from reviewloop.adapters.jobs.backends.protocol import Backend
from reviewloop.config import BackendConfig
from reviewloop.errors import ConfigError
from reviewloop.settings import settings


def job_folders() -> Path:
    """Where jobs have their folders on this machine, each under its name."""
    return settings().work_dir / "jobs"


def backend_of(config: BackendConfig) -> Backend:
    """The backend of ``training.backend``. Raises ``ConfigError`` naming a setting that it needs and does not find, or a kind that
    nobody here knows: it must never run on this machine instead.
    """
    if config.kind == "sagemaker" and config.sagemaker:
        from reviewloop.adapters.jobs.backends.sagemaker import SageMakerBackend

        return SageMakerBackend(config.sagemaker)
    if config.kind == "batch" and config.batch:
        from reviewloop.adapters.jobs.backends.batch import BatchBackend

        return BatchBackend(config.batch)
    if config.kind == "kubernetes" and config.kubernetes:
        from reviewloop.adapters.jobs.backends.kubernetes import KubernetesBackend

        return KubernetesBackend(config.kubernetes)
    if config.kind == "local":
        from reviewloop.adapters.jobs.backends.local import LocalBackend

        return LocalBackend(job_folders())
    raise ConfigError(f"training.backend.kind: {config.kind!r} has no backend; give it one in adapters/jobs/backends/choice.py")
