"""How many tokens of a text the model reads, drawn for a person."""

import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from reviewloop.core.dataset.lengths import coverage
from reviewloop.pages.figures import STYLE, panel, thousands
from reviewloop.pages.palette import INK, SENTIMENT_COLOURS


def draw_lengths(lengths: Sequence[int] | NDArray[np.int64], max_seq_length: int) -> bytes:
    """A PNG: the distribution of the lengths, the chosen one and what it covers. The same input gives the same bytes."""
    import matplotlib as mpl

    values = np.asarray(lengths)
    with mpl.rc_context({**STYLE, "figure.figsize": (8, 4.5), "figure.dpi": 100}):
        figure, counts = panel("tokens of a training review, special ones included", "reviews")
        width = max(1, int(values.max()) // 50)  # whole tokens: other widths draw spikes that are not in the data
        bins = np.arange(0, values.max() + width + 1, width).tolist()
        counts.hist(values, bins=bins, color=SENTIMENT_COLOURS["positive"], edgecolor="white", linewidth=0.4)
        counts.yaxis.set_major_formatter(thousands)
        share = coverage(values, max_seq_length)
        counts.set_title(f"max_seq_length {max_seq_length} holds {share:.2%} of the training texts whole")

        shares = counts.twinx()
        ordered = np.sort(values)
        shares.plot(ordered, np.arange(1, len(ordered) + 1) / len(ordered), color=INK, linewidth=1.2)
        shares.set(ylim=(0, 1.08), ylabel="share held whole")
        shares.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0 %", "25 %", "50 %", "75 %", "100 %"])
        shares.axvline(max_seq_length, color=SENTIMENT_COLOURS["negative"], linewidth=1.5)
        png = io.BytesIO()
        figure.savefig(png, format="png", metadata={"Software": None})
    return png.getvalue()
