"""The gates of a model and who says yes."""

from typing import Literal

from pydantic import Field, model_validator

from reviewloop.config.sections import Section


class GateConfig(Section):
    """One line of the metric gate: ``metric`` must be at least ``min`` and at most ``max``. A missing metric fails."""

    name: str
    metric: str
    min: float | None = None
    max: float | None = None
    reason: str
    mode: Literal["off", "warn", "enforce"] = "enforce"

    @model_validator(mode="after")
    def _bounded(self) -> "GateConfig":
        if self.min is None and self.max is None:
            raise ValueError(f"gate {self.name!r} has neither min nor max: it could never fail")
        return self


class ReleaseConfig(Section):
    """Who says yes. With ``on_timeout: fail`` only a person can; ``approve`` is for a laptop and stands in the record."""

    approval_timeout_seconds: float = Field(gt=0)
    on_timeout: Literal["fail", "approve"]
    approvers: tuple[str, ...]
    """Airflow user names that may answer; empty: everyone who may edit the run."""
