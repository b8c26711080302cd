"""The bias gate before training."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from reviewloop.config.sections import Section, every


class BandsConfig(Section):
    """A number as a facet: ``edges`` are the lower edges of its bands, in the field's unit; a single edge is a threshold."""

    field: str
    """An integer facet's column, or ``positive_feedback``."""
    edges: tuple[int, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _rising(self) -> "BandsConfig":
        if list(self.edges) != sorted(set(self.edges)):
            raise ValueError(f"edges {list(self.edges)} must rise")
        return self


class FacetConfig(Section):
    """A facet (one column) or a pair of facets (two), and the variable ``given`` which CDDL compares like with like.

    Without ``given`` (there is no other facet) CDDL compares all with all, and is DPL.
    """

    columns: tuple[str, ...] = Field(min_length=1, max_length=2)
    given: str | None = None

    @property
    def name(self) -> str:
        """How reports name it: ``department``, ``department × age_band``."""
        return " × ".join(self.columns)

    @model_validator(mode="after")
    def _distinct(self) -> "FacetConfig":
        if len({*self.columns, self.given}) != len(self.columns) + 1:
            raise ValueError(f"columns {list(self.columns)} and given {self.given!r} must all differ")
        return self


class LimitConfig(Section):
    """How far a measure may go: beyond ``warn`` the report says so, beyond ``reject`` the day stops."""

    warn: float = Field(gt=0)
    reject: float = Field(gt=0)

    @model_validator(mode="after")
    def _ordered(self) -> "LimitConfig":
        if self.warn > self.reject:
            raise ValueError(f"warn {self.warn} is above reject {self.reject}")
        return self


Measure = Literal["CI", "DPL", "KL", "JS", "LP", "TVD", "KS", "CDDL"]


class BiasConfig(Section):
    """The pre-training bias gate (``bias``): each facet value against the rest, with Clarify's eight measures."""

    bands: dict[str, BandsConfig] = Field(default_factory=dict)
    """Facets of this gate alone, by name, beside those of the contract."""
    facets: tuple[FacetConfig, ...] = Field(min_length=1)
    """Left out: every facet, each given the next one."""
    min_group_rows: int = Field(ge=1)
    """A group, or a rest, smaller than this is reported as not enough evidence."""
    num_resamples: int = Field(ge=100)
    seed: int
    alpha: float = Field(gt=0, lt=1)
    """The highest chance of one false mark (of its kind, warn or reject) in a whole report, over all its tests."""
    limits: Annotated[dict[Measure, LimitConfig], every(Measure)]
    """CI: below minus this. DPL and CDDL: beyond this either way. The five distances: above this."""

    def limit(self, measure: str) -> LimitConfig:
        """The limits of one measure. Raises ``KeyError`` for a name that is none of the eight."""
        return {str(name): limit for name, limit in self.limits.items()}[measure]

    @property
    def facet_names(self) -> tuple[str, ...]:
        """Every column that a facet or a condition needs, each once."""
        return tuple(dict.fromkeys(name for facet in self.facets for name in (*facet.columns, facet.given) if name is not None))

    @model_validator(mode="after")
    def _differ(self) -> "BiasConfig":
        if len({facet.name for facet in self.facets}) != len(self.facets):
            raise ValueError("facets: one is listed twice")
        return self
