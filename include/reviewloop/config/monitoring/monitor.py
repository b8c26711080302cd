"""Drift: what a day must be like to be called unlike the champion's reference."""

from typing import Final

from pydantic import Field, model_validator

from reviewloop.config.sections import Section, Share

_LEAST_TAIL: Final = 10
"""Draws of the null that must lie beyond the threshold for it to be known."""


class MonitorConfig(Section):
    """One scored day against the champion's held-out reference, by tests whose false alarms are known."""

    alpha: float = Field(gt=0, lt=0.5)
    """The chance that a day like the reference fires, all signals together; where rows are rated, half of it is the complaints'."""
    num_draws: int = Field(ge=100)
    """Pairs of a day and a reference that are drawn to know what luck does."""
    seed: int
    min_rows: int = Field(ge=4)
    """Distinct texts of a day; with fewer nothing is judged."""
    min_slice_rows: int = Field(ge=1)
    """Of a facet's value, in the day and in the reference; with fewer it is not judged by itself."""
    pooled_days: int = Field(ge=1)
    """Days whose complaints are pooled, the day itself among them, to see a small rise; 1: each day alone."""
    power: Share
    """With which the smallest rise is told that the day could have shown."""
    unlike_shown: int = Field(ge=0)
    """Reviews of the day that are least like the reference, shown on its page."""

    @model_validator(mode="after")
    def _can_fire(self) -> "MonitorConfig":
        needed = round(2 * _LEAST_TAIL / self.alpha)
        if self.num_draws < needed:
            raise ValueError(
                f"num_draws is {self.num_draws}: too few to know a chance of alpha / 2 = {self.alpha / 2:g}; "
                f"allowed: {needed} or more"
            )
        return self
