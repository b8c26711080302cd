"""What every contender is given: the same rows, cut at the same length, the same epochs and the same batch size."""

from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

FILE: Final = "recipe.json"
MACHINE: Final = "machine.json"
PREDICTIONS: Final = "predictions.json"
WATCH_COST: Final = "watch_cost.json"
"""Files in the folder of a benchmark: what the programs are told, and what they found."""

Part = Literal["train", "validation", "held_out"]


class Recipe(BaseModel):
    """One benchmark. Each contender leaves its model in ``folder/NAME/model``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: Path
    base_model: str
    """A folder, as ``from_pretrained`` takes it."""
    num_train_rows: int
    mean_tokens: float
    """Tokens of a training row, special ones included, padding left out."""
    max_seq_length: int = Field(ge=8)
    """Tokens at which every row is cut, for every contender."""
    epochs: int = Field(ge=1)
    batch_size: int = Field(ge=1)
    learning_rate: float = Field(gt=0)
    head_learning_rate: float = Field(gt=0)
    """Ours alone has this knob."""
    seed: int
    turn_steps: int = Field(ge=1)
    """Optimiser steps that a contender runs before the next one has its turn."""

    @model_validator(mode="after")
    def _whole_batches(self) -> "Recipe":
        if self.num_train_rows % self.batch_size or self.steps_per_epoch < 2:
            raise ValueError(f"num_train_rows: {self.num_train_rows} is not two or more batches of {self.batch_size}")
        return self

    @property
    def steps_per_epoch(self) -> int:
        """Optimiser steps, all of the same number of rows."""
        return self.num_train_rows // self.batch_size

    @property
    def path(self) -> Path:
        """The file that holds this recipe."""
        return self.folder / FILE

    def part(self, name: Part) -> Path:
        """The Parquet file of one part: ``input_ids``, ``label`` and, in train, ``weight``."""
        return self.folder / "inputs" / f"{name}.parquet"

    def home(self, contender: str) -> Path:
        """The folder of one contender."""
        return self.folder / contender


def read_recipe(path: Path) -> Recipe:
    """The recipe; raises ``pydantic.ValidationError`` naming each wrong key."""
    return Recipe.model_validate_json(path.read_text(encoding="utf-8"))
