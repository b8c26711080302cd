"""matplotlib: the figures of a training report, by optimiser step or epoch. The same records give the same bytes."""

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from reviewloop.pages.figures import Figures, draw, legend_above, panel, thousands
from reviewloop.pages.palette import SENTIMENT_COLOURS as COLOURS
from reviewloop.pages.training import panels
from reviewloop.pages.training.history import SeedHistory, Training
from reviewloop.pages.training.series import columns, numbers, thin
from reviewloop.pages.training.timelines import time_figures

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SMOOTH: Final = 60
"""Points of a noisy line: each is the mean of its neighbours, inside the band of all."""


def training_figures(training: Training) -> Figures:
    """SVG of each figure of the shown run, by name; a figure that no record speaks of is left out.

    Which run is shown is asked inside each: where the result is no good for that, the figures say so and the page stays whole.
    """
    makers = {
        "loss": lambda: _loss(training.shown),
        "metrics": lambda: _validation_metrics(training),
        "learning_rate": lambda: _learning_rate(training.shown),
        "classes": lambda: _classes(training),
        "gradient_norm": lambda: _gradient_norm(training),
        "layers": lambda: _layers(training.shown),
        **time_figures(training),
    }
    return draw(panels.REPORT_STYLE, makers)


def _loss(run: SeedHistory) -> "Figure | None":
    if not run.learning and not run.validations:
        return None
    figure, axes = _by_step(run, "loss in nats")
    step, loss = numbers(run.learning, "step"), numbers(run.learning, "loss")
    panels.line(axes, thin(step, loss, most=_SMOOTH), panels.BLUE, "training")
    broken = np.array([line.get("finite") is False for line in run.learning], dtype=bool)
    lost = step[~np.isfinite(loss) | broken]
    if len(lost):
        axes.plot(lost, np.full(len(lost), 0.03), "x", color=panels.WRONG, transform=axes.get_xaxis_transform(), label="not finite")
    epochs = numbers(run.validations, "step")
    for key, style, colour, label in (
        ("train_loss", "s--", panels.BLUE, "training, epoch"),
        ("validation_loss", "o-", panels.ORANGE, "validation"),
    ):
        values = numbers(run.validations, key)
        if np.isfinite(values).any():
            axes.plot(epochs, values, style, color=colour, markersize=5, label=label)
    legend_above(axes, last=panels.RESTART)
    return figure


def _validation_metrics(training: Training) -> "Figure | None":
    shown = training.shown
    if not np.isfinite(numbers(shown.validations, "macro_f1")).any():
        return None
    figure, axes = panel("epoch", "share")
    others = [run for run in training.runs if run is not shown]
    for place, run in enumerate(others):
        label = "macro-F1, other seeds" if place == 0 else None
        axes.plot(numbers(run.validations, "epoch"), numbers(run.validations, "macro_f1"), "o-", color=panels.GREY, markersize=3,
                  linewidth=0.9, label=label)  # fmt: skip
    epochs = numbers(shown.validations, "epoch")
    for key, colour, label in (("accuracy", panels.ORANGE, "accuracy"), ("macro_f1", panels.BLUE, "macro-F1")):
        axes.plot(epochs, numbers(shown.validations, key), "o-", color=colour, markersize=5, label=label)
    kept = epochs == training.best_epoch
    axes.plot(epochs[kept], numbers(shown.validations, "macro_f1")[kept], "o", color=panels.BLUE, markersize=11, fillstyle="none")
    axes.set_xticks(np.unique(epochs)[:: -(-len(epochs) // 12)])
    axes.margins(x=0.1, y=0.15)
    legend_above(axes, last=panels.RESTART)
    return figure


def _learning_rate(run: SeedHistory) -> "Figure | None":
    rate = numbers(run.learning, "learning_rate")
    if not np.isfinite(rate).any():
        return None
    figure, axes = _by_step(run, "learning rate")
    panels.line(axes, thin(numbers(run.learning, "step"), rate), panels.BLUE)
    axes.ticklabel_format(axis="y", style="sci", scilimits=(0, 0), useMathText=True)
    axes.set_ylim(bottom=0)
    return figure


def _classes(training: Training) -> "Figure | None":
    run = training.shown
    shares = columns(run.steps, "class_shares")
    if not np.isfinite(shares).any():
        return None
    figure, axes = _by_step(run, "share of the rows, %")
    names = [str(label) for label in training.job.get("labels") or []]
    spare = (panels.BLUE, panels.ORANGE, panels.GREEN, panels.WRONG, panels.GREY)
    for place in range(shares.shape[1]):
        name = names[place] if place < len(names) else f"class {place}"
        drawn = thin(numbers(run.steps, "step"), 100 * shares[:, place], most=_SMOOTH)
        panels.line(axes, drawn, COLOURS.get(name, spare[place % len(spare)]), name)
    legend_above(axes, last=panels.RESTART)
    return figure


def _gradient_norm(training: Training) -> "Figure | None":
    run = training.shown
    norm = numbers(run.steps, "gradient_norm")
    if not (norm[np.isfinite(norm)] > 0).any():
        return None
    figure, (axes,) = panels.wide([1.7], "optimiser step", ["gradient norm"])
    panels.line(axes, thin(numbers(run.steps, "step"), np.where(norm > 0, norm, np.nan), most=2 * _SMOOTH), panels.BLUE, "norm")
    limit = training.job.get("max_gradient_norm")
    if limit:
        axes.axhline(limit, color=panels.WRONG, linestyle="--", linewidth=1, label="clipping")
    panels.log_scale(axes)
    _span(axes, run)
    panels.legend(axes)
    return figure


def _layers(run: SeedHistory) -> "Figure | None":
    names = run.layers
    norms = np.array([numbers(run.tensors, "layers", name, "gradient_norm") for name in names]).T
    known = norms[np.isfinite(norms) & (norms > 0)] if names else norms
    if not len(known):
        return None
    from matplotlib.colors import ListedColormap, LogNorm

    step = numbers(run.tensors, "step")
    logs = thin(step, np.log10(np.where(norms > 0, norms, np.nan)))
    lost = thin(step, np.where(np.isfinite(norms), np.nan, 1.0))
    figure, (axes,) = panels.wide([panels.heat_height(len(names))], "optimiser step", [""])
    low, high = known.min(), known.max()
    panels.heat(figure, axes, logs, 10.0**logs.mean, names, LogNorm(low, high if high > low else 10 * low), "gradient norm")
    rows = np.arange(len(names) + 1) - 0.5
    edges = np.append(lost.start, lost.end[-1])
    axes.pcolormesh(edges, rows, np.ma.masked_invalid(lost.mean).T, cmap=ListedColormap([panels.WRONG]), rasterized=True)
    _span(axes, run)
    return figure


def _by_step(run: SeedHistory, y_label: str) -> "tuple[Figure, Axes]":
    figure, axes = panel("optimiser step", y_label)
    _span(axes, run)
    return figure, axes


def _span(axes: "Axes", run: SeedHistory) -> None:
    """Steps from the first to the last, with a dotted line at each restart."""
    last: Any = np.max(numbers(run.learning, "step"), initial=1.0)
    axes.set_xlim(0, max(last, np.max(numbers(run.validations, "step"), initial=1.0)) * 1.02)
    axes.xaxis.set_major_formatter(thousands)
    for place, step in enumerate(run.restarts):
        axes.axvline(step, color=panels.GREY, linestyle=":", linewidth=1.2, label=panels.RESTART if place == 0 else None)
