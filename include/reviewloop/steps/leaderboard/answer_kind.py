"""One kind answers all rows out of fold."""

import io
import json
import logging
from dataclasses import asdict
from time import time

import numpy as np

from reviewloop.adapters.lake import artifacts, places, s3
from reviewloop.adapters.leaderboard import race, workplace
from reviewloop.adapters.leaderboard.bounded import ORPHAN_SECONDS
from reviewloop.adapters.leaderboard.program import ANSWERS, Job
from reviewloop.core.digests import json_digest
from reviewloop.core.leaderboard.board import Entry
from reviewloop.core.leaderboard.budget import seconds_to_answer
from reviewloop.core.leaderboard.nested import WHOLE
from reviewloop.core.leaderboard.row import Cost, require_probabilities
from reviewloop.core.statistics.metrics import Floats
from reviewloop.refs import AnsweredRef, KindRef

log = logging.getLogger(__name__)

COST = "cost.json"


def answer_kind(kind: KindRef) -> AnsweredRef:
    """Learn and answer in every fold with what was found for it, in a process that is killed when its time is over.

    A kind that fails or is late has a state and a reason, and fails no task. What was answered is kept, and not answered again.
    """
    search = kind.search
    learners = {one.name: one for one in workplace.learners()}
    settings = {part: found for part, found in kind.settings.items() if part != WHOLE}
    digest = json_digest(settings)[:8]
    place = places.leaderboard(search.key, f"{workplace.slug(kind.kind)}-{digest}")
    if not s3.exists(f"{place}/{artifacts.MANIFEST}"):
        rows = workplace.rows_file(search)
        shares = {name: one.share for name, one in learners.items()}
        seconds = seconds_to_answer(shares, kind.kind, time(), search.answer_until)
        job = Job(
            workplace.TABLE,
            kind.kind,
            str(rows),
            str(rows.parent / "shared"),
            search.seed,
            max(seconds, 0) + ORPHAN_SECONDS,
            settings,
        )
        folder = workplace.folder(search) / f"{workplace.slug(kind.kind)}-answers-{digest}"
        entry = race.tried(learners[kind.kind], job, folder, seconds, len(workplace.rows_of(search)))
        log.info("%s: %s", kind.kind, ": ".join(filter(None, (entry.state, entry.reason))))
        if entry.answers is None or entry.cost is None:
            return AnsweredRef(kind=kind.kind, state=entry.state, reason=entry.reason)
        files = _files(entry.answers, entry.cost)
        artifacts.publish_once(place, lambda: files, {"ended_at": time()})
    kept = artifacts.open_named(place)
    return AnsweredRef(kind=kind.kind, state="done", uri=kept.uri, digest=kept.digest)


def _files(answers: Floats, cost: Cost) -> dict[str, bytes]:
    sink = io.BytesIO()
    np.save(sink, answers, allow_pickle=False)
    return {ANSWERS: sink.getvalue(), COST: json.dumps(asdict(cost)).encode()}


def entry_of(answered: AnsweredRef, kind: KindRef, told: str, num_rows: int) -> tuple[Entry, float]:
    """What ``answered`` stands for, read by its digest, and when it was done (0 where it was not)."""
    found = kind.settings.get(WHOLE, {})
    if answered.uri is None:
        return Entry(kind.kind, told, answered.state, None, None, answered.reason, found, kind.told), 0.0
    kept = artifacts.same(answered.uri, answered.digest)
    answers = np.load(io.BytesIO(kept.read(ANSWERS)), allow_pickle=False)
    cost = Cost(**json.loads(kept.read(COST)))
    return Entry(kind.kind, told, "done", require_probabilities(answers, num_rows), cost, "", found, kind.told), float(
        kept.meta["ended_at"]
    )
