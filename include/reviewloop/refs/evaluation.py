"""Marks on the sealed part, and the choice that they lead to."""

from pydantic import model_validator

from reviewloop.refs.base import Ref
from reviewloop.refs.training import ModelRef


class EvaluationRef(Ref):
    """A model's metrics on the sealed test part. ``report_uri`` holds all metrics; these are the headline ones.

    ``predictions_uri`` is behind the sealed part's door (``adapters.lake.sealed``).
    """

    kind: str
    report_uri: str
    predictions_uri: str
    num_rows: int
    accuracy: float
    macro_f1: float
    recall: dict[str, float]
    page_uri: str | None = None
    """The page on the bias of its answers."""
    made_by: str = ""
    """The DAG run that computed it, which may be an earlier one than the run that uses it; empty where nobody noted it."""


class JudgedRef(Ref):
    """A candidate of a training run: a model and its metrics. ``to_beat`` marks the baseline, which wins unless it is beaten."""

    model: ModelRef
    evaluation: EvaluationRef
    to_beat: bool = False


class ChoiceRef(Ref):
    """The candidate of one training run (``model``, with its ``evaluation``), and why it and not another of ``candidates``."""

    model: ModelRef
    evaluation: EvaluationRef
    candidates: tuple[JudgedRef, ...]
    """All that were trained, one of a kind, in the order in which they were handed to the choice."""
    reason: str

    @model_validator(mode="after")
    def _one_to_beat(self) -> "ChoiceRef":
        marked = [one.model.kind for one in self.candidates if one.to_beat]
        if len(marked) != 1:
            raise ValueError(f"candidates: {len(marked)} of {len(self.candidates)} are marked as the one to beat; mark one")
        return self

    @property
    def to_beat(self) -> JudgedRef:
        """The baseline."""
        return next(one for one in self.candidates if one.to_beat)


class ErrorsRef(Ref):
    """The error analysis of a candidate: ``page_uri`` for a person, the same numbers as ``errors.json`` under ``uri``."""

    kind: str
    uri: str
    digest: str
    page_uri: str
    num_rows: int
    num_mistakes: int
