"""One run of the training loop: one seed, from its last checkpoint to its result."""

import logging
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from functools import partial

import torch
from transformers import set_seed

from reviewloop.errors import PermanentError
from reviewloop.training import checkpoints, epochs
from reviewloop.training.checkpoints import Position
from reviewloop.training.data.batches import epoch_batches
from reviewloop.training.data.data import EncodedPart, read_part
from reviewloop.training.data.passes import Batch, make_batch
from reviewloop.training.data.prefetch import prefetched
from reviewloop.training.exhaustion import disk_needed
from reviewloop.training.job import CHECKPOINTS, METRICS, RESULT, WATCH, Job
from reviewloop.training.optimisation.layers import to_training
from reviewloop.training.optimisation.step import Learner, make_learner, train_step
from reviewloop.training.progress import Progress
from reviewloop.training.ranks import Ranks
from reviewloop.training.validation import validate
from reviewloop.training.watch.watcher import Watcher
from reviewloop.training.weights import check_weights

log = logging.getLogger("finetune")


@dataclass(frozen=True)
class SeedTraining:
    """What does not change while a run lasts."""

    job: Job
    ranks: Ranks
    learner: Learner
    train: EncodedPart
    validation: EncodedPart
    progress: Progress
    watcher: Watcher

    @property
    def num_batches(self) -> int:
        """Optimiser steps of one epoch."""
        return -(-len(self.train) // self.job.batch_size)

    @property
    def num_steps(self) -> int:
        """Optimiser steps of the whole run."""
        return self.num_batches * self.job.epochs

    @property
    def pad_id(self) -> int:
        """The token that fills short rows up."""
        return self.learner.model.config.pad_token_id or 0


def run(job: Job, ranks: Ranks) -> None:
    """Train one seed to its result; does nothing where the result is there."""
    if (job.output / RESULT).exists():
        log.info("%s is there: nothing to do", job.output / RESULT)
        return
    job.output.mkdir(parents=True, exist_ok=True)
    check_weights(job)
    set_seed(job.seed)
    train = read_part(job.train, job.max_seq_length, len(job.labels))
    validation = read_part(job.validation, job.max_seq_length, len(job.labels))
    learner = make_learner(job, ranks, (train, validation))
    position = checkpoints.resume(job.output / CHECKPOINTS, learner.model, learner.optimiser)
    if position.step != ranks.share(position.step):
        raise PermanentError(f"{job.output}: rank {ranks.rank} sees other checkpoints here than rank 0; all must share the folder")
    world = {"rank": ranks.rank, "world_size": ranks.world_size}
    with disk_needed(job.output, checkpoints.num_bytes_of_run(learner.model)):
        with Watcher(job.watch, learner.model, job.output / WATCH, start_step=position.step, **world) as watcher:
            this = SeedTraining(job, ranks, learner, train, validation, Progress(job.output / METRICS), watcher)
            rows = f"{len(train)} training rows, {this.num_steps} steps, seed {job.seed}"
            log.info("%s, on %d x %s, %d threads", rows, ranks.world_size, learner.model.device, torch.get_num_threads())
            position = _run_epochs(this, position)
        if ranks.first:
            epochs.finish(job, position)
    ranks.wait()


def _run_epochs(run: SeedTraining, position: Position) -> Position:
    for epoch in range(position.step // run.num_batches, run.job.epochs):
        if position.stopped_by:
            break
        position = _train(run, epoch, position)
        # A run that a rule stopped in the middle of an epoch needs metrics only if it has no model yet.
        if position.step == (epoch + 1) * run.num_batches or position.best_epoch < 0:
            position = _mark(run, epoch, position)
        _checkpoint(run, position)
        if run.ranks.first:
            epochs.drop_beaten(run.job)
    return position


def _train(run: SeedTraining, epoch: int, position: Position) -> Position:
    """From ``position`` to the end of ``epoch``, or to where a rule stops the run."""
    job, every = run.job, run.job.log_every_steps
    to_training(run.learner.model)
    first = position.step - epoch * run.num_batches
    batches = _batches(run, epoch, first)
    loss_sum = torch.tensor(position.loss_sum, dtype=torch.float64, device=run.learner.model.device)
    since, seen = time.monotonic(), 0
    for number in range(first + 1, run.num_batches + 1):
        run.watcher.begin_step(position.step)
        with run.watcher.phase("data"):
            batch = next(batches)
        step = train_step(run.learner, batch, position.step, run.num_steps, run.watcher)
        run.watcher.end_step(
            loss=step.loss,
            labels=batch.labels,
            num_tokens=batch.num_tokens,
            learning_rate=step.learning_rate,
            gradient_norm=step.gradient_norm,
        )
        loss_sum += step.loss
        position = replace(position, step=position.step + 1)
        seen += batch.num_rows
        if position.step % every == 0 and run.ranks.first:
            values = {"loss": step.loss.item(), "learning_rate": step.learning_rate}  # waits for a GPU, so before the clock is read
            rate = seen / (time.monotonic() - since)
            run.progress.write("train", position.step, run.num_steps, **values, samples_per_second=round(rate, 2))
            since, seen = time.monotonic(), 0
        # Several ranks agree on a stop only where the watcher looks, for agreeing costs a wait.
        if run.ranks.world_size == 1 or position.step % job.watch.every_steps == 0:
            position = replace(position, stopped_by=_stopped_by(run))
        if position.stopped_by:
            break
        if position.step % job.checkpoint_every_steps == 0 and number < run.num_batches:
            _checkpoint(run, replace(position, loss_sum=loss_sum.item()))
    return replace(position, loss_sum=loss_sum.item())


def _batches(run: SeedTraining, epoch: int, first: int) -> Iterator[Batch]:
    """The batches of ``epoch`` from number ``first``; made ahead for a GPU, while on a CPU that would take its cores."""
    rows = epoch_batches(run.train.lengths, run.job.batch_size, run.job.seed, epoch)[first:]
    on_gpu = run.learner.model.device.type == "cuda"
    make = partial(make_batch, part=run.train, job=run.job, ranks=run.ranks, pad_id=run.pad_id, pinned=on_gpu)
    return prefetched(make, rows) if on_gpu else map(make, rows)


def _stopped_by(run: SeedTraining) -> str:
    """The rule that ends the run now, or nothing; the first rank's word holds."""
    return run.ranks.share((run.watcher.stopped_by or "a rule") if run.watcher.stop_requested else "")


def _mark(run: SeedTraining, epoch: int, position: Position) -> Position:
    """Mark the model on the validation part, keep it if it is the best so far, and see whether to go on."""
    job, model = run.job, run.learner.model
    metrics = None
    if run.ranks.first:
        metrics = validate(model, run.validation, job.rows_per_pass, run.pad_id, job.max_seq_length)
        run.progress.write("validation", position.step, run.num_steps, epoch=epoch + 1, **asdict(metrics))
        if epochs.is_best(position, metrics):
            epochs.keep(job, epoch, model, metrics)
    metrics = run.ranks.share(metrics)
    assert metrics is not None  # noqa: S101  the first rank has them, and shared them
    num_steps = position.step - epoch * run.num_batches
    run.watcher.end_epoch(epoch + 1, position.step, position.loss_sum / num_steps, metrics)
    position = epochs.after_epoch(job, epoch, position, metrics)
    return position if position.stopped_by else replace(position, stopped_by=_stopped_by(run))


def _checkpoint(run: SeedTraining, position: Position) -> None:
    if run.ranks.first:
        checkpoints.save(run.job.output / CHECKPOINTS, position, run.learner.model, run.learner.optimiser)
