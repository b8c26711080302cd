"""The program that tries one kind, ``python -m reviewloop.adapters.leaderboard.program --job FILE``: learn, answer, in every fold.

It is a process of its own, so that its time can be bounded, its memory comes back, and what it breaks is its own. Beside the job
file it leaves ``answers.npy``, then ``result.json``, or ``failure.json`` with one line: what is there is whole.
"""

import fcntl
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib import import_module
from pathlib import Path
from time import process_time
from typing import Final

import numpy as np
import pandas as pd

from reviewloop.adapters.jobs.process import RESULT
from reviewloop.adapters.leaderboard.bounded import bounded_main
from reviewloop.config import Config, load_config
from reviewloop.core.dataset.balance import class_weights
from reviewloop.core.digests import file_digest
from reviewloop.core.leaderboard.row import Cost, require_probabilities
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.statistics.metrics import Floats, Ints
from reviewloop.files import write_json
from reviewloop.models.learners.protocol import Fitted, Learner, Seen, Settings

ANSWERS: Final = "answers.npy"
NUM_TIMED: Final = 50
"""Reviews read one by one for the latency."""


@dataclass(frozen=True)
class Job:
    """What one process is told. ``table`` is the module with ``LEARNERS``; ``shared`` a folder for what several kinds see;
    ``seconds`` is how long it may live if nobody looks after it."""

    table: str
    learner: str
    rows: str
    shared: str
    seed: int
    seconds: float
    settings: Mapping[str, Settings] = field(default_factory=dict)
    """By fold, where a search has found some for it."""


def learner_of(table: str, name: str) -> Learner:
    """The kind of that name in the module ``table``."""
    known: Sequence[Learner] = import_module(table).LEARNERS
    return next(one for one in known if one.name == name)


def weights_of(labels: "pd.Series[int]", config: Config) -> Floats:
    """What each row counts, mean about 1: as the baseline's rows are weighed, which makes the sentiments equal."""
    by_class = class_weights(labels, config.features.balance_power)
    weights = labels.map(by_class).to_numpy(dtype=np.float64)
    return np.asarray(weights**config.training.baseline.weight_power, dtype=np.float64)


def answer(
    learner: Learner, rows: pd.DataFrame, shared: Path, seed: int, settings: Mapping[str, Settings] | None = None
) -> tuple[Floats, Cost]:
    """Out-of-fold probabilities (n, 3) of ``rows`` (``title``, ``text``, ``label``, ``fold``), and what they cost.

    ``settings`` are by fold, each chosen without the rows of that fold; a fold without has the kind's own.

    Raises ``ValueError`` where they are no probabilities.
    """
    config, folds = load_config(), rows["fold"].to_numpy()
    seen, seconds = seen_by(learner, rows, shared)
    begun, found = process_time(), np.full((len(rows), len(SENTIMENTS)), np.nan)
    for fold in np.unique(folds):
        known, held = folds != fold, folds == fold
        labels, chosen = rows["label"][known], (settings or {}).get(str(fold), {})
        fitted = learner.fit(seen[known], ints(labels), weights_of(labels, config), seed, **chosen)
        read = fitted.read(seen[held])
        found[held] = require_probabilities(np.asarray(read), int(held.sum()))
    seconds += process_time() - begun
    return found, Cost(seconds, fitted.num_bytes(), _latency_ms(learner, fitted, rows[held].head(NUM_TIMED)))


def ints(labels: "pd.Series[int]") -> Ints:
    """As the kinds take them: int64 (n,)."""
    return np.asarray(labels, dtype=np.int64)


def seen_by(learner: Learner, rows: pd.DataFrame, shared: Path) -> tuple[Seen, float]:
    """The rows as the kind sees them, and the seconds that took: also where another process has spent them."""
    if not learner.represented:
        return _represented(learner, rows)
    place = shared / f"{learner.represented}.npz"  # of these rows: a folder is for one file of rows
    with (shared / f"{learner.represented}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # let go by a process that dies: of two at once one computes, the other waits for it
        if place.exists():
            with np.load(place, allow_pickle=False) as kept:
                return kept["seen"], float(kept["seconds"])
        seen, seconds = _represented(learner, rows)
        temporary = shared / f".{learner.represented}.{os.getpid()}.npz"
        np.savez(temporary, seen=seen, seconds=np.float64(seconds))
        temporary.replace(place)
    return seen, seconds


def _represented(learner: Learner, rows: pd.DataFrame) -> tuple[Seen, float]:
    begun = process_time()
    seen = learner.represent(rows)
    return seen, process_time() - begun


def _latency_ms(learner: Learner, fitted: Fitted, rows: pd.DataFrame) -> float:
    fitted.read(learner.represent(rows.head(1)))  # the first one loads
    times = []
    for place in range(len(rows)):
        begun = process_time()
        fitted.read(learner.represent(rows.iloc[[place]]))
        times.append(1000 * (process_time() - begun))
    return float(np.median(times))


def run(folder: Path, job: Job) -> None:
    """Try the kind of ``job`` and leave what came of it in ``folder``."""
    learner = learner_of(job.table, job.learner)
    answers, cost = answer(learner, pd.read_parquet(job.rows), Path(job.shared), job.seed, job.settings)
    temporary = folder / f".{ANSWERS}"
    with temporary.open("wb") as sink:
        np.save(sink, answers, allow_pickle=False)
    temporary.replace(folder / ANSWERS)
    write_json(folder / RESULT, {"digest": file_digest(folder / ANSWERS), "cost": asdict(cost)})


def main(arguments: list[str] | None = None) -> int:
    """Run one job; the exit status is 0 only where it left its answers."""
    return bounded_main("reviewloop.adapters.leaderboard.program", Job, run, arguments)


if __name__ == "__main__":
    sys.exit(main())
