"""How a fine-tune is described to the place that runs it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class JobSpec:
    """One fine-tune, wherever it runs."""

    name: str
    """Derived from the training's key: whoever submits the same training again uses the same name."""
    features_uri: str
    """The published features, with ``train.parquet`` and ``validation.parquet``."""
    parameters: Mapping[str, Any]
    """The fields of the program's job file but for its paths. ``base_model`` is as configured: it is found where the job runs."""
    num_gpus: int
    """0 takes what the machine has."""
