"""Who is told of what, and how often."""

from typing import Literal

from pydantic import Field

from reviewloop.config.sections import Section

AlertSeverity = Literal["info", "warning", "critical"]
"""Worth knowing; a person looks; the loop stands still until a person acts."""


class EscalateConfig(Section):
    """Hours without an answer after which an alert that asks becomes louder; so often at most."""

    warning: float = Field(gt=0)
    critical: float = Field(gt=0)
    times: int = Field(ge=0)


class AlertsConfig(Section):
    """One channel for everything that people are told."""

    tell_from: AlertSeverity
    """Alerts below are kept and shown, and told nobody."""
    quiet_minutes: float = Field(ge=0)
    """Between two messages of one alert, unless it became more severe or is over."""
    escalate_hours: EscalateConfig
    approval_waits_minutes: float = Field(ge=0)
    """A question may wait so long before somebody is told."""
    silent_hours: float = Field(gt=0)
    """Without a monitored day."""
    keep_days: float = Field(gt=0)
    """An alert that is over is remembered so long; a message that nobody could be told is tried again so long."""
