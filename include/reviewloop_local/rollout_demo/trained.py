"""The one training of the demonstration."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from reviewloop.adapters.lake.frames import to_parquet
from reviewloop.config import Config
from reviewloop.core.dataset.model_inputs import model_inputs
from reviewloop.core.digests import bytes_digest
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.files import write_json
from reviewloop.models.encoder.pretrained import fetched
from reviewloop.models.encoder.tokenizer import load_tokenizer
from reviewloop.training.job import MODEL, RESULT, Job
from reviewloop_local.errors import LocalError
from reviewloop_local.rollout_demo.replayed import Replay

EPOCHS: Final = 2
"""Enough for a model that is worth a rollout."""
Say = Callable[[str], None]


def trained(replay: Replay, config: Config, kept: Path, say: Say) -> Path:
    """The folder of the model, trained under ``kept`` unless it is there: by the program and with the knobs of the product.

    Raises ``LocalError`` with the place of the log where the training fails.
    """
    settings = config.training.transformer
    inputs = model_inputs(replay.train, replay.validation, load_tokenizer(settings.model), config.features)
    train = to_parquet(inputs.train[["input_ids", "label", "weight"]])
    validation = to_parquet(inputs.validation[["input_ids", "label"]])
    knobs = settings.model_dump(mode="json", exclude={"model"}) | {
        "base_model": str(fetched(settings.model)), "labels": list(SENTIMENTS), "max_seq_length": inputs.max_seq_length,
        "seed": config.training.seed, "num_seeds": 1, "epochs": EPOCHS,
    }  # fmt: skip
    folder = kept / bytes_digest(repr(sorted(knobs.items())).encode() + train + validation)[:16]
    if not (folder / RESULT).exists():
        say(f"training on {len(inputs.train):,} reviews; kept for the next time; its log: {folder / 'training.log'}")
        for other in kept.glob("*"):
            if other != folder:
                shutil.rmtree(other)  # of reviews, or of a configuration, that is not asked for any more
        _train(folder, knobs, train, validation)
    return folder / MODEL


def _train(folder: Path, knobs: dict[str, object], train: bytes, validation: bytes) -> None:
    paths = {
        "train": str(_written(folder / "train.parquet", train)),
        "validation": str(_written(folder / "validation.parquet", validation)),
        "output": str(folder),
    }
    job = Job.model_validate({field: value for field, value in {**knobs, **paths}.items() if field in Job.model_fields})
    write_json(folder / "job.json", job.model_dump(mode="json"))
    with (folder / "training.log").open("ab") as sink:
        command = [sys.executable, "-m", "reviewloop.training.finetune", "--job", str(folder / "job.json")]
        done = subprocess.run(command, env=os.environ, stdout=sink, stderr=sink, check=False)  # noqa: S603
    if done.returncode:
        raise LocalError(f"the training failed: see {folder / 'training.log'}")


def _written(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path
