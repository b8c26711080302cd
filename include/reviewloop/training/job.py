"""The job file: everything the fine-tune program needs to know, and the names of the files it leaves."""

import json
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

RESULT: Final = "result.json"
"""Written last: where it exists, ``model/`` is complete."""
FAILURE: Final = "failure.json"
"""Written when the program itself fails; a killed program leaves neither this nor a result."""
METRICS: Final = "metrics.jsonl"
MODEL: Final = "model"
CHECKPOINTS: Final = "checkpoints"


class Job(BaseModel):
    """One fine-tune. ``base_model`` is a local folder or a Hugging Face id; learning rates are per optimiser step at the peak."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_model: str
    train: Path
    validation: Path
    output: Path
    labels: tuple[str, ...]
    max_seq_length: int = Field(ge=8)
    """Tokens a text is cut to, the special ones included."""
    seed: int
    epochs: int = Field(ge=1)
    batch_size: int = Field(ge=1)
    learning_rate: float = Field(gt=0)
    head_learning_rate: float = Field(gt=0)
    warmup_share: float = Field(ge=0, lt=1)
    weight_decay: float = Field(ge=0)
    checkpoint_every_steps: int = Field(ge=1)
    log_every_steps: int = Field(default=10, ge=1)


def read_job(path: Path) -> Job:
    """The job; raises ``pydantic.ValidationError`` naming each wrong key."""
    return Job.model_validate(json.loads(path.read_text(encoding="utf-8")))
