"""Studies of Optuna, in a database that all workers share: planned trials that tasks take by their numbers.

A study's trials are all there before the first one runs. A task is told which is its own, so that one that is tried again goes on
with the same trial and adds none. None stays open for ever: who comes next fails what nobody can be working at any more.
"""

import logging
import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from reviewloop.core.digests import json_digest
from reviewloop.errors import ConfigError
from reviewloop.models.learners.protocol import OneOf, Settings, Space
from reviewloop.settings import settings

if TYPE_CHECKING:
    from optuna import Trial
    from optuna.storages import RDBStorage
    from optuna.trial import FrozenTrial

log = logging.getLogger(__name__)

NUM_DRAWN: Final = 4
"""Trials of a study that are drawn without a look at others, the kind's own settings first; before them none is pruned."""
WAIT_SECONDS: Final = 60
"""For another worker to let go of the laptop's file."""
_UNTIL: Final = "until"
_CLOSED: Final = "closed"
_REASON: Final = "reason"


@dataclass(frozen=True)
class Found:
    """What a study has come to: the ``settings`` of its best trial and their ``mark`` on the inner folds; the ``own`` ones' mark.

    Empty, and None, where no trial was completed. ``ended`` counts the trials by how they ended, ``reasons`` tells why some failed.
    """

    settings: Settings
    mark: float | None
    own: float | None
    ended: Mapping[str, int]
    reasons: tuple[str, ...]


def storage() -> "RDBStorage":
    """The database: ``REVIEWLOOP_SEARCH_URL``, or a file in the work folder, for the workers of one machine.

    Raises ``ConfigError`` for a database that several workers cannot share.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)  # it tells of every trial
    url = settings().search_url
    if not url:
        folder = settings().work_dir / "search"
        folder.mkdir(parents=True, exist_ok=True)
        url = f"sqlite:///{folder / 'studies.db'}"
    if url.startswith("sqlite:///"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=WAIT_SECONDS)) as database:
            database.execute("pragma journal_mode=wal")  # who reads does not keep another from writing
        return optuna.storages.RDBStorage(url, engine_kwargs={"connect_args": {"timeout": WAIT_SECONDS}})
    if url.startswith("postgresql"):
        return optuna.storages.RDBStorage(url, engine_kwargs={"pool_pre_ping": True})
    raise ConfigError(
        f"REVIEWLOOP_SEARCH_URL: {url.partition(':')[0]}: no such store; allowed: "
        "postgresql+psycopg2://user:password@host/database, sqlite:///file, or nothing: a file in the work folder"
    )


def name_of(key: str, kind: str, part: str) -> str:
    """Of the study of one kind and one part of one leaderboard."""
    return f"{key[:16]}/{kind}/{part}"


def plan(store: "RDBStorage", name: str, own: Settings, num_trials: int, until: float) -> None:
    """Let the study have its trials, of which the first one has the kind's ``own`` settings; none twice.

    At ``until`` (seconds of ``time.time``) nobody works at it any more.
    """
    import optuna

    study = optuna.create_study(storage=store, study_name=name, direction="maximize", load_if_exists=True)
    study.set_user_attr(_UNTIL, until)
    study.set_user_attr(_CLOSED, False)
    for number in range(len(study.trials), num_trials):
        study.enqueue_trial(dict(own) if number == 0 else {})


def take(store: "RDBStorage", name: str, number: int, seed: int) -> "Trial | None":
    """The trial of this number, open: also one that was begun and whose worker is gone. None where it has ended.

    What it draws is of ``seed``, the study's name, its number, and of the trials that have ended.
    """
    import optuna
    from optuna.trial import TrialState

    trial_id = store.get_trial_id_from_study_id_trial_number(store.get_study_id_from_name(name), number)
    state = store.get_trial(trial_id).state
    if state.is_finished():
        return None
    if state == TrialState.WAITING:
        store.set_trial_state_values(trial_id, TrialState.RUNNING)
    _, _, place = name.partition("/")  # not the leaderboard's key, or no run would draw what another has drawn
    drawn = int(json_digest([seed, place, number])[:8], 16)
    study = optuna.load_study(
        storage=store,
        study_name=name,
        sampler=optuna.samplers.TPESampler(seed=drawn, n_startup_trials=NUM_DRAWN),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=NUM_DRAWN),
    )
    study.get_trials(deepcopy=False)  # Optuna's cache must have seen the trial: it writes to no other
    return optuna.Trial(study, trial_id)


def suggest(trial: "Trial", space: Space) -> dict[str, Any]:
    """The settings of this trial; the same when it is asked again."""
    found: dict[str, Any] = {}
    for name, axis in space.items():
        if isinstance(axis, OneOf):
            found[name] = trial.suggest_categorical(name, list(axis.options))
        elif axis.whole:
            found[name] = trial.suggest_int(name, int(axis.low), int(axis.high), log=axis.log)
        else:
            found[name] = trial.suggest_float(name, axis.low, axis.high, log=axis.log)
    return found


def complete(trial: "Trial", mark: float) -> None:
    """It came to this mark."""
    trial.study.tell(trial.number, mark, skip_if_finished=True)


def prune(trial: "Trial") -> None:
    """It is not worth its other folds."""
    from optuna.trial import TrialState

    trial.study.tell(trial.number, state=TrialState.PRUNED, skip_if_finished=True)


def fail(store: "RDBStorage", name: str, number: int, reason: str) -> None:
    """It came to nothing, if it has not ended."""
    _fail(store, [_trials(store, name)[number]], reason)


def close(store: "RDBStorage", names: Sequence[str], reason: str) -> None:
    """Let no trial of these studies stay open."""
    for name in names:
        _fail(store, _trials(store, name), reason)
        store.set_study_user_attr(store.get_study_id_from_name(name), _CLOSED, True)


def close_left_behind(store: "RDBStorage", now: float) -> int:
    """``close`` the studies whose time is over and that nobody has closed: their run was killed for good; returns how many."""
    left = [
        study.study_name
        for study in store.get_all_studies()
        if not study.user_attrs.get(_CLOSED) and float(study.user_attrs.get(_UNTIL, now)) < now
    ]
    close(store, left, "its run ended without it")
    return len(left)


def found(store: "RDBStorage", name: str) -> Found:
    """What the study has come to; of two trials with one mark the earlier one counts."""
    from optuna.trial import TrialState

    trials = _trials(store, name)
    done = [one for one in trials if one.state == TrialState.COMPLETE and one.value is not None]
    top = max(done, key=lambda one: (one.value or 0.0, -one.number), default=None)
    own = next((one.value for one in done if one.number == 0), None)
    ended = Counter(one.state.name.lower() for one in trials)
    reasons = dict.fromkeys(str(one.user_attrs[_REASON]) for one in trials if _REASON in one.user_attrs)
    return Found(dict(top.params) if top else {}, top.value if top else None, own, dict(ended), tuple(reasons))


def _trials(store: "RDBStorage", name: str) -> "list[FrozenTrial]":
    trials: list[FrozenTrial] = store.get_all_trials(store.get_study_id_from_name(name), deepcopy=False)
    return trials


def _fail(store: "RDBStorage", trials: "Sequence[FrozenTrial]", reason: str) -> None:
    from optuna.exceptions import UpdateFinishedTrialError
    from optuna.trial import TrialState

    for one in trials:
        if one.state.is_finished():
            continue
        trial_id = one._trial_id
        try:
            store.set_trial_user_attr(trial_id, _REASON, reason)
            store.set_trial_state_values(trial_id, TrialState.FAIL)
        except UpdateFinishedTrialError:  # it ended while we looked
            log.info("trial %d has ended by itself", one.number)
