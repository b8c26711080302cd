"""matplotlib: the figures of a profile page, each one small panel as SVG. The same input gives the same bytes."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reviewloop.config import Contract
from reviewloop.core.dataset.lengths import coverage
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.pages.figures import STYLE, Figures, draw, few_ticks, legend_above, panel, thousands
from reviewloop.pages.palette import INK
from reviewloop.pages.palette import SENTIMENT_COLOURS as COLOURS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MAX_BARS: Final = 50
_MAX_DATES: Final = 8


def profile_figures(rows: pd.DataFrame, contract: Contract, num_tokens: Sequence[int], max_seq_length: int) -> Figures:
    """SVG of each figure, by name: ``words``, ``tokens``, every facet that is a number by its field (``age``);
    ``positive_feedback`` where the contract has it, and ``days`` if there are several.

    ``rows`` are as ``profile_columns.described`` makes them; ``num_tokens`` are the tokens of each training text.
    """
    makers: dict[str, Callable[[], Figure | None]] = {
        "words": lambda: _stacked(rows, "num_words", "words of the text"),
        "tokens": lambda: _tokens(np.asarray(num_tokens), max_seq_length),
        "days": lambda: _days(rows) if rows["day"].nunique() > 1 else None,
    }
    for column in contract.facets.values():
        if column.bands:
            plain = column.shown.lower().replace("$", r"\$")  # between two of them matplotlib would read a formula
            makers[column.field] = partial(_stacked, rows, column.field, plain)
    if "positive_feedback" in contract:
        makers["positive_feedback"] = lambda: _at_least(rows, "positive_feedback", "customers who found the review helpful")
    return draw(STYLE, makers)


def _edges(values: NDArray[np.int64]) -> list[float]:
    """Bins of whole numbers: other widths draw spikes that are not in the data."""
    low, high = int(values.min()), int(values.max())
    width = max(1, -(-(high - low + 1) // _MAX_BARS))
    edges: list[float] = (np.arange(low, high + width + 1, width) - 0.5).tolist()
    return edges


def _stacked(rows: pd.DataFrame, column: str, x_label: str) -> "Figure":
    figure, axes = panel(x_label, "reviews")
    values = [rows.loc[rows["sentiment"] == name, column].to_numpy() for name in SENTIMENTS]
    axes.hist(values, bins=_edges(rows[column].to_numpy()), stacked=True, color=list(COLOURS.values()), label=list(COLOURS))
    axes.yaxis.set_major_formatter(thousands)
    legend_above(axes)
    return figure


def _at_least(rows: pd.DataFrame, column: str, x_label: str) -> "Figure":
    """The share of each sentiment's reviews that have at least so many: a long tail stays readable."""
    figure, axes = panel(f"at least so many {x_label}", "share of the reviews")
    for name in SENTIMENTS:
        values = np.sort(rows.loc[rows["sentiment"] == name, column].to_numpy())
        steps = np.unique(values)
        axes.step(steps, 1 - np.searchsorted(values, steps, side="left") / max(len(values), 1), color=COLOURS[name], label=name)
    few_ticks(axes)
    axes.yaxis.set_major_formatter(lambda share, _place: f"{100 * share:g} %")
    legend_above(axes)
    return figure


def _tokens(num_tokens: NDArray[np.int64], max_seq_length: int) -> "Figure":
    figure, axes = panel("tokens of a training text, title and special tokens included", "texts")
    counts, edges = np.histogram(num_tokens, bins=_edges(num_tokens))
    colours = [COLOURS["negative" if left > max_seq_length else "positive"] for left in edges[:-1]]
    axes.bar(edges[:-1], counts, width=np.diff(edges), align="edge", color=colours)
    axes.axvline(max_seq_length + 0.5, color=INK, linewidth=1.2)
    axes.set_ylim(top=counts.max() * 1.15)
    whole = coverage(num_tokens, max_seq_length)
    axes.annotate(
        f"{max_seq_length} tokens hold {whole:.2%} whole ", (max_seq_length, counts.max() * 1.08), ha="right", va="center"
    )
    axes.yaxis.set_major_formatter(thousands)
    return figure


def _days(rows: pd.DataFrame) -> "Figure":
    """Reviews of each day, from hundreds to one."""
    from matplotlib.ticker import SymmetricalLogLocator

    figure, axes = panel("", "reviews a day (log scale)")
    table = pd.crosstab(pd.to_datetime(rows["day"].astype(str)), rows["sentiment"]).reindex(columns=list(SENTIMENTS), fill_value=0)
    for name in SENTIMENTS:
        axes.plot(table.index, table[name], "o-", markersize=3, linewidth=1, color=COLOURS[name], label=name)
    axes.set_yscale("symlog")
    axes.yaxis.set_major_locator(SymmetricalLogLocator(base=10, linthresh=2, subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter(thousands)
    named = table.index[:: -(-len(table) // _MAX_DATES)]
    axes.set_xticks(named, [f"{day:%Y-%m-%d}" for day in named], rotation=20, ha="right")
    legend_above(axes)
    return figure
