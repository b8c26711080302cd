"""Which words decide, and where the candidate is wrong."""

from pydantic import Field

from reviewloop.config.sections import Section


class SliceSearchConfig(Section):
    """The tree that looks for slices with more mistakes than the rest."""

    max_depth: int = Field(ge=1, le=6)
    """Conditions that a slice's rule may hold."""
    min_rows: int = Field(ge=10)
    """Rows of a slice, in the half that proposes it and in the half that judges it."""
    num_examples: int = Field(ge=1)
    """Mistakes shown for a slice that is found."""
    alpha: float = Field(gt=0, lt=1)
    """The chance that a report names even one slice that is no worse than the rest."""


class ExplainConfig(Section):
    """The error analysis of a candidate. Its time is about ``num_texts`` times ``num_steps`` passes forward and back."""

    num_texts: int = Field(ge=3)
    """Sealed reviews that are explained, a third of them for each answer."""
    num_steps: int = Field(ge=2, le=256)
    """Points on the path of integrated gradients."""
    num_top: int = Field(ge=1)
    """Words that the page lists for each sentiment."""
    min_texts: int = Field(ge=2)
    """Explained reviews that must hold a word before its mean weight is told."""
    num_deleted: int = Field(ge=1)
    """Words that the deletion check takes out of a review."""
    num_mistakes: int = Field(ge=1)
    """Mistakes shown for each pair of true and said sentiment."""
    slices: SliceSearchConfig
