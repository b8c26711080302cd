"""The same training from several seeds: the best on the validation part is the result, and the spread is told."""

import json
import logging
import shutil
import statistics
from functools import partial
from pathlib import Path
from typing import Any

from reviewloop.files import write_folder, write_json
from reviewloop.training import loop
from reviewloop.training.exhaustion import disk_needed
from reviewloop.training.job import CHECKPOINTS, METRICS, MODEL, RESULT, WATCH, Job, run_folders
from reviewloop.training.ranks import Ranks

log = logging.getLogger("finetune")


def run_seeds(job: Job, ranks: Ranks) -> None:
    """Train every seed of ``job``, one after the other, to one result; goes on where it was killed.

    A single seed trains in ``output`` itself. Of several, each has its folder, and what the best left is copied up.
    """
    if job.num_seeds == 1:
        loop.run(job, ranks)
        return
    for number, folder in enumerate(run_folders(job)):
        loop.run(job.model_copy(update={"seed": job.seed + number, "num_seeds": 1, "output": folder}), ranks)
        if ranks.first:
            _keep_the_result_only(folder)
    if ranks.first:
        _choose(job)
    ranks.wait()


def _keep_the_result_only(folder: Path) -> None:
    """What a finished run needed to go on: several times the model's size, for each seed."""
    for path in [folder / CHECKPOINTS, *folder.glob("epoch-*")]:
        shutil.rmtree(path, ignore_errors=True)


def _choose(job: Job) -> None:
    """The best seed's model, metrics and watch into ``output``, and the result of all seeds written last."""
    results: list[dict[str, Any]] = []
    for number, folder in enumerate(run_folders(job)):
        results.append(json.loads((folder / RESULT).read_text(encoding="utf-8")) | {"seed": job.seed + number})
    best = max(results, key=lambda result: float(result["validation_macro_f1"]))
    source = job.output / f"seed-{best['seed']}"
    size = sum(path.stat().st_size for name in (MODEL, WATCH) for path in (source / name).rglob("*") if path.is_file())
    with disk_needed(job.output, size):
        for name in (MODEL, WATCH):
            if (source / name).is_dir():
                write_folder(job.output / name, partial(shutil.copytree, source / name, dirs_exist_ok=True))
        shutil.copyfile(source / METRICS, job.output / METRICS)
        metrics = [float(result["validation_macro_f1"]) for result in results]
        mean, spread = statistics.fmean(metrics), statistics.stdev(metrics)
        told = {"seeds": results, "validation_macro_f1_mean": mean, "validation_macro_f1_std": spread}
        write_json(job.output / RESULT, best | told)
    log.info("%d seeds: macro-F1 %.4f, standard deviation %.4f; the best is seed %d", len(metrics), mean, spread, best["seed"])
