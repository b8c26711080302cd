"""How a snapshot becomes a training input, and its profile."""

from typing import Literal

from pydantic import Field, model_validator

from reviewloop.config.features.augmentation import AugmentationConfig
from reviewloop.config.features.inoculation import InoculationConfig
from reviewloop.config.features.sampling import SamplingConfig
from reviewloop.config.sections import Section, Share


class SplitConfig(Section):
    """Shares of the three parts."""

    train: Share
    validation: Share
    test: Share
    future_days: int = Field(ge=0)
    """The rows of so many last days that would be learnt from are sealed instead, apart from the test part; 0: none."""

    @model_validator(mode="after")
    def _whole(self) -> "SplitConfig":
        if abs(self.train + self.validation + self.test - 1) > 1e-9:
            raise ValueError("train + validation + test must be 1")
        return self


class FeaturesConfig(Section):
    """How a snapshot becomes a training input."""

    split: SplitConfig
    sampling: SamplingConfig | None
    """Which rows of the training part are learnt from; ``None``: all of them."""
    augmentation: AugmentationConfig | None
    """Which rows are made of those of the training part; ``None``: none."""
    inoculation: InoculationConfig | None
    """How many rows are made from the dataset's templates; ``None``: none."""
    balance: Literal["weight", "oversample", "undersample", "none"]
    balance_power: float = Field(ge=0, le=1)
    """0 leaves the classes as they are, 1 makes them equal; the weight of a class is share ** -power, mean 1."""
    max_seq_coverage: Share
    """The shortest of ``seq_lengths`` that holds this share of the training texts whole is taken."""
    seq_lengths: tuple[int, ...] = Field(min_length=1)
    near_duplicate_jaccard: float = Field(gt=0, le=1)
    """A training or validation text that shares this much of its three-word runs with a sealed text is left out."""
    min_new_share: Share
    """The snapshot is announced to training when this share of its training rows is new."""


class ExplorationConfig(Section):
    """Clusters and map of a snapshot's texts (``core.profile.exploration``)."""

    seed: int
    max_texts: int = Field(ge=2)
    """Beyond it so many are drawn by hash: seconds and memory grow with them."""
    max_compared: int = Field(ge=2)
    """Texts whose silhouettes are measured: time and memory grow with the square."""
    max_mapped: int = Field(ge=2)
    """Texts on the map."""
    min_clusters: int = Field(ge=2)
    max_clusters: int = Field(ge=2, le=20)
    num_examples: int = Field(ge=1)
    """Reviews from the middle of each cluster that the page quotes."""

    @model_validator(mode="after")
    def _ordered(self) -> "ExplorationConfig":
        if self.min_clusters > self.max_clusters:
            raise ValueError(f"min_clusters {self.min_clusters} is above max_clusters {self.max_clusters}")
        return self


class ProfilingConfig(Section):
    """The profile page of a snapshot."""

    near_duplicate_jaccard: float = Field(gt=0, le=1)
    """Two texts that share this much of their three-word runs are nearly the same."""
    max_compared_texts: int = Field(ge=2)
    """Beyond it a fixed sample is compared: memory and time grow with the square."""
    prior_words: float = Field(gt=0)
    """Strength of the keywords' prior, in words: more favours common words over rare ones."""
    num_top: int = Field(ge=1)
    """Values, and words of each sentiment, that the page lists."""
    exploration: ExplorationConfig
