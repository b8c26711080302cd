"""How many tokens of a text the model reads, drawn for a person."""

import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from reviewloop.core.dataset.lengths import coverage


def draw_lengths(lengths: Sequence[int] | NDArray[np.int64], max_seq_length: int) -> bytes:
    """A PNG: the distribution of the lengths, the chosen one and what it covers. The same input gives the same bytes."""
    from matplotlib.figure import Figure  # the object interface: no global state, no display

    values = np.asarray(lengths)
    figure = Figure(figsize=(8, 4.5), dpi=100, layout="constrained")
    counts = figure.subplots()
    width = max(1, int(values.max()) // 50)  # whole tokens: other widths draw spikes that are not in the data
    counts.hist(
        values, bins=np.arange(0, values.max() + width + 1, width).tolist(), color="#7a9cc6", edgecolor="white", linewidth=0.4
    )
    counts.set(xlabel="tokens of a training review, special ones included", ylabel="reviews")
    counts.set_title(f"max_seq_length {max_seq_length} holds {coverage(values, max_seq_length):.2%} of the training texts whole")
    counts.spines[["top", "right"]].set_visible(False)

    shares = counts.twinx()
    ordered = np.sort(values)
    shares.plot(ordered, np.arange(1, len(ordered) + 1) / len(ordered), color="#444444", linewidth=1.2)
    shares.set(ylim=(0, 1.08), ylabel="share held whole")
    shares.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0 %", "25 %", "50 %", "75 %", "100 %"])
    shares.spines["top"].set_visible(False)
    shares.axvline(max_seq_length, color="#c0392b", linewidth=1.5)

    png = io.BytesIO()
    figure.savefig(png, format="png", metadata={"Software": None})
    return png.getvalue()
