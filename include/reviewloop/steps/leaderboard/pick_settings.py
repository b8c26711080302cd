"""What a search has found for each kind and fold."""

import logging

from reviewloop.adapters.leaderboard import study, workplace
from reviewloop.core.leaderboard.nested import WHOLE, parts
from reviewloop.refs import KindRef, SearchRef

log = logging.getLogger(__name__)


def pick_settings(search: SearchRef) -> list[KindRef]:
    """The best settings of each part, which has not seen its outer fold; a kind without a search, or of which no trial was
    completed, keeps its own. No trial stays open.
    """
    return [_picked(search, kind, bool(learner.space)) for kind, learner in zip(search.kinds, workplace.learners(), strict=True)]


def _picked(search: SearchRef, kind: str, has_space: bool) -> KindRef:
    if not (search.num_trials and has_space):
        return KindRef(search=search, kind=kind, settings={})
    store = study.storage()
    names = {part: study.name_of(search.key, kind, part) for part in parts(search.num_folds)}
    study.close(store, list(names.values()), "its task ended without it")
    found = {part: study.found(store, name) for part, name in names.items()}
    whole, total = found[WHOLE], dict[str, int]()
    for one in found.values():
        for state, count in one.ended.items():
            total[state] = total.get(state, 0) + count
    told = f"{sum(total.values())} trials in {len(found)} parts: " + ", ".join(
        f"{count} {_WORDS.get(state, state)}" for state, count in sorted(total.items())
    )
    if whole.mark is not None and whole.own is not None:
        told += f"; on all rows {whole.own:.4f} with its own settings, {whole.mark:.4f} with the best"
    reasons = dict.fromkeys(reason for one in found.values() for reason in one.reasons)
    if reasons:
        told += f"; failed: {'; '.join(list(reasons)[:_MOST])}"
    log.info("%s: %s", kind, told)
    return KindRef(search=search, kind=kind, settings={part: dict(one.settings) for part, one in found.items()}, told=told)


_WORDS = {"complete": "completed", "fail": "failed"}
_MOST = 2
"""Reasons that are told."""
