"""The program that tries settings of one kind: ``python -m reviewloop.adapters.leaderboard.search_program --job FILE``.

Trials of some numbers, of each number one in each part (``core.leaderboard.nested``). A trial is pruned between folds, by the
median of the others at the same fold. Beside the job file it leaves ``result.json`` when all have ended, or ``failure.json``.
"""

import math
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from reviewloop.adapters.jobs.process import RESULT
from reviewloop.adapters.leaderboard import study
from reviewloop.adapters.leaderboard.bounded import bounded_main, told
from reviewloop.adapters.leaderboard.program import ints, learner_of, seen_by, weights_of
from reviewloop.config import load_config
from reviewloop.core.leaderboard.nested import inner_splits, parts
from reviewloop.core.leaderboard.row import require_probabilities
from reviewloop.core.statistics.metrics import confusion, macro_f1
from reviewloop.files import write_json
from reviewloop.models.learners.protocol import Learner, Seen

if TYPE_CHECKING:
    from optuna import Trial
    from optuna.storages import RDBStorage


@dataclass(frozen=True)
class SearchJob:
    """What one process is told: trials ``first`` to ``stop - 1`` of the leaderboard ``key``; the rest as in ``program.Job``."""

    table: str
    learner: str
    rows: str
    shared: str
    seed: int
    seconds: float
    key: str
    first: int
    stop: int


def run(folder: Path, job: SearchJob) -> None:
    """Bring these trials to their ends, those that have not ended, and say so in ``folder``."""
    learner, rows, store = learner_of(job.table, job.learner), pd.read_parquet(job.rows), study.storage()
    seen, _ = seen_by(learner, rows, Path(job.shared))
    wanted = [(number, part) for number in range(job.first, job.stop) for part in parts(rows["fold"].nunique())]
    for number, part in wanted:
        trial = study.take(store, study.name_of(job.key, learner.name, part), number, job.seed)
        if trial is not None:
            tried(trial, store, learner, rows, seen, part, job.seed)
    write_json(folder / RESULT, {"first": job.first, "stop": job.stop})


def tried(trial: "Trial", store: "RDBStorage", learner: Learner, rows: pd.DataFrame, seen: Seen, part: str, seed: int) -> None:
    """Macro-F1 over the inner folds of ``part``, told fold by fold. Answers or a mark that are none fail it."""
    config, labels = load_config(), ints(rows["label"])
    chosen, said = study.suggest(trial, learner.space), np.full(len(rows), -1)
    splits = list(inner_splits(ints(rows["fold"]), part))
    mark = math.nan
    for place, (known, held) in enumerate(splits):
        try:
            fitted = learner.fit(seen[known], labels[known], weights_of(rows["label"][known], config), seed, **chosen)
            said[held] = require_probabilities(np.asarray(fitted.read(seen[held])), int(held.sum())).argmax(axis=1)
        except Exception as error:
            traceback.print_exc()
            study.fail(store, trial.study.study_name, trial.number, told(error))
            return
        read = said >= 0
        mark = float(macro_f1(confusion(labels[read], said[read])))
        if not math.isfinite(mark):
            study.fail(store, trial.study.study_name, trial.number, f"macro-F1 is {mark} after {place + 1} folds")
            return
        trial.report(mark, place)
        if place + 1 < len(splits) and trial.should_prune():
            study.prune(trial)
            return
    study.complete(trial, mark)


def main(arguments: list[str] | None = None) -> int:
    """Run one job; the exit status is 0 only where its trials have ended."""
    return bounded_main("reviewloop.adapters.leaderboard.search_program", SearchJob, run, arguments)


if __name__ == "__main__":
    sys.exit(main())
