"""How a new version comes to answer: plans of stages, and the guards that may send it back."""

from collections.abc import Iterator
from typing import Any, Final, Literal, get_args

from pydantic import Field, field_validator, model_validator

from reviewloop.config.sections import Section, Share

GuardName = Literal[
    "errors", "timeouts", "refused", "gone", "slow", "not_finite", "constant", "answer_shift", "disagreement", "quality",
    "recall_negative", "sample_ratio",
]  # fmt: skip
ALL_AT_ONCE: Final = "all_at_once"
"""The plan without stages: an approved version answers at once, judged by the model gates alone."""
_PAIRED: Final = frozenset({"disagreement", "quality", "recall_negative"})
"""Guards that ask reviews which both versions read."""
_A_YEAR_HOURS: Final = 366 * 24
_SMALLEST: Final = 1e-5
"""Shares are told apart down to a thousandth of a percent (``core.rollout.assignment.NUM_BUCKETS``)."""


class RolloutGuardConfig(Section):
    """A guard: its ``limit``, and what of the champion itself makes it say nothing (``sick``). What is measured, and in which unit:
    ``core.rollout.guards``."""

    name: GuardName
    limit: float = Field(ge=0, allow_inf_nan=False)
    """Beyond it, and beyond luck, the challenger goes back. Of ``sample_ratio``: the chance of an alarm in a sound rollout."""
    sick: float | None = Field(None, gt=0, allow_inf_nan=False)
    """Beyond it the champion itself is not well: the guard judges nobody, and the rollout stops where it is. Of ``slow`` ms: where
    the challenger answers alone, they are its limit, too."""

    @model_validator(mode="after")
    def _is_share(self) -> "RolloutGuardConfig":
        if self.name != "slow" and (too_much := [one for one in (self.limit, self.sick) if one is not None and one > 1]):
            raise ValueError(f"guard {self.name!r}: {too_much[0]:g} is no share; give a number up to 1, such as 0.01 for 1 %")
        return self


class StageConfig(Section):
    """One stage. ``challenger`` of the units are answered by the new version; ``shadow`` of the rest are read by it, too.

    What it asks for before it may end stands here as well. Time is one of the things asked for, and never enough.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    challenger: Share
    shadow: Share = 0.0
    requests: int = Field(ge=1)
    """That the challenger has answered in this stage, or in shadow would have."""
    labels: int = Field(0, ge=0)
    """Units of which both have read a review whose label is known, over all stages so far."""
    verdict: bool = False
    """Whether it must be certain by then that the challenger is no worse within the margin."""
    bake_seconds: float = Field(0, ge=0, allow_inf_nan=False)
    """Between the stage's first request and its last: time without traffic does not count."""

    @model_validator(mode="after")
    def _reads(self) -> "StageConfig":
        if self.challenger == 0 and self.shadow == 0:
            raise ValueError(f"stage {self.name!r} has neither challenger nor shadow: nothing would be read by the new version")
        if self.challenger == 1 and self.shadow > 0:
            raise ValueError(f"stage {self.name!r}: shadow is of what the champion answers, which is nothing with challenger: 1")
        if any(0 < share < _SMALLEST for share in (self.challenger, self.shadow)):
            raise ValueError(f"stage {self.name!r}: a share is 0 or at least {_SMALLEST:g}")
        return self


class PlanConfig(Section):
    """Stages in their order, the guards that watch them, and by when they must have come to a verdict."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    stages: tuple[StageConfig, ...] = ()
    guards: tuple[GuardName, ...] = ()
    deadline_hours: float = Field(72, gt=0, le=_A_YEAR_HOURS)
    """From the start; then nothing goes on by itself any more, and a person ends it or gives it more time. At most a year."""

    @model_validator(mode="after")
    def _sound(self) -> "PlanConfig":
        if faults := list(self._faults()):
            raise ValueError(f"plan {self.name!r}: {'; '.join(faults)}")
        return self

    def _faults(self) -> Iterator[str]:
        if self.name == ALL_AT_ONCE:
            if self.stages or self.guards:
                yield "has stages or guards; it is the plan without any: give them another name"
            return
        if not self.stages:
            yield f"has no stages; only {ALL_AT_ONCE} may have none"
        if not self.guards:
            yield f"has no guard: nothing could send the new version back; name some of {', '.join(get_args(GuardName))}"
        names = [stage.name for stage in self.stages]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            yield f"stages named twice: {', '.join(twice)}"
        shares = [stage.challenger for stage in self.stages]
        if shares != sorted(shares):
            yield f"the challenger's shares, {', '.join(f'{share:g}' for share in shares)}, must never fall: that is going back"
        yield from self._without_source()

    @property
    def is_split(self) -> bool:
        """Whether some stage is answered by both."""
        return any(0 < stage.challenger < 1 for stage in self.stages)

    def _without_source(self) -> Iterator[str]:
        shadowed = [stage.shadow > 0 for stage in self.stages]
        split, answered = self.is_split, any(stage.challenger > 0 for stage in self.stages)
        for guard in self.guards:
            if guard in _PAIRED and not any(shadowed):
                yield f"guard {guard} has no source: no stage has a shadow, so no review is read by both"
            if guard == "slow" and not answered:
                yield "guard slow has no source: no stage is answered by the challenger"
            if guard == "answer_shift" and not (split or any(shadowed)):
                yield "guard answer_shift has no source: no stage is read by both"
        for at, stage in enumerate(self.stages):
            if (stage.verdict or stage.labels) and not any(shadowed[: at + 1]):
                yield f"stage {stage.name} asks for labels, but by then no review is read by both"
            if stage.verdict and "quality" not in self.guards:
                yield f"stage {stage.name} asks for a verdict, and guard quality, which gives it, is not named"


class RolloutConfig(Section):
    """Plans by name, the one that is taken here, and by what all of them are judged."""

    plan: str
    """Taken after a yes; the first champion of all takes ``all_at_once``, since there is nobody to compare it with."""
    margin: float = Field(gt=0, lt=1)
    """Accuracy that a new version may lack and still be "no worse"."""
    alpha: float = Field(gt=0, le=0.2)
    """Chance that a version which is no worse is ever sent back, over all guards together; and that a worse one by the margin or
    more is ever called no worse."""
    power: float = Field(0.8, gt=0, lt=1)
    """Share of rollouts that come to their verdict within the labels which are named before the start."""
    discordant: float = Field(gt=0, lt=1)
    """Share of reviews that one of two such versions alone gets right, for the forecast before the start; then it is counted."""
    max_lost_share: Share
    """Of captured records that are missing or were dropped: beyond it the evidence is not whole, and nothing moves."""
    max_coverage_gap: Share
    """Between the labelled shares of the shorter and of the longer reviews that both read, in their sum: the share of a loss in one
    half that may be hidden. Beyond it, and beyond luck, nobody is called no worse; and so where the shadow has dropped the longer
    requests rather than the shorter ones, and nothing moves. 1: whatever it is."""
    ignored_callers: tuple[str, ...] = ()
    """Names of keys whose requests are no evidence, and no traffic of the forecast: of monitoring, of a load test."""
    guards: tuple[RolloutGuardConfig, ...]
    plans: tuple[PlanConfig, ...]

    @field_validator("guards", "plans")
    @classmethod
    def _one_of_a_name(cls, found: tuple[Any, ...]) -> tuple[Any, ...]:
        names = [one.name for one in found]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"{twice[0]!r} is listed twice; each needs a name of its own")
        return found

    @model_validator(mode="after")
    def _known(self) -> "RolloutConfig":
        self.named(self.plan)
        known = {guard.name for guard in self.guards}
        for plan in self.plans:
            if missing := [name for name in plan.guards if name not in known]:
                raise ValueError(f"plan {plan.name!r} names guard {missing[0]!r}, and rollout.guards does not say its limit")
            slow = next((guard for guard in self.guards if guard.name == "slow" and guard.name in plan.guards), None)
            if slow is not None and slow.sick is None and not plan.is_split:
                raise ValueError(
                    f"plan {plan.name!r} names guard 'slow', and has no stage that both answer: give the guard `sick`, the ms of "
                    "its p99 that are too slow of any version"
                )
        return self

    def named(self, name: str) -> PlanConfig:
        """The plan of this name. Raises ``ValueError`` that names the known ones."""
        found = next((plan for plan in self.plans if plan.name == name), None)
        if found is None:
            raise ValueError(f"plan: {name!r} is none of {', '.join(plan.name for plan in self.plans)}")
        return found
