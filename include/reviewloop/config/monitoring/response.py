"""What a drift leads to: when it is believed, and what a retraining asks for."""

from pydantic import Field, model_validator

from reviewloop.config.sections import Section


class ConfirmConfig(Section):
    """A drift is believed once ``days`` of the last ``of`` monitored days fired."""

    days: int = Field(ge=1)
    of: int = Field(ge=1)

    @model_validator(mode="after")
    def _can_confirm(self) -> "ConfirmConfig":
        if self.days > self.of:
            raise ValueError(f"days {self.days} of {self.of}: no drift could ever be confirmed; give at most {self.of}")
        return self


class BudgetConfig(Section):
    """What drift may cost in ``window_days``: so many trainings, and so many minutes of training."""

    trainings: int = Field(ge=0)
    minutes: float = Field(gt=0)
    window_days: float = Field(gt=0)


class ResponseConfig(Section):
    """A drift starts a training where every one of these holds; what does not is said on the decision's page."""

    confirm: ConfirmConfig
    cool_down_days: float = Field(ge=0)
    """Between two trainings that drift started, by the clock."""
    budget: BudgetConfig
    min_new_rows: int = Field(ge=0)
    """Rated reviews that the champion's snapshot does not hold."""
    max_without_gain: int = Field(ge=1)
    """Trainings in a row that drift started and that brought no other champion; after them a person is asked."""
