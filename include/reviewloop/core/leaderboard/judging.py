"""What the sealed part says of a leaderboard's choice, beside the baseline and the champion: the same rows, so pairs of answers."""

from collections.abc import Mapping
from dataclasses import dataclass

from reviewloop.core.leaderboard.row import Marks, marks_of
from reviewloop.core.statistics.bootstrap import macro_f1_difference
from reviewloop.core.statistics.metrics import Floats, Ints


@dataclass(frozen=True)
class Beside:
    """One model on the sealed rows. ``delta`` is the winner's macro-F1 less its own, with its 95 % interval (paired
    bootstrap); None of the winner itself. ``marks`` is None, and ``note`` says why, where it could not be asked."""

    name: str
    marks: Marks | None
    note: str = ""
    delta: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Judgement:
    """``rows`` begins with the winner. ``number`` is the how manieth leaderboard this sealed part has judged: the more, the less a
    good mark on it says of fresh rows, for somebody chooses among them."""

    kind: str
    num_rows: int
    rows: tuple[Beside, ...]
    expected: float
    """The winner's macro-F1 out of fold, less what is luck: what the sealed part was expected to say."""
    number: int


def judge(
    labels: Ints,
    answers: Mapping[str, Floats],
    notes: Mapping[str, str],
    expected: float,
    number: int,
    num_resamples: int,
    seed: int,
) -> Judgement:
    """``answers`` are probabilities (n, 3) by name, the winner's first; ``notes`` says of others why they gave none.

    Raises ``ValueError`` without rows or answers.
    """
    if not answers:
        raise ValueError("no answers: there is nothing to judge")
    (winner, first), *others = answers.items()
    said = first.argmax(axis=1)
    rows = [Beside(winner, marks_of(labels, first, seed))]
    for name, read in others:
        one = macro_f1_difference(labels, said, read.argmax(axis=1), num_resamples, seed)
        rows.append(Beside(name, marks_of(labels, read, seed), delta=one.delta, low=one.low, high=one.high))
    rows += [Beside(name, None, note) for name, note in notes.items()]
    return Judgement(winner, len(labels), tuple(rows), expected, number)
