"""Fine-tune a transformer: ``python -m reviewloop.training.finetune --job job.json``.

A program of its own, so that the same command runs on a laptop, in a container and on a GPU machine. It reads two Parquet
files, leaves a model folder, and writes ``result.json`` last. Killed at any moment and started again, it goes on from its
last checkpoint and, on a CPU, ends with the same weights bit for bit.
"""

import argparse
import logging
import shutil
import sys
import time
import traceback
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from transformers import PreTrainedModel, set_seed

from reviewloop.training import checkpoints
from reviewloop.training.batches import epoch_batches, pad
from reviewloop.training.checkpoints import Position
from reviewloop.training.data import Part, read_part
from reviewloop.training.device import autocast, pick_device
from reviewloop.training.files import write_folder, write_json
from reviewloop.training.job import CHECKPOINTS, FAILURE, METRICS, MODEL, RESULT, Job, read_job
from reviewloop.training.model import load_classifier, make_optimiser, save_model_folder, schedule
from reviewloop.training.progress import Progress
from reviewloop.training.validation import validate

log = logging.getLogger("finetune")
MAX_GRADIENT_NORM = 1.0


def train_step(
    model: PreTrainedModel, optimiser: torch.optim.Optimizer, part: Part, rows: np.ndarray, pad_id: int, limit: int
) -> float:
    """One optimiser step on ``rows``; returns the weighted mean cross entropy in nats. Weights have mean 1 over the part."""
    ids, mask = pad([part.tokens[row] for row in rows], pad_id, limit)
    labels = torch.from_numpy(part.labels[rows]).to(model.device)
    weights = torch.from_numpy(part.weights[rows]).to(model.device)
    with autocast(model.device):
        logits = model(input_ids=ids.to(model.device), attention_mask=mask.to(model.device)).logits
    losses = torch.nn.functional.cross_entropy(logits.float(), labels, reduction="none")
    loss = (losses * weights).mean()
    optimiser.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(model.parameters(), MAX_GRADIENT_NORM)
    optimiser.step()
    return loss.item()


def finetune(job: Job) -> None:
    """Run ``job`` to its result; does nothing where the result is there."""
    output = job.output
    if (output / RESULT).exists():
        log.info("%s is there: nothing to do", RESULT)
        return
    set_seed(job.seed)
    train = read_part(job.train, job.max_seq_length, len(job.labels))
    validation = read_part(job.validation, job.max_seq_length, len(job.labels))
    device = pick_device()
    model = load_classifier(job.base_model, job.labels).to(device)
    optimiser = make_optimiser(model, job)
    pad_id = model.config.pad_token_id or 0
    num_batches = -(-len(train) // job.batch_size)
    num_steps = job.epochs * num_batches
    log.info("%d training rows, %d steps, on %s, %d threads", len(train), num_steps, device, torch.get_num_threads())

    position = checkpoints.resume(output / CHECKPOINTS, model, optimiser)
    progress = Progress(output / METRICS)
    for epoch in range(position.step // num_batches, job.epochs):
        batches = epoch_batches(train.lengths, job.batch_size, job.seed, epoch)
        model.train()
        since, seen = time.monotonic(), 0
        for batch in range(position.step - epoch * num_batches, num_batches):
            factor = schedule(position.step, num_steps, job.warmup_share)
            for group in optimiser.param_groups:
                group["lr"] = group["peak"] * factor
            loss = train_step(model, optimiser, train, batches[batch], pad_id, job.max_seq_length)
            position = position.at(position.step + 1)
            seen += len(batches[batch])
            if position.step % job.log_every_steps == 0:
                rate = seen / (time.monotonic() - since)
                values = {"loss": loss, "learning_rate": job.learning_rate * factor, "samples_per_second": round(rate, 2)}
                progress.write("train", position.step, num_steps, **values)
                since, seen = time.monotonic(), 0
            if position.step % job.checkpoint_every_steps == 0 and batch + 1 < num_batches:
                checkpoints.save(output / CHECKPOINTS, position, model, optimiser)
        position = end_epoch(job, epoch, position, model, validation, progress, num_steps)
        checkpoints.save(output / CHECKPOINTS, position, model, optimiser)
    finish(job, position)


def end_epoch(
    job: Job, epoch: int, position: Position, model: PreTrainedModel, validation: Part, progress: Progress, num_steps: int
) -> Position:
    """Mark the epoch on the validation part and keep its weights if they are the best so far."""
    marks = validate(model, validation, job.batch_size, model.config.pad_token_id or 0, job.max_seq_length)
    progress.write("validation", position.step, num_steps, epoch=epoch + 1, **asdict(marks))
    log.info("epoch %d: validation accuracy %.4f, macro-F1 %.4f", epoch + 1, marks.accuracy, marks.macro_f1)
    if marks.macro_f1 <= position.best_macro_f1:
        return position
    about = {"base_model": Path(job.base_model).name, "epoch": epoch + 1, "validation": asdict(marks)}
    write_folder(job.output / f"epoch-{epoch}", lambda folder: save_model_folder(folder, job, model, about))
    return Position(position.step, epoch, marks.macro_f1)


def finish(job: Job, position: Position) -> None:
    """The best epoch's folder becomes ``model/``; the result is written after it."""
    best = job.output / f"epoch-{position.best_epoch}"

    def copy(folder: Path) -> None:
        shutil.copytree(best, folder, dirs_exist_ok=True)

    write_folder(job.output / MODEL, copy)
    write_json(
        job.output / RESULT,
        {"steps": position.step, "best_epoch": position.best_epoch + 1, "validation_macro_f1": position.best_macro_f1},
    )
    log.info("done: best epoch %d, validation macro-F1 %.4f", position.best_epoch + 1, position.best_macro_f1)


def main() -> int:
    """The command line; 0 when the result is there."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--job", type=Path, required=True, help="the job file (see reviewloop.training.job)")
    job = read_job(parser.parse_args().job)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    job.output.mkdir(parents=True, exist_ok=True)
    try:
        finetune(job)
    except Exception as error:
        # The parent may be gone by now; this file tells whoever reconnects that another start would fail the same way.
        write_json(job.output / FAILURE, {"error": f"{type(error).__name__}: {error}", "trace": traceback.format_exc()})
        raise
    return 0


if __name__ == "__main__":
    sys.exit(main())
