"""Small pieces that the sections of the training report share."""

from collections.abc import Mapping

import numpy as np

from reviewloop.pages import legacy as parts

Figures = Mapping[str, bytes]
"""SVGs by name, as ``pages.training.figures.training_figures`` draws them; one without data is not there."""


def drawn(figures: Figures, **captions: str) -> list[str]:
    """The figures that there are, in the order of their captions."""
    return [parts.figure(figures[name], caption) for name, caption in captions.items() if name in figures]


def format_value(value: float, form: str = ".4f") -> str:
    """A number for a table; a dash for what is not known."""
    return format(value, form) if np.isfinite(value) else "–"


def format_seconds(seconds: float) -> str:
    """A duration in the unit that suits it."""
    if not np.isfinite(seconds) or seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
