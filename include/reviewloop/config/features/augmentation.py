"""Whether training rows are made of training rows: see ``core.dataset.augmentation``."""

from typing import Literal

from pydantic import Field, model_validator

from reviewloop.config.sections import Section, Share

Operation = Literal["drop", "typo", "order"]


class GainConfig(Section):
    """What ``make study-augmentation`` printed: macro-F1 with the augmentation minus without, on the same rows, 95 % interval."""

    delta: float
    low: float
    high: float
    num_rows: int = Field(ge=1)


class AugmentationConfig(Section):
    """Which rows are made, and the evidence that they help."""

    operations: tuple[Operation, ...] = Field(min_length=1)
    share: Share
    """Of the training rows of ``sentiments``, so many get a copy by each operation."""
    sentiments: tuple[Literal["negative", "neutral", "positive"], ...] = Field(min_length=1)
    seed: int = 0
    kept_words: tuple[str, ...] = ()
    """Brands and other words that no operation touches, beside negations and sizes."""
    gain: GainConfig

    @model_validator(mode="after")
    def _earned(self) -> "AugmentationConfig":
        if not self.gain.low > 0:
            raise ValueError(
                f"gain.low {self.gain.low:g} is not above 0: such rows did not help beyond luck; enter what "
                "`make study-augmentation` prints for your reviews, or leave features.augmentation null"
            )
        return self
