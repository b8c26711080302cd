"""Our fine-tuning program, the very one that the product runs; and the same with one part changed (see ``ablations``)."""

import runpy
import sys
from contextlib import nullcontext
from pathlib import Path
from unittest.mock import patch

from reviewloop.config import load_config
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.files import write_json
from reviewloop.training.job import MODEL, RESULT, Job
from reviewloop_local.bench.programs.ablations import CHANGES
from reviewloop_local.bench.programs.worker import main
from reviewloop_local.bench.recipe import Recipe

PROGRAM = "reviewloop.training.finetune"


def job(recipe: Recipe, output: Path) -> Job:
    """The job as configured, but for what the recipe fixes for every contender."""
    values = load_config().training.transformer.model_dump() | {
        "base_model": recipe.base_model,
        "train": recipe.part("train"),
        "validation": recipe.part("validation"),
        "output": output,
        "labels": SENTIMENTS,
        "max_seq_length": recipe.max_seq_length,
        "epochs": recipe.epochs,
        "batch_size": recipe.batch_size,
        "accumulation": 1,
        "learning_rate": recipe.learning_rate,
        "head_learning_rate": recipe.head_learning_rate,
        "early_stopping_epochs": 0,
        "seed": recipe.seed,
        "num_seeds": 1,
    }
    return Job.model_validate({name: value for name, value in values.items() if name in Job.model_fields})


def train(recipe: Recipe, name: str) -> None:
    """Run the program on a job file, in this process, so that it can be held between turns; keeps the best epoch."""
    output = recipe.home(name)
    path = output / "job.json"
    write_json(path, job(recipe, output).model_dump(mode="json"))
    change = CHANGES.get(name, nullcontext)
    with change(), patch.object(sys, "argv", [PROGRAM, "--job", str(path)]):
        try:
            runpy.run_module(PROGRAM, run_name="__main__")
        except SystemExit:
            if not (output / RESULT).exists():  # it failed, or the benchmark has seen enough of it
                raise
    if not (output / MODEL).is_dir():
        raise FileNotFoundError(f"{output / MODEL}: the program ended without a model")


if __name__ == "__main__":
    sys.exit(main(train))
