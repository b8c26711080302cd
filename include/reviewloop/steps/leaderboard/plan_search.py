"""A leaderboard is planned: its rows and folds, its kinds, its trials, and until when."""

import logging
from time import time

from reviewloop.adapters.leaderboard import study, workplace
from reviewloop.adapters.provenance import code_digest, lock_digest
from reviewloop.config import load_config
from reviewloop.core.digests import json_digest
from reviewloop.core.leaderboard.budget import deadlines
from reviewloop.core.leaderboard.nested import parts
from reviewloop.errors import ConfigError
from reviewloop.models.encoder.pretrained import pin
from reviewloop.refs import FeaturesRef, SearchRef

log = logging.getLogger(__name__)

MAKING = ("reviewloop.models.learners.table", "reviewloop.adapters.leaderboard.program")
"""What makes answers."""


def plan_search(
    features: FeaturesRef, minutes: float | None = None, full_search: bool = False, seed: int | None = None, dag_run_key: str = ""
) -> SearchRef:
    """Fold the open rows of the snapshot and let every study have its trials; the time runs from now. Idempotent in a run.

    ``None`` leaves ``minutes`` and ``seed`` to the configuration. Without ``full_search`` each kind keeps its own settings. Trials
    that a run left open when it was killed for good are failed here. Cleared, it plans the same leaderboard with fresh time: what
    was tried is not tried again. Raises ``ConfigError`` for minutes that are none.
    """
    begun, config, learners = time(), load_config(), workplace.learners()
    chosen = config.leaderboard
    asked = minutes if minutes is not None else (chosen.full_minutes if full_search else chosen.minutes)
    if not asked > 0:
        raise ConfigError(f"minutes: {asked} is not allowed; give a number above 0, such as {chosen.minutes:g}")
    drawn = config.training.seed if seed is None else seed
    num_trials = chosen.num_trials if full_search else 0
    decides = [
        features.digest, drawn, chosen.num_folds, num_trials, [one.name for one in learners], config.digest("training", "features"),
        code_digest(MAKING), lock_digest(), pin(config.training.transformer.model), dag_run_key,
    ]  # fmt: skip
    key = json_digest(decides)
    workplace.leave_old()
    rows = workplace.open_rows_of(features)
    folds = workplace.publish_folds(key, workplace.fold(rows, chosen.num_folds))
    when = deadlines(begun, 60 * asked, full_search)
    search = SearchRef(
        key=key, features=features, folds_uri=folds.uri, folds_digest=folds.digest, num_folds=chosen.num_folds,
        kinds=tuple(one.name for one in learners), num_trials=num_trials, trials_a_task=chosen.trials_a_task, seed=drawn,
        begun_at=when.begun, search_until=when.search_until, answer_until=when.answer_until, budget_seconds=60 * asked,
    )  # fmt: skip
    if num_trials:
        store = study.storage()
        left = study.close_left_behind(store, begun)
        for learner in learners:
            for part in parts(chosen.num_folds) if learner.space else ():
                study.plan(store, study.name_of(key, learner.name, part), learner.defaults(), num_trials, when.search_until)
        log.info("studies: %d left open by others were closed", left)
    log.info("leaderboard %s: %d rows, %d kinds, %.1f minutes, seed %d", key[:16], len(rows), len(learners), asked, drawn)
    return search
