"""Kinds of models, tried beside each other."""

from typing import Literal

from reviewloop.refs.base import Ref
from reviewloop.refs.features import FeaturesRef


class SearchRef(Ref):
    """A leaderboard, planned: its rows, kinds and folds, and until when what is done (seconds of ``time.time``).

    ``key`` names its studies and answers. ``folds_uri`` holds the fold of each row, in the order of ``open_rows``.
    """

    key: str
    features: FeaturesRef
    folds_uri: str
    folds_digest: str
    num_folds: int
    kinds: tuple[str, ...]
    """From simple to complex."""
    num_trials: int
    """Of each kind that has something to search, in each part; 0: nothing is searched."""
    trials_a_task: int
    seed: int
    begun_at: float
    search_until: float
    answer_until: float
    budget_seconds: float


class TrialsRef(Ref):
    """Trials of one kind, ``first`` to ``stop - 1``: of each number one for each outer fold, and one for all rows."""

    search: SearchRef
    kind: str
    first: int
    stop: int


class TriedRef(Ref):
    """How trials ended: ``done``, ``failed`` or ``timed out``, with the reason where they are not done."""

    kind: str
    first: int
    state: str
    reason: str = ""


class KindRef(Ref):
    """One kind that is to answer all rows out of fold, and the ``settings`` that were found for each part; none: its own."""

    search: SearchRef
    kind: str
    settings: dict[str, dict[str, float | bool]]
    told: str = ""
    """What the search for them came to, in words."""


class AnsweredRef(Ref):
    """A kind's answers under ``uri``; or the state that it ended in instead, and why."""

    kind: str
    state: Literal["done", "failed", "timed out"]
    reason: str = ""
    uri: str | None = None
    digest: str | None = None


class LeaderboardRef(Ref):
    """A leaderboard: ``leaderboard.json`` and its page under ``uri``. ``chosen`` is the kind that it chose; None: none was done."""

    uri: str
    digest: str
    page_uri: str
    search: SearchRef
    chosen: str | None
    macro_f1: float | None
    """Of the chosen kind, out of fold."""


class WinnerRef(Ref):
    """What the sealed part said of a leaderboard's choice, once. It promotes nothing."""

    board_digest: str
    kind: str
    uri: str
    digest: str
    page_uri: str
    macro_f1: float
    made_by: str
    """The DAG run that judged it, which may be an earlier one."""


class SeedsRef(Ref):
    """A fine-tune of several seeds, marked on the validation part: its row under ``uri``, or the state it ended in, and why."""

    state: Literal["done", "failed", "timed out"]
    reason: str = ""
    uri: str | None = None
    digest: str | None = None
