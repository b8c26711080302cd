"""One kind with other settings, in each part of the search."""

import logging
from dataclasses import asdict
from time import time

from reviewloop.adapters.leaderboard import study, workplace
from reviewloop.adapters.leaderboard.bounded import ORPHAN_SECONDS, run_bounded
from reviewloop.adapters.leaderboard.search_program import SearchJob
from reviewloop.core.leaderboard.budget import Deadlines, seconds_to_search
from reviewloop.core.leaderboard.nested import parts
from reviewloop.refs import TrialsRef, TriedRef

log = logging.getLogger(__name__)

PROGRAM = "reviewloop.adapters.leaderboard.search_program"


def try_settings(trials: TrialsRef) -> TriedRef:
    """Bring these trials to their ends, in a process that is killed when their time is over; what it has not ended then is failed.

    A task that is tried again goes on with the same trials and adds none: it waits for the process where that still runs. A trial
    that fails stops nothing.
    """
    search = trials.search
    (learner,) = (one for one in workplace.learners() if one.name == trials.kind)
    shares = {one.name: one.share for one in workplace.learners() if one.space}
    store = study.storage()
    names = [study.name_of(search.key, trials.kind, part) for part in parts(search.num_folds)]
    when = Deadlines(search.begun_at, search.search_until, search.answer_until)
    state, reason = "timed out", "not begun: the time of the search was used up"
    if seconds_to_search(shares, trials.kind, time(), when) > 0:
        rows = workplace.rows_file(search)
        folder = workplace.folder(search) / f"{workplace.slug(trials.kind)}-{trials.first}"
        seconds = seconds_to_search(shares, trials.kind, time(), when)  # the rows took some
        job = SearchJob(
            table=workplace.TABLE, learner=learner.name, rows=str(rows), shared=str(rows.parent / "shared"), seed=search.seed,
            seconds=max(seconds, 0) + ORPHAN_SECONDS, key=search.key, first=trials.first, stop=trials.stop,
        )  # fmt: skip
        state, reason = run_bounded(PROGRAM, asdict(job), folder, seconds)
    for name in names:
        for number in range(trials.first, trials.stop):
            study.fail(store, name, number, f"{state}: {reason}")
    log.info("%s, trials %d to %d: %s", trials.kind, trials.first, trials.stop - 1, ": ".join(filter(None, (state, reason))))
    return TriedRef(kind=trials.kind, first=trials.first, state=state, reason=reason)
