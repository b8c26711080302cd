"""All kinds, one after another, within a budget: what a kind leaves of its share goes to those behind it.

Each is a process that is killed with all it has started when its share is used up. None takes another with it, and what it held
of memory is free again before the next one starts.
"""

import io
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from time import monotonic
from typing import Final

import numpy as np
import pyarrow.parquet as pq

from reviewloop.adapters.jobs import process
from reviewloop.adapters.leaderboard.bounded import ORPHAN_SECONDS, run_bounded
from reviewloop.adapters.leaderboard.program import ANSWERS, Job
from reviewloop.core.digests import bytes_digest
from reviewloop.core.leaderboard.board import Entry
from reviewloop.core.leaderboard.row import Cost, require_probabilities
from reviewloop.models.learners.protocol import Learner

PROGRAM: Final = "reviewloop.adapters.leaderboard.program"
TABLE: Final = "reviewloop.models.learners.table"
MARGIN_SECONDS: Final = 5.0
"""Of the budget, for what comes behind the kinds: the end of the last one, intervals, luck, page."""


def deadline_of(begun: float, budget_seconds: float) -> float:
    """When the last kind must end, so that all ends within the budget; both in seconds of ``time.monotonic``."""
    return begun + budget_seconds - min(MARGIN_SECONDS, budget_seconds / 6)


def race(
    learners: Sequence[Learner],
    rows: Path,
    folder: Path,
    deadline: float,
    seed: int,
    table: str = TABLE,
    say: Callable[[str], None] = lambda _line: None,
) -> list[Entry]:
    """What became of each kind, in their order. ``rows`` is a Parquet file with ``title``, ``text``, ``label`` and ``fold``;
    ``folder`` is empty and is filled; ``deadline`` is in seconds of ``time.monotonic``. ``table`` is where the processes find the
    kinds by name; ``say`` hears a line of each, and the end of the log of one that failed."""
    num_rows, shared = pq.read_metadata(rows).num_rows, folder / "shared"
    shared.mkdir(parents=True)
    entries = []
    for place, learner in enumerate(learners):
        waiting = sum(one.share for one in learners[place:])
        seconds = max(deadline - monotonic(), 0.0) * learner.share / waiting
        job = Job(table, learner.name, str(rows.resolve()), str(shared.resolve()), seed, seconds + ORPHAN_SECONDS)
        found = tried(learner, job, folder / f"{place:02d}", seconds, num_rows)
        entries.append(found)
        say(": ".join(filter(None, (found.kind, found.state, found.reason))))
        if found.state == "failed" and (log := process.log_tail(folder / f"{place:02d}")):
            say(log)
    return entries


def tried(learner: Learner, job: Job, folder: Path, seconds: float, num_rows: int) -> Entry:
    """What became of one kind in ``seconds``; see ``bounded`` for one that ran or ended in ``folder`` before."""
    if seconds <= 0 and not (folder / process.RESULT).exists():
        return Entry(learner.name, learner.told, "timed out", reason="not begun: the budget was used up")
    state, reason = run_bounded(PROGRAM, asdict(job), folder, seconds)
    if state != "done":
        return Entry(learner.name, learner.told, state, reason=reason)
    return _answered(learner, folder, num_rows)


def _answered(learner: Learner, folder: Path, num_rows: int) -> Entry:
    """What the process left, believed in nothing: digest, shape and sums are looked at again."""
    try:
        result = json.loads((folder / process.RESULT).read_text(encoding="utf-8"))
        data = (folder / ANSWERS).read_bytes()
        if bytes_digest(data) != result["digest"]:
            raise ValueError(f"{ANSWERS} is not what its process wrote")
        answers = np.load(io.BytesIO(data), allow_pickle=False)
        return Entry(learner.name, learner.told, "done", require_probabilities(answers, num_rows), Cost(**result["cost"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        return Entry(learner.name, learner.told, "failed", reason=f"{type(error).__name__}: {error}")
