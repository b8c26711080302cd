"""All that the loop remembers of drift: the days' votes, what was answered to them, and what was decided."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final, Literal

from reviewloop.core.kept import Kept
from reviewloop.core.monitoring.response.votes import Vote

KEPT_VOTES: Final = 800
"""The newest: a year and a month of one version's days, delivered and of requests."""
KEPT_DECISIONS: Final = 100
"""The newest; the page of each stays for good."""


class Answer(Kept):
    """What was done about the votes of a version up to the day ``through``: a training was asked for, or a person knows of it."""

    what: Literal["training", "acknowledged"]
    version: str
    through: str
    at: datetime
    by: str
    run: str = ""
    """The run that asked for the training: run again, it is the same answer and not another one."""
    reason: str = ""


class Decided(Kept):
    """What was decided on a day of a version, and why. ``report`` is the decision itself, ``page_uri`` what people read of it."""

    version: str
    day: str
    at: datetime
    run: str
    verdict: str
    reason: str
    report: dict[str, Any]
    page_uri: str


class State(Kept):
    """Frozen: every change is another state, written in the place of the one that it was made of."""

    votes: tuple[Vote, ...] = ()
    answers: tuple[Answer, ...] = ()
    decisions: tuple[Decided, ...] = ()

    def of(self, version: str) -> tuple[Vote, ...]:
        """The version's votes, by day; of one day that of requests last."""
        return tuple(vote for vote in self.votes if vote.version == version)

    def answered_through(self, version: str) -> str:
        """The last day of the version whose vote was answered; empty where none was."""
        return max((answer.through for answer in self.answers if answer.version == version), default="")

    def trainings(self, since: datetime) -> tuple[Answer, ...]:
        """The trainings that drift asked for since then, oldest first."""
        return tuple(answer for answer in self.answers if answer.what == "training" and answer.at >= since)

    def without_gain(self, version: str) -> int:
        """How many trainings in a row were asked for while this version answers: each that brought another champion is out of it.

        A person's word ends the row.
        """
        row = 0
        for answer in self.answers:
            if answer.version == version:
                row = row + 1 if answer.what == "training" else 0
        return row

    def with_votes(self, votes: Iterable[Vote]) -> "State":
        """Each vote in the place of its day's older one; never beside it."""
        found = {(vote.source, vote.version, vote.day): vote for vote in self.votes}
        for vote in votes:
            there = found.get((vote.source, vote.version, vote.day))
            if there is None or vote.generation >= there.generation:
                found[vote.source, vote.version, vote.day] = vote
        ordered = sorted(found.values(), key=lambda vote: (vote.day, vote.version, vote.source))
        return self.model_copy(update={"votes": tuple(ordered[-KEPT_VOTES:])})

    def with_answer(self, answer: Answer) -> "State":
        """One more answer, in the order of their times."""
        ordered = sorted((*self.answers, answer), key=lambda one: one.at)
        return self.model_copy(update={"answers": tuple(ordered)})

    def with_decision(self, decided: Decided) -> "State":
        """The decision, in the place of one that the same run made of the day."""
        others = [one for one in self.decisions if (one.version, one.day, one.run) != (decided.version, decided.day, decided.run)]
        return self.model_copy(update={"decisions": (*others, decided)[-KEPT_DECISIONS:]})

    def training_of(self, run: str) -> Decided | None:
        """The decision by which this very run asked for a training, if it did."""
        return next((one for one in self.decisions if one.run == run and one.verdict == "train"), None)
