"""matplotlib: small panels as SVG, in one style. The same input gives the same bytes."""

import io
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from reviewloop.pages import kit
from reviewloop.pages.palette import INK, LINE, SOFT

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Figures = Mapping[str, bytes | Exception]
"""SVGs by name; in the place of one that could not be drawn, why. One without data is not there."""

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


def draw(style: Mapping[str, object], makers: "Mapping[str, Callable[[], Figure | None]]") -> dict[str, bytes | Exception]:
    """What each maker draws in matplotlib's ``style``, by name. One that raises takes no other with it: ``drawn`` shows why."""
    import matplotlib as mpl

    figures: dict[str, bytes | Exception] = {}
    with mpl.rc_context(dict(style)):
        for name, make in makers.items():
            try:
                figure = make()
                if figure is not None:
                    figures[name] = svg(figure)
            except Exception as error:
                figures[name] = error
    return figures


def drawn(figures: Figures, captions: Mapping[str, str], kind: str = "") -> list[Markup]:
    """The figures that there are, in the order of their captions; a card in the place of one that could not be drawn."""

    def shown(name: str, caption: str) -> Markup:
        found = figures[name]
        if isinstance(found, Exception):
            raise found
        return kit.figure(found, caption, kind)

    return [
        kit.safely(f"Figure {name}".replace("_", " "), partial(shown, name, caption))
        for name, caption in captions.items()
        if name in figures
    ]


def svg(figure: "Figure") -> bytes:
    """The figure as bytes, the same ones every time."""
    sink = io.BytesIO()
    figure.savefig(sink, format="svg", metadata={"Date": None, "Creator": None})
    return sink.getvalue()


def thousands(value: float, _place: float) -> str:
    """A tick's label: 12,000."""
    return f"{value:,.0f}"


def few_ticks(axes: "Axes") -> None:
    """A logarithmic y axis with ticks at 1, 2 and 5 of each power of ten: also one of less than a power has some."""
    from matplotlib.ticker import LogLocator, NullLocator

    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0), numticks=8))
    axes.yaxis.set_minor_locator(NullLocator())


def legend_above(axes: "Axes", last: str = "") -> None:
    """The legend above a small panel, where it hides nothing; the label ``last`` stands last."""
    handles, labels = axes.get_legend_handles_labels()
    order = sorted(range(len(labels)), key=lambda place: labels[place] == last)
    axes.legend(
        [handles[place] for place in order], [labels[place] for place in order],
        loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=4, borderaxespad=0.2, handlelength=1.4, columnspacing=1.2,
    )  # fmt: skip
