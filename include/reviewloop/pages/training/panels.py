"""matplotlib: what the figures of a training report are built from, above all panels over one time axis that lie in line."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np

from reviewloop.pages.figures import STYLE, few_ticks
from reviewloop.pages.palette import LINE, SENTIMENT_COLOURS, SERIES
from reviewloop.pages.training.history import SeedHistory
from reviewloop.pages.training.series import Numbers, Thinned

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUE, ORANGE, GREEN, _, GREY = SERIES
WRONG: Final = SENTIMENT_COLOURS["negative"]
"""What went wrong: a deep orange, which colour-blind readers tell from the colours of ``HEAT`` too."""
RESTART: Final = "restart"
"""Label of the line that marks one."""
HEAT: Final = "cividis"
"""Dark is little, bright is much; white is nothing read."""
REPORT_STYLE: Final[dict[str, object]] = {**STYLE, "savefig.dpi": 144, "lines.linewidth": 1.4, "legend.fontsize": 8.5}

Times = TypeVar("Times", float, Numbers)

_WIDTH: Final = 10.0
_LEFT: Final = 1.0
_RIGHT: Final = 1.0
_BOTTOM: Final = 0.5
_TOP: Final = 0.1
_GAP: Final = 0.18
"""Inches, so that panels of any height begin and end at the same place."""
_MAX_NAMES: Final = 16
_UNITS: Final = (("seconds", 1.0), ("minutes", 60.0), ("hours", 3600.0))
_MOST_UNITS: Final = 180
"""A longer run has its axis in the next unit."""


@dataclass(frozen=True)
class TimeAxis:
    """The time that all figures of a run share: from its first record, in a unit that suits its length."""

    start: float
    length: float
    unit: str
    unit_seconds: float
    pauses: Sequence[tuple[float, float]]

    def __call__(self, times: Times) -> Times:
        """Unix seconds as places on the axis."""
        return (times - self.start) / self.unit_seconds


def time_axis(run: SeedHistory) -> TimeAxis:
    """The axis of ``run``, which has at least one record."""
    unit, seconds = next((one for one in _UNITS if run.seconds <= _MOST_UNITS * one[1]), _UNITS[-1])
    start, end = run.times
    places = [((before - start) / seconds, (after - start) / seconds) for before, after in run.pauses]
    return TimeAxis(start, max((end - start) / seconds, 1e-3), unit, seconds, places)


def wide(heights: Sequence[float], x_label: str, y_labels: Sequence[str]) -> "tuple[Figure, list[Axes]]":
    """Panels below each other, ``heights`` in inches; the lowest carries the labels of the x axis."""
    from matplotlib.figure import Figure  # the object interface: no window, nothing left behind

    height = sum(heights) + _BOTTOM + _TOP + _GAP * (len(heights) - 1)
    figure = Figure(figsize=(_WIDTH, height))
    figure.set_layout_engine("none")  # every panel has its place already
    panels: list[Axes] = []
    bottom = height - _TOP
    for own, label in zip(heights, y_labels, strict=True):
        bottom -= own
        box = (_LEFT / _WIDTH, bottom / height, (_WIDTH - _LEFT - _RIGHT) / _WIDTH, own / height)
        axes = figure.add_axes(box)
        axes.set_ylabel(label)
        axes.tick_params(labelbottom=False)
        panels.append(axes)
        bottom -= _GAP
    panels[-1].tick_params(labelbottom=True)
    panels[-1].set_xlabel(x_label)
    return figure, panels


def over_time(axis: TimeAxis, heights: Sequence[float], y_labels: Sequence[str]) -> "tuple[Figure, list[Axes]]":
    """Panels over the time of a run, its pauses in grey."""
    figure, panels = wide(heights, f"{axis.unit} since the start", y_labels)
    for axes in panels:
        axes.set_xlim(0, axis.length)
        for before, after in axis.pauses:
            axes.axvspan(before, after, color=LINE, linewidth=0)
    return figure, panels


def line(axes: "Axes", drawn: Thinned, colour: str, label: str = "", style: str = "-") -> None:
    """The mean of each group, in a band from its lowest to its highest where groups hold several readings."""
    axes.fill_between(drawn.middle, drawn.low[:, 0], drawn.high[:, 0], color=colour, alpha=0.2, linewidth=0)
    mean = drawn.mean[:, 0]
    axes.plot(drawn.middle, mean, style, color=colour, label=label)
    there = np.isfinite([np.nan, *mean, np.nan])
    alone = there[1:-1] & ~there[:-2] & ~there[2:]  # a line needs two
    axes.plot(drawn.middle[alone], mean[alone], ".", color=colour, markersize=4)


def log_scale(axes: "Axes") -> None:
    """A logarithmic y axis with plain numbers."""
    few_ticks(axes)
    axes.yaxis.set_major_formatter(lambda value, _place: f"{value:,.0f}" if value >= 1 else f"{value:g}")


def legend(axes: "Axes") -> None:
    """The legend right of the panel, where it hides nothing."""
    if axes.get_legend_handles_labels()[1]:
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.04), borderaxespad=0.3, handlelength=1.2)


def heat(figure: "Figure", axes: "Axes", drawn: Thinned, values: Numbers, names: Sequence[str], norm: Any, label: str) -> None:
    """A row for each name, the first at the bottom, with the colour scale at the right. ``values`` is as wide as ``drawn.mean``."""
    edges = np.append(drawn.start, drawn.end[-1])
    mesh = axes.pcolormesh(
        edges, np.arange(len(names) + 1) - 0.5, np.ma.masked_invalid(values).T, cmap=HEAT, norm=norm, rasterized=True
    )
    step = -(-len(names) // _MAX_NAMES)
    axes.set_yticks(range(0, len(names), step), names[::step])
    axes.grid(visible=False)
    box = axes.get_position()
    scale = figure.add_axes((box.x1 + 0.012, box.y0, 0.013, box.height))
    figure.colorbar(mesh, cax=scale, label=label)


def heat_height(num_rows: int) -> float:
    """Inches that a heat map of so many rows needs."""
    return min(max(0.24 * num_rows, 0.9), 4.5)
