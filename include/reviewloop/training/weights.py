"""The pretrained weights that a training begins from: they must be those that it was asked to begin from."""

from reviewloop.errors import ConfigError
from reviewloop.models.encoder.pretrained import fetched, files_digest, pin
from reviewloop.training.job import Job


def check_weights(job: Job) -> None:
    """Raises ``ConfigError`` where ``job.base_model`` names other weights here than ``job.base_model_pin`` says."""
    found = pin(job.base_model)
    if job.base_model_pin not in ("", found):
        what = f"is {found} on this machine, and {job.base_model_pin} where the training began"
        raise ConfigError(f"base_model: {job.base_model} {what}; have the same weights at both places, or begin a new training")


def weights_digest(job: Job) -> str:
    """SHA-256, in hex, of the files that the training reads; see ``models.encoder.pretrained.files_digest``."""
    return files_digest(fetched(job.base_model))
