"""Labels that no rating gave, and labels that may be wrong."""

from typing import Annotated

from pydantic import Field

from reviewloop.config.data.quality import Sentiment
from reviewloop.config.sections import Section, Share, every


class WeakConfig(Section):
    """How votes of labelling functions become labels. The functions are the files of ``include/config/labelling/<dataset>/``."""

    enabled: bool
    """Whether reviews that came without stars join the training part with the labels of the functions."""
    max_dependence: Share
    """Functions that depend on each other by more than this (``core.weak.dependence``) have one vote together."""
    min_compared: int = Field(ge=1)
    """With fewer labelled reviews of which a function speaks, the majority is used: nothing shows that anything is better."""
    min_share: Share
    """A review whose likeliest sentiment gets less of the votes (or of the model's belief) has no label."""
    num_resamples: int = Field(ge=1)
    """Bootstrap resamples for the difference between the two ways to combine votes."""
    seed: int


class SelfTrainingConfig(Section):
    """Labels that a model gives itself."""

    enabled: bool
    """Whether reviews that came without stars, and that no function labelled, join the training part with a model's labels."""
    thresholds: Annotated[dict[Sentiment, Share], every(Sentiment)]
    """How sure the model must be of each sentiment, as a probability."""
    max_growth: float = Field(gt=0)
    """Rows of a sentiment that may be added, as a multiple of those that people labelled."""
    max_rounds: int = Field(ge=1)
    max_positive_rise: Share
    """By how much praise may grow, in the training part and in the answers to the validation part."""


class LabelErrorsConfig(Section):
    """The list of labels that a model believes least. Near copies are those of ``features.near_duplicate_jaccard``."""

    num_folds: int = Field(ge=2)
    """Each row is read by a model that was fitted on the other folds."""
    max_listed: int = Field(ge=1)
    """Rows that a person is shown, the least believed first."""
    seed: int


class LabelsConfig(Section):
    """Everything about labels."""

    weak: WeakConfig
    self_training: SelfTrainingConfig
    errors: LabelErrorsConfig
