"""The job file: everything the fine-tune program needs to know, and the names of the files it leaves."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import Field, ValidationError, model_validator

from reviewloop.config import FinetuneConfig
from reviewloop.core.statistics.metrics import NUM_CLASSES
from reviewloop.errors import ConfigError

RESULT: Final = "result.json"
"""Written last: where it exists, ``model/`` is complete."""
FAILURE: Final = "failure.json"
"""Written when the program itself fails; a killed program leaves neither this nor a result."""
METRICS: Final = "metrics.jsonl"
MODEL: Final = "model"
CHECKPOINTS: Final = "checkpoints"
WATCH: Final = "watch"
"""What the debugger and the profiler saw: see ``reviewloop.training.watch``."""
PASSES: Final = "passes.json"
"""Left by a run that was out of memory: how many passes make a step from then on."""


_MAX_SHOWN: Final = 80
"""Characters of a wrong value in its line; a whole section would hide the rest."""


class Job(FinetuneConfig):
    """One fine-tune, of one seed or several."""

    base_model: str
    """A folder, ``package:NAME``, or a hub id with its revision."""
    base_model_pin: str = ""
    """Which weights these must be (see ``models.encoder.pretrained.pin``); with nothing said, those that are found are taken."""
    train: Path
    """A Parquet file, or a folder of them, read in the order of their names."""
    validation: Path
    output: Path
    labels: tuple[str, ...] = Field(min_length=2, max_length=NUM_CLASSES)
    max_seq_length: int = Field(ge=8)
    """Tokens a text is cut to, the special ones included."""
    seed: int = Field(ge=0)
    num_seeds: int = Field(ge=1)
    """Trainings with ``seed``, ``seed`` + 1, ...; with more than one, each has its own folder ``seed-<n>`` in ``output``."""
    log_every_steps: int = Field(default=10, ge=1)

    @model_validator(mode="after")
    def _passes_have_rows(self) -> "Job":
        if self.accumulation > self.batch_size:
            raise ValueError(f"accumulation: {self.accumulation} is above batch_size {self.batch_size}; a pass needs a row")
        return self

    @property
    def rows_per_pass(self) -> int:
        """The most rows that the model reads at once, before ranks share them."""
        return -(-self.batch_size // self.accumulation)


def epoch_folder(output: Path, epoch: int) -> Path:
    """Where the model of ``epoch`` (from 0) is kept while it may be the best."""
    return output / f"epoch-{epoch}"


def run_folders(job: Job) -> list[Path]:
    """Where each seed's run leaves its metrics and its watch: ``output`` itself for a single seed."""
    if job.num_seeds == 1:
        return [job.output]
    return [job.output / f"seed-{seed}" for seed in range(job.seed, job.seed + job.num_seeds)]


def parse_job(values: Mapping[str, Any], source: str) -> Job:
    """The job. Raises ``ConfigError`` with one line: each wrong key, what is wrong with it, and what was found."""
    try:
        return Job.model_validate(values)
    except ValidationError as error:
        lines = [_explain(dict(one)) for one in error.errors(include_url=False)]
        raise ConfigError(f"{source}: " + "; ".join(lines)) from None


def _explain(error: Mapping[str, Any]) -> str:
    name = ".".join(str(part) for part in error["loc"])
    if not name:  # a check of several fields; its message names them
        return str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "missing":
        return f"{name}: missing, and it has no default"
    found = repr(error["input"])
    shown = found if len(found) <= _MAX_SHOWN else f"{found[:_MAX_SHOWN]}..."
    return f"{name}: {str(error['msg']).removeprefix('Value error, ')} (found {shown})"


def read_job(path: Path) -> Job:
    """The job in a file; raises ``ConfigError`` as ``parse_job`` does, also where there is no such file or no JSON in it."""
    try:
        return parse_job(json.loads(path.read_text(encoding="utf-8")), path.name)
    except FileNotFoundError:
        raise ConfigError(f"--job: {path}: no such file") from None
    except json.JSONDecodeError as error:
        raise ConfigError(f"--job: {path}: not JSON: {error}") from None
