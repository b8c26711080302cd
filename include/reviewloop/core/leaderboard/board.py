"""The whole leaderboard: every kind that was tried, which is best, which is chosen, and how much of that is luck."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from reviewloop.core.leaderboard.apart import Apart
from reviewloop.core.leaderboard.averaging import average_of_best
from reviewloop.core.leaderboard.optimism import NUM_RESAMPLES, Optimism, optimism
from reviewloop.core.leaderboard.row import Cost, Row, State, done, marks_of, not_done, total
from reviewloop.core.leaderboard.selection import best, ranked, simplest_within_one_standard_error
from reviewloop.core.statistics.metrics import Floats, Ints

NUM_MEMBERS: Final = 3
"""Of the ensemble. Fixed beforehand: were it tried out on these rows, that choice would be one more that luck has a part in."""
ENSEMBLE: Final = "average of the best three"


@dataclass(frozen=True)
class Entry:
    """What became of one kind: ``answers`` (n, 3) out of fold and their ``cost``, or the state it ended in and why."""

    kind: str
    told: str
    state: State
    answers: Floats | None = None
    cost: Cost | None = None
    reason: str = ""
    settings: Mapping[str, float | bool] = field(default_factory=dict)
    searched: str = ""
    """See ``Row``."""


@dataclass(frozen=True)
class Setting:
    """What the kinds were tried on: ``source`` in words, rows of train and validation, folds, seed, budget and time used."""

    source: str
    num_rows: int
    num_folds: int
    seed: int
    budget_seconds: float
    seconds: float


@dataclass(frozen=True)
class Board:
    """``rows`` are ranked; ``best`` and ``chosen`` are among them, None where no kind is done."""

    setting: Setting
    rows: tuple[Row, ...]
    best: Row | None
    chosen: Row | None
    optimism: Optimism | None
    members: tuple[str, ...] = ()
    """The kinds that the ensemble asks, as all rows together choose them."""
    apart: tuple[Apart, ...] = ()
    """What was marked on other rows: it is never ranked nor chosen."""


def make_board(labels: Ints, folds: Ints, entries: Sequence[Entry], setting: Setting, apart: Sequence[Apart] = ()) -> Board:
    """``entries`` from simple to complex; the ensemble is added as the most complex one. The same entries give the same board."""
    rows, answers = [], dict[str, Floats]()
    together, members = _ensemble(labels, folds, entries)
    for place, entry in enumerate([*entries, together]):
        if entry.answers is None or entry.cost is None:
            row = not_done(entry.kind, entry.told, place, entry.state, entry.reason)
        else:
            answers[entry.kind] = entry.answers
            row = done(entry.kind, entry.told, place, marks_of(labels, entry.answers, setting.seed), entry.cost)
        rows.append(replace(row, settings=entry.settings, searched=entry.searched))
    said = {name: read.argmax(axis=1) for name, read in answers.items()}
    luck = optimism(labels, said, NUM_RESAMPLES, setting.seed) if said else None
    return Board(setting, tuple(ranked(rows)), best(rows), simplest_within_one_standard_error(rows), luck, members, tuple(apart))


def _ensemble(labels: Ints, folds: Ints, entries: Sequence[Entry]) -> tuple[Entry, tuple[str, ...]]:
    known: Mapping[str, Entry] = {entry.kind: entry for entry in entries if entry.answers is not None}
    told = "Mean of the probabilities of three kinds, chosen for each fold by the rows of the others."
    try:
        answers = {name: entry.answers for name, entry in known.items() if entry.answers is not None}
        found = average_of_best(labels, folds, answers, NUM_MEMBERS)
    except ValueError as error:
        return Entry(ENSEMBLE, told, "failed", reason=str(error)), ()
    costs = [cost for name in found.members if (cost := known[name].cost) is not None]
    words = f"{told} Of all rows: {', '.join(found.members)}."
    return Entry(ENSEMBLE, words, "done", found.answers, total(costs)), found.members
