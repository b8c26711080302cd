"""The baseline."""

from pydantic import Field

from reviewloop.config.sections import Section


class BaselineConfig(Section):
    """TF-IDF and logistic regression."""

    ngram_max: int = Field(ge=1)
    min_df: int = Field(ge=1)
    max_features: int = Field(ge=100)
    c: float = Field(gt=0)
    """Inverse strength of the L2 penalty."""
    weight_power: float = Field(ge=0)
    """The features' row weights are raised to this: with ``balance_power`` 0.5, 2 makes the classes equal, 0 drops the weights."""
