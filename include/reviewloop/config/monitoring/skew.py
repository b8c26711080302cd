"""Skew: one text that two readers answer otherwise."""

from pydantic import Field

from reviewloop.config.sections import Section


class SkewConfig(Section):
    """Batch scoring, the endpoint and the feature store, each with the same model in the same form."""

    tolerance: float = Field(gt=0, lt=1)
    """Between two probabilities of one text."""
    min_pairs: int = Field(ge=1)
    """Texts that both have read; with fewer, none apart says nothing."""
    days: int = Field(ge=1)
    """Scored days that are compared, the checked day among them and the last: the newest may not be in the feature store yet."""
    max_read: int = Field(ge=1)
    """Texts of the feature store that are read again."""
