"""The bias of a model's answers, after training."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from reviewloop.config.data.bias import LimitConfig
from reviewloop.config.sections import Section, every

AfterMeasure = Literal["DPPL", "DI", "DCAcc", "DCR", "SD", "RD", "DAR", "DRR", "AD", "TE", "CDDPL", "GE"]


class BiasAfterConfig(Section):
    """Clarify's post-training measures on the sealed part. The facets and their bands are those of the section ``bias``."""

    min_rows: int = Field(ge=1)
    """A share that rests on fewer rows on either side judges nothing: a recall of 3 rows is no recall."""
    num_resamples: int = Field(ge=100)
    seed: int
    alpha: float = Field(gt=0, lt=1)
    """The highest chance of one false mark (of its kind, warn or reject) in a whole report, over all its tests."""
    limits: Annotated[dict[AfterMeasure, LimitConfig], every(AfterMeasure)]
    """DI: a ratio above this, or below one over this. GE: above this. All others: beyond this either way."""

    def limit(self, measure: str) -> LimitConfig:
        """The limits of one measure. Raises ``KeyError`` for a name that is none of the twelve."""
        return {str(name): limit for name, limit in self.limits.items()}[measure]

    @model_validator(mode="after")
    def _ratio(self) -> "BiasAfterConfig":
        if self.limits["DI"].warn <= 1:
            raise ValueError(f"limits.DI.warn {self.limits['DI'].warn} must be above 1: DI is a ratio, and 1 means no difference")
        return self
