"""Does a model that says 0.9 turn out right nine times in ten? The plot, and its numbers."""

from collections.abc import Sequence

from markupsafe import Markup

from reviewloop.core.evaluation.reliability import Bin
from reviewloop.pages import kit
from reviewloop.pages.figures import STYLE, panel, svg
from reviewloop.pages.palette import SENTIMENT_COLOURS, SOFT


def reliability(bins: Sequence[Bin]) -> Markup:
    """The plot beside a table of its bins."""
    head = ["Confidence", "Share that is right", "95 % interval", "Answers"]
    rows = [
        [f"{one['confidence']:.2f}", f"{one['accuracy']:.2f}", f"{one['accuracy_low']:.2f} to {one['accuracy_high']:.2f}",
         f"{one['num_rows']:,}"]
        for one in bins
    ]  # fmt: skip
    caption = "A dot on the line says 0.8 and is right 8 times in 10; the larger, the more answers. The bars are 95 % intervals."
    return kit.grid(kit.figure(reliability_plot(bins), caption), kit.table(head, rows, numeric=range(4)))


def reliability_plot(bins: Sequence[Bin]) -> bytes:
    """SVG: accuracy over confidence, a dot a bin (larger: more rows) with its interval; on the line is calibrated."""
    import matplotlib as mpl

    most = max((one["num_rows"] for one in bins), default=1)
    with mpl.rc_context({**STYLE, "figure.figsize": (4.2, 4.0)}):
        figure, axes = panel("confidence", "share that is right")
        axes.plot([0, 1], [0, 1], "--", color=SOFT, linewidth=1)
        for one in bins:
            axes.vlines(one["confidence"], one["accuracy_low"], one["accuracy_high"], color=SENTIMENT_COLOURS["positive"])
            size = 4 + 8 * (one["num_rows"] / most) ** 0.5
            axes.plot(one["confidence"], one["accuracy"], "o", color=SENTIMENT_COLOURS["positive"], markersize=size)
        axes.set(xlim=(0, 1.02), ylim=(0, 1.02), aspect="equal")
        return svg(figure)
