"""The gates of a model and who says yes."""

from collections import Counter
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field, model_validator

from reviewloop.config.sections import Section

MUST_ENFORCE: Final = {
    "macro_f1_low": "a model that may be no better than a guess",
    "leakage.num_shared_texts": "metrics that the model has learnt by heart",
    "leakage.num_near_duplicates": "metrics that the model has nearly learnt by heart",
    "degenerate.num_not_finite": "answers that are not numbers",
    "degenerate.num_classes_predicted": "a model that has given up a sentiment",
    "served.same_artifact": "another model than the one that was judged",
    "lineage.num_missing": "a model that nobody can trace or make again",
}
"""Metrics that some gate must enforce, and what passes without it. Floors of other kinds are the owner's to choose."""


class GateConfig(Section):
    """One line of the metric gate: ``metric`` must be at least ``min``, more than ``above`` and at most ``max``.

    A missing metric fails. A metric that rests on few rows is no evidence either: ``rows`` names the metric that counts them,
    ``min_rows`` what is asked of it, and ``unsure`` whether too few of them fail the gate or let it pass, in these words.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    measures: str = Field(min_length=1)
    """What ``metric`` is, in words for somebody who does not know its name."""
    metric: str
    min: float | None = Field(None, allow_inf_nan=False)
    above: float | None = Field(None, allow_inf_nan=False)
    max: float | None = Field(None, allow_inf_nan=False)
    rows: str | None = None
    min_rows: int | None = Field(None, ge=1)
    unsure: Literal["fail", "pass"] = "fail"
    reason: str = Field(min_length=1)
    mode: Literal["off", "warn", "enforce"] = "enforce"

    @model_validator(mode="after")
    def _can_fail(self) -> "GateConfig":
        floors = [bound for bound in (self.min, self.above) if bound is not None]
        if not floors and self.max is None:
            raise ValueError(f"gate {self.name!r} has neither min, above nor max: it could never fail")
        if self.max is not None and floors and (max(floors) > self.max or self.above == self.max):
            raise ValueError(f"gate {self.name!r} allows at most {self.max:g} and asks for more: it could never pass")
        if (self.rows is None) != (self.min_rows is None):
            raise ValueError(f"gate {self.name!r} has one of rows and min_rows: give both or neither")
        return self


def _sound(gates: tuple[GateConfig, ...]) -> tuple[GateConfig, ...]:
    if twice := [name for name, count in Counter(gate.name for gate in gates).items() if count > 1]:
        raise ValueError(f"{twice[0]!r} is listed twice; each gate needs a name of its own")
    enforced = {gate.metric for gate in gates if gate.mode == "enforce"}
    if missing := [metric for metric in MUST_ENFORCE if metric not in enforced]:
        what = "; ".join(f"{metric} (else it lets through {MUST_ENFORCE[metric]})" for metric in missing)
        raise ValueError(f"list a gate with mode enforce on {what}")
    return gates


Gates = Annotated[tuple[GateConfig, ...], AfterValidator(_sound)]
"""The metric gate: names differ, and what makes the other metrics worth reading is enforced."""


AutomationLevel = Literal["human_only", "shadow", "assisted", "partial", "full"]
"""Who decides on a release, the most careful first: ``core.release.automation`` says what each of them means."""


class ReleaseConfig(Section):
    """Who says yes, and how much of that the loop does itself."""

    automation: AutomationLevel
    """The highest level there is here; ``set_automation`` lowers it at once, and never goes above it."""
    sure_delta: float = Field(ge=-1, le=1)
    """Level ``partial``: macro-F1 above the champion's that the loop must be sure of (the low end of the 95 % interval)."""
    approval_timeout_seconds: float = Field(gt=0)
    """How long a question waits for a person; then nothing is released."""
    objection_seconds: float = Field(gt=0)
    """Where the loop decides: how long a person may still say no, or yes, before it does."""
    approval_max_age_days: float = Field(gt=0, le=365)
    """How long a yes may be used, from the answer on; the question before it waits ``approval_timeout_seconds``."""
    approvers: tuple[str, ...]
    """Airflow user names that may answer; empty: everyone who may edit the run, but for ``not_people``."""
    trainer_may_approve: bool
    """Whether who started a training by hand may say yes to what came of it."""
    not_people: tuple[str, ...]
    """Patterns (``*``, ``?``) of names that no one person has: shared users and service accounts. They answer nothing."""
    spellings: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Person -> other names of the same person, where they do not follow from one another."""

    @model_validator(mode="before")
    @classmethod
    def _says_what_became_of_it(cls, found: Any) -> Any:
        if isinstance(found, dict) and "on_timeout" in found:
            raise ValueError("on_timeout is gone: write automation: full for what was approve, automation: assisted for fail")
        return found
