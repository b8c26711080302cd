"""The folders of a training container, as SageMaker lays them out, and how the program is told of them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from reviewloop.adapters.finetune_job import PARTS, command, environment
from reviewloop.adapters.tokenizer import pretrained

ROOT: Final = Path("/opt/ml")
NUM_GPUS: Final = "REVIEWLOOP_NUM_GPUS"


@dataclass(frozen=True)
class Layout:
    """Names of the places under ``root``."""

    root: Path

    def channel(self, part: str) -> Path:
        """The folder that holds the Parquet file of one part."""
        return self.root / "input" / "data" / part

    @property
    def hyperparameters(self) -> Path:
        """What the job was submitted with: JSON, every value a text."""
        return self.root / "input" / "config" / "hyperparameters.json"

    @property
    def model(self) -> Path:
        """The finished model folder."""
        return self.root / "model"

    @property
    def output(self) -> Path:
        """The reason of a failure, as the file ``failure``."""
        return self.root / "output"

    @property
    def data(self) -> Path:
        """Everything else that is kept of the job: result, metrics, watch files."""
        return self.output / "data"

    @property
    def checkpoints(self) -> Path:
        """What a job that is started again goes on from."""
        return self.root / "checkpoints"

    def start(self, parameters: Mapping[str, Any], num_gpus: int) -> tuple[list[str], dict[str, str]]:
        """The command that runs the program in script mode here, and what it needs in its environment; makes the folders."""
        for folder in (self.model, self.data, self.checkpoints):
            folder.mkdir(parents=True, exist_ok=True)
        base_model = pretrained(parameters["base_model"])
        places = {f"SM_CHANNEL_{part.upper()}": self.channel(part) for part in PARTS} | {
            "SM_MODEL_DIR": self.model,
            "SM_OUTPUT_DIR": self.output,
            "SM_OUTPUT_DATA_DIR": self.data,
            "SM_CHECKPOINT_DIR": self.checkpoints,
        }
        variables = {name: str(place) for name, place in places.items()}
        variables["SM_HPS"] = json.dumps({**parameters, "base_model": base_model})
        return command(num_gpus), environment(base_model) | variables


def as_texts(parameters: Mapping[str, Any]) -> dict[str, str]:
    """Hyperparameters as SageMaker takes them: a text each, JSON where it is none."""
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in parameters.items()}


def from_texts(texts: Mapping[str, str]) -> dict[str, Any]:
    """Undo ``as_texts``."""
    return {name: _value(text) for name, text in texts.items()}


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
