"""The folders of a training container, as SageMaker lays them out, and how the program is told of them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reviewloop.adapters.jobs.program import PARTS


@dataclass(frozen=True)
class Layout:
    """Names of the places under ``root``."""

    root: Path

    def channel(self, part: str) -> Path:
        """The folder that holds the Parquet file of one part."""
        return self.root / "input" / "data" / part

    @property
    def model(self) -> Path:
        """The finished model folder."""
        return self.root / "model"

    @property
    def data(self) -> Path:
        """Everything else that is kept of a finished job: result, metrics, watch files."""
        return self.root / "output" / "data"

    @property
    def checkpoints(self) -> Path:
        """The folder that the program works in: what a job that is started again goes on from."""
        return self.root / "checkpoints"

    def variables(self, parameters: Mapping[str, Any]) -> dict[str, str]:
        """What tells the program, in its script mode, of the folders and of what it is to do."""
        places = {f"SM_CHANNEL_{part.upper()}": self.channel(part) for part in PARTS} | {
            "SM_MODEL_DIR": self.model,
            "SM_OUTPUT_DIR": self.data.parent,
            "SM_OUTPUT_DATA_DIR": self.data,
            "SM_CHECKPOINT_DIR": self.checkpoints,
        }
        return {name: str(place) for name, place in places.items()} | {"SM_HPS": json.dumps(dict(parameters))}


def as_texts(parameters: Mapping[str, Any]) -> dict[str, str]:
    """Hyperparameters as SageMaker takes them: a text each, JSON where it is none."""
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in parameters.items()}
