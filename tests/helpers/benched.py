"""A benchmark small enough for tests: the tiny BERT, and laps that are made up."""

import shutil
from pathlib import Path

from reviewloop_local.bench.machine import Machine
from reviewloop_local.bench.race import Lap
from reviewloop_local.bench.ratios import Turn
from reviewloop_local.bench.recipe import Recipe

MACHINE = Machine(
    processor="a processor", num_threads=2, gpu=None, torch="2.13.0", transformers="5.23.0", num_multiplied=10_000_000
)


def make_recipe(folder: Path, **changes: object) -> Recipe:
    """400 rows in batches of 8; no files."""
    values = {
        "folder": folder,
        "base_model": "nowhere",
        "num_train_rows": 400,
        "mean_tokens": 50.0,
        "max_seq_length": 64,
        "epochs": 2,
        "batch_size": 8,
        "learning_rate": 5e-3,
        "head_learning_rate": 5e-3,
        "seed": 7,
        "turn_steps": 10,
    }
    return Recipe.model_validate({**values, **changes})


def write_inputs(recipe: Recipe, parts: Path) -> None:
    """The tiny BERT's rows as the benchmark's three parts, and the recipe's own file."""
    recipe.part("train").parent.mkdir(parents=True)
    shutil.copy(parts / "train.parquet", recipe.part("train"))
    for name in ("validation", "held_out"):
        shutil.copy(parts / "validation.parquet", recipe.part(name))
    recipe.path.write_text(recipe.model_dump_json())


def make_lap(*seconds: float, **changes: object) -> Lap:
    """A finished lap whose turns of 80 rows took ``seconds``; the first is the one that is not counted."""
    turns = [Turn(taken, num_tokens=4000, num_read=5000, memory_mb=1500.0) for taken in seconds]
    values = {"turns": turns, "seconds": sum(seconds) + 9.0, "warm_up_seconds": seconds[0], "finished": True}
    return Lap(**{**values, **changes})
