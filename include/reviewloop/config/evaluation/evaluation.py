"""How a model is marked on the sealed test part: the slices, and what makes one of them worse."""

from typing import Final

from pydantic import Field, model_validator

from reviewloop.config.sections import Section, Share

OWN_SLICES: Final = ("length", "has_title")
"""Slices that every dataset has, beside the facets of its contract."""
MAX_FACETS: Final = 2
"""Three facets at once leave slices of a handful of rows, which prove nothing."""


class MarginsConfig(Section):
    """How far below the rest a slice may lie, in each mark; less is no concern however many rows prove it."""

    accuracy: Share
    macro_f1: Share


class EvaluationConfig(Section):
    """The slices of an evaluation."""

    slices: tuple[tuple[str, ...], ...] = Field(min_length=1)
    """Facets of the contract or ``OWN_SLICES``, and pairs of them, whose every value is a slice; left out: each by itself."""
    length_edges: tuple[int, ...] = Field(min_length=1)
    """Lower edges of the text length bands, in words; the last band is open."""
    min_slice_rows: int = Field(ge=1)
    """A slice, or a rest, with fewer rows is shown as not enough evidence and judges nothing."""
    margins: MarginsConfig
    alpha: float = Field(gt=0, lt=1)
    """The highest chance of one slice falsely called worse in a whole report, over all its slices and both metrics."""
    num_draws: int = Field(ge=100)
    """Draws of the permutation test of macro-F1, for each slice."""

    @model_validator(mode="after")
    def _sensible(self) -> "EvaluationConfig":
        if self.length_edges[0] != 0 or list(self.length_edges) != sorted(set(self.length_edges)):
            raise ValueError(f"length_edges {list(self.length_edges)} must rise from 0")
        for facets in self.slices:
            if not 1 <= len(facets) <= MAX_FACETS or len(set(facets)) != len(facets):
                raise ValueError(f"slices: {list(facets)} must be one facet, or two that differ")
        if len({frozenset(facets) for facets in self.slices}) != len(self.slices):
            raise ValueError("slices: one is listed twice")
        return self
