"""What an epoch leaves: its model where it is the best so far, and at the end the best one's."""

import logging
import math
import shutil
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

from transformers import PreTrainedModel

from reviewloop.errors import PermanentError
from reviewloop.files import SIZES, write_folder, write_json, write_sizes
from reviewloop.machine import arithmetic
from reviewloop.training import checkpoints
from reviewloop.training.checkpoints import Position
from reviewloop.training.job import CHECKPOINTS, MODEL, RESULT, Job, epoch_folder
from reviewloop.training.model_folder import save_model_folder
from reviewloop.training.validation import ValidationMetrics
from reviewloop.training.weights import weights_digest

log = logging.getLogger("finetune")
EARLY_STOPPING: Final = "early_stopping"


def is_best(position: Position, metrics: ValidationMetrics) -> bool:
    """Whether the epoch beats those before it; one whose loss is no number never does."""
    return math.isfinite(metrics.loss) and metrics.macro_f1 > position.best_macro_f1


def after_epoch(job: Job, epoch: int, position: Position, metrics: ValidationMetrics) -> Position:
    """The position once ``epoch`` (from 0) has its metrics, with ``stopped_by`` where enough epochs brought nothing better."""
    position = replace(position, loss_sum=0.0)
    if is_best(position, metrics):
        position = replace(position, best_epoch=epoch, best_macro_f1=metrics.macro_f1)
    waited = epoch - position.best_epoch
    if 0 < job.early_stopping_epochs <= waited and epoch + 1 < job.epochs and not position.stopped_by:
        log.info("no better epoch for %d epochs: stopping early", waited)
        position = replace(position, stopped_by=EARLY_STOPPING)
    return position


def keep(job: Job, epoch: int, model: PreTrainedModel, metrics: ValidationMetrics) -> None:
    """``model`` into the folder of ``epoch`` (from 0), whole."""
    base = {"base_model": Path(job.base_model).name, "base_model_digest": weights_digest(job)}
    about = {**base, "epoch": epoch + 1, "validation": asdict(metrics)}

    def fill(folder: Path) -> None:
        save_model_folder(folder, job, model, about)
        write_sizes(folder)

    write_folder(epoch_folder(job.output, epoch), fill)


def drop_beaten(job: Job) -> None:
    """Delete the models of epochs that no checkpoint calls the best any more."""
    found = checkpoints.whole(job.output / CHECKPOINTS)
    needed = {epoch_folder(job.output, checkpoints.read_position(path).best_epoch) for path in found}
    for folder in job.output.glob("epoch-*"):
        if folder not in needed:
            shutil.rmtree(folder)


def finish(job: Job, position: Position) -> None:
    """The best epoch's folder becomes ``model/``; the result is written after it.

    Raises ``PermanentError`` when no epoch has a model that gives numbers.
    """
    if position.best_epoch < 0:
        how = f"was stopped at step {position.step} by {position.stopped_by}" if position.stopped_by else "ended"
        rates = f"learning_rate ({job.learning_rate:g}) or head_learning_rate ({job.head_learning_rate:g})"
        raise PermanentError(f"the training {how} without a model whose validation loss is a number; lower {rates}")

    def copy(folder: Path) -> None:
        best = epoch_folder(job.output, position.best_epoch)
        shutil.copytree(best, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(SIZES))

    write_folder(job.output / MODEL, copy)
    result: dict[str, Any] = {
        "base_model_digest": weights_digest(job),
        "steps": position.step,
        "best_epoch": position.best_epoch + 1,
        "validation_macro_f1": position.best_macro_f1,
        "cpu": arithmetic(),
    }
    if position.stopped_by:
        result["stopped_by"] = position.stopped_by
    write_json(job.output / RESULT, result)
    log.info("done: best epoch %d, validation macro-F1 %.4f", position.best_epoch + 1, position.best_macro_f1)
