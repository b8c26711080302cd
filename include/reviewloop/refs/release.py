"""Versions in the registry, from the candidate to the champion."""

from typing import Literal

from reviewloop.refs.base import Ref


class CandidateRef(Ref):
    """A model version in the registry that passed every gate."""

    version: str
    kind: str
    job_key: str
    model_uri: str
    macro_f1: float
    gate_report_uri: str
    page_uri: str | None = None
    """The gates' page, for a person; versions registered before there was this field have none here."""


class QuestionRef(Ref):
    """What somebody is asked before a release. ``uri`` holds all that they are shown, ``digest`` is the SHA-256 of its bytes."""

    version: str
    uri: str
    digest: str
    replaces: str | None
    """The version that answers while this is asked; None before the first release."""


class CardsRef(Ref):
    """Cards of models that were written. ``page_uri`` is the first one's page; None where all were as they must be."""

    uris: tuple[str, ...]
    page_uri: str | None
    warnings: tuple[str, ...] = ()
    """Versions whose card could not be made, and why."""


class ChampionRef(Ref):
    """What a release left behind: the version that answers now, the one before it, and who said yes."""

    version: str
    previous: str | None
    approved_by: str
    approved_at: str
    record_uri: str


class RolloutRef(Ref):
    """Where a rollout stands. ``decision`` is what was decided of it just now; ``finish`` lets it be promoted, by the answer to
    ``question``. ``rollout`` is the SHA-256 of the event that started it; empty for the plan ``all_at_once``, which has none.
    """

    version: str
    plan: str
    rollout: str
    stage: str
    decision: Literal["started", "hold", "advance", "back", "finish", "void", "ended", "all_at_once"]
    reason: str
    question: QuestionRef | None = None
    report_uri: str | None = None
    page_uri: str | None = None


class RebuiltRef(Ref):
    """What the registry got back from ledger and lake. ``gone`` says of each version why it could not be made anew."""

    version: str | None
    """The version that answers; None before the first release."""
    made: tuple[str, ...]
    gone: dict[str, str]
    runs_gone: tuple[str, ...]
    """Versions made without the MLflow run that trained them: MLflow does not hold it any more, the ledger names it."""
