"""SageMaker's script mode: the same program where SageMaker, or anything that keeps its contract, starts the container.

There is no job file then. Folders come from the ``SM_*`` variables, or are those of SageMaker's containers. What the job
file would say comes as hyperparameters: each field of the job but its folders is one, under its own name. They are laid
over the project's configuration (``training.transformer``, and ``training.seed``), those of the command line (``--epochs 3``)
over those of ``SM_HPS``. ``max_seq_length`` has no default, for it belongs to the features. Values may be strings, as
SageMaker sends them; ``watch`` and ``labels`` are JSON.
"""

import argparse
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from reviewloop.config import load_config, overlay
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.errors import ConfigError
from reviewloop.models.encoder.pretrained import pretrained
from reviewloop.training.job import METRICS, MODEL, RESULT, WATCH, Job, parse_job
from reviewloop.training.progress import METRIC_DEFINITIONS

__all__ = ["HYPERPARAMETERS", "METRIC_DEFINITIONS", "export", "read_job", "tell_failure"]

FOLDERS: Final = {
    "SM_CHANNEL_TRAIN": "/opt/ml/input/data/train",
    "SM_CHANNEL_VALIDATION": "/opt/ml/input/data/validation",
    "SM_INPUT_CONFIG_DIR": "/opt/ml/input/config",
    "SM_CHECKPOINT_DIR": "/opt/ml/checkpoints",
    "SM_MODEL_DIR": "/opt/ml/model",
    "SM_OUTPUT_DIR": "/opt/ml/output",
    "SM_OUTPUT_DATA_DIR": "/opt/ml/output/data",
}
"""Variables of SageMaker's training toolkit (``SM_CHECKPOINT_DIR`` is ours), and where its containers have these folders."""
HYPERPARAMETERS: Final = tuple(name for name in Job.model_fields if name not in {"train", "validation", "output"})
SAGEMAKERS_OWN: Final = "sagemaker_"
"""Hyperparameters of these names are meant for SageMaker's toolkit."""
JOB: Final = "job.json"
FAILURE_LENGTH: Final = 1024
"""Characters of a failure's reason that SageMaker shows."""


def read_job(words: Sequence[str]) -> Job:
    """The job told by the environment and the command line's ``words``.

    Raises ``ConfigError`` in one line for a hyperparameter that is unknown, missing or wrong, and where no data are.
    """
    train, validation = _folder("SM_CHANNEL_TRAIN"), _folder("SM_CHANNEL_VALIDATION")
    for variable, folder in (("SM_CHANNEL_TRAIN", train), ("SM_CHANNEL_VALIDATION", validation)):
        if not folder.exists():
            raise ConfigError(f"{variable}: {folder}: no such folder; name a job with --job, or this folder as SageMaker does")
    told = {**_sent(), **_typed(words)}
    for name in told:
        if name not in HYPERPARAMETERS:
            raise ConfigError(f"hyperparameter {name}: unknown; allowed are {', '.join(HYPERPARAMETERS)}")
    values = overlay(_defaults(), {name: _decoded(value) for name, value in told.items()})
    values |= {"train": train, "validation": validation, "output": _folder("SM_CHECKPOINT_DIR")}
    values["base_model"] = pretrained(str(values["base_model"]))
    return parse_job(values, "hyperparameters")


def export(job: Job) -> None:
    """The model to where SageMaker packs it from, and what tells of the run to where it packs the output; may be repeated."""
    model, data = _folder("SM_MODEL_DIR"), _folder("SM_OUTPUT_DATA_DIR")
    shutil.copytree(job.output / MODEL, model, dirs_exist_ok=True)
    data.mkdir(parents=True, exist_ok=True)
    (data / JOB).write_text(job.model_dump_json(indent=2), encoding="utf-8")
    for name in (RESULT, METRICS):
        shutil.copyfile(job.output / name, data / name)
    if (job.output / WATCH).is_dir():
        shutil.copytree(job.output / WATCH, data / WATCH, dirs_exist_ok=True)


def tell_failure(reason: str) -> None:
    """The reason to where SageMaker reads it for the job's description, if there is such a place."""
    folder = _folder("SM_OUTPUT_DIR")
    with suppress(OSError):  # the failure itself is what matters, and the log has it too
        if "SM_OUTPUT_DIR" in os.environ:
            folder.mkdir(parents=True, exist_ok=True)
        if folder.is_dir():
            (folder / "failure").write_text(reason[:FAILURE_LENGTH], encoding="utf-8")


def _folder(variable: str) -> Path:
    return Path(os.environ.get(variable, FOLDERS[variable]))


def _defaults() -> dict[str, Any]:
    training = load_config().training
    values = training.transformer.model_dump(mode="json", exclude={"model"})
    return values | {"base_model": training.transformer.model, "seed": training.seed, "labels": list(SENTIMENTS)}


def _sent() -> dict[str, Any]:
    """Hyperparameters from ``SM_HPS``; without it, from the file that SageMaker gives every container."""
    file = _folder("SM_INPUT_CONFIG_DIR") / "hyperparameters.json"
    text = os.environ.get("SM_HPS") or (file.read_text(encoding="utf-8") if file.is_file() else "{}")
    try:
        values = json.loads(text)
    except json.JSONDecodeError as error:
        raise ConfigError(f"SM_HPS: not JSON: {error}") from None
    if not isinstance(values, Mapping):
        raise ConfigError(f"SM_HPS: expected an object of hyperparameters, found {type(values).__name__}")
    return {name: value for name, value in values.items() if not name.startswith(SAGEMAKERS_OWN)}


def _typed(words: Sequence[str]) -> dict[str, str]:
    """Hyperparameters from the command line, with dashes or underscores."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, argument_default=argparse.SUPPRESS, exit_on_error=False)
    for name in HYPERPARAMETERS:
        parser.add_argument(*{f"--{name}", f"--{name.replace('_', '-')}"}, dest=name)
    # SageMaker starts a container that names no program of its own with the one word `train`.
    try:
        known, unknown = parser.parse_known_args(words[1:] if words[:1] == ["train"] else words)
    except argparse.ArgumentError as error:
        raise ConfigError(f"hyperparameter {error}") from None
    if unknown:
        raise ConfigError(f"hyperparameter {unknown[0].lstrip('-')}: unknown; allowed are {', '.join(HYPERPARAMETERS)}")
    return dict(vars(known))


def _decoded(value: Any) -> Any:
    """SageMaker sends strings; where one holds JSON of more than a number, that is meant."""
    if isinstance(value, str) and value.lstrip()[:1] in {"{", "[", '"'}:
        with suppress(json.JSONDecodeError):
            return json.loads(value)
    return value
