"""matplotlib: small panels as SVG, in one style. The same input gives the same bytes."""

import io
from typing import TYPE_CHECKING, Final

from reviewloop.pages.palette import INK, LINE, SOFT

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

STYLE: Final[dict[str, object]] = {
    "figure.figsize": (5.0, 2.9),
    "figure.constrained_layout.use": True,
    "font.size": 9,
    "axes.edgecolor": SOFT,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": LINE,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
    "svg.hashsalt": "reviewloop",  # without one, the ids of elements are drawn at random
}


def panel(x_label: str, y_label: str) -> "tuple[Figure, Axes]":
    """A small figure with its labelled axes."""
    from matplotlib.figure import Figure  # the object interface: no window, nothing left behind

    figure = Figure()
    axes = figure.subplots()
    axes.set(xlabel=x_label, ylabel=y_label)
    return figure, axes


def svg(figure: "Figure") -> bytes:
    """The figure as bytes, the same ones every time."""
    sink = io.BytesIO()
    figure.savefig(sink, format="svg", metadata={"Date": None, "Creator": None})
    return sink.getvalue()


def thousands(value: float, _place: float) -> str:
    """A tick's label: 12,000."""
    return f"{value:,.0f}"
