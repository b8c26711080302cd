"""The dataset that the made-up reviews are of."""

from typing import Final

from reviewloop.config import load_config
from reviewloop.settings import settings
from reviewloop_local.errors import LocalError

DATASET: Final = "womens_clothing"


def require_dataset(instead: str) -> None:
    """Raises ``LocalError`` where the profile is of another dataset, to which the made-up reviews mean nothing.

    ``instead`` says what to do then.
    """
    configured = load_config().dataset.contract
    if configured != DATASET:
        profile = f"REVIEWLOOP_PROFILE: {settings().profile} is of the dataset {configured}"
        raise LocalError(f"{profile}, and the made-up reviews are of {DATASET}; {instead}")
