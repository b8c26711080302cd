"""matplotlib: the figures of a training report over time, all on the same axis: speed, processor, GPU, memory, disk."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from reviewloop.pages.figures import thousands
from reviewloop.pages.palette import SERIES
from reviewloop.pages.training import panels
from reviewloop.pages.training.history import SeedHistory, Training
from reviewloop.pages.training.machine import PHASES
from reviewloop.pages.training.panels import TimeAxis, time_axis
from reviewloop.pages.training.series import Numbers, Thinned, columns, highest, numbers, thin

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_PANEL = 1.5
"""Inches of a panel with lines."""


def time_figures(training: Training) -> "dict[str, Callable[[], Figure | None]]":
    """What draws each figure, by name; it gives ``None`` where no record speaks of it."""
    makers = {
        "throughput": _throughput,
        "phases": _phases,
        "step_seconds": _step_seconds,
        "ranks": _ranks,
        "cpu": _cpu,
        "gpu": _gpu,
        "memory": _memory,
        "disk": _disk,
    }
    return {name: partial(_over_time, make, training) for name, make in makers.items()}


def _over_time(make: "Callable[[SeedHistory, TimeAxis], Figure | None]", training: Training) -> "Figure | None":
    run = training.shown
    return make(run, time_axis(run))


def _steps(run: SeedHistory, axis: TimeAxis, values: Numbers) -> Thinned:
    """Windows lie where they begin; the time between two epochs stays empty."""
    starts = numbers(run.steps, "time") - np.nan_to_num(numbers(run.steps, "seconds"))
    return thin(axis(starts), values, [(axis(before), axis(after)) for before, after in run.breaks])


def _readings(run: SeedHistory, axis: TimeAxis, values: Numbers) -> Thinned:
    return thin(axis(numbers(run.system, "time")), values, axis.pauses)


def _throughput(run: SeedHistory, axis: TimeAxis) -> "Figure | None":
    seconds = numbers(run.steps, "seconds")
    seconds = np.where(seconds > 0, seconds, np.nan)
    rates = [numbers(run.steps, name) / seconds for name in ("num_rows", "num_tokens")]
    if not any(np.isfinite(rate).any() for rate in rates):
        return None
    figure, both = panels.over_time(axis, [_PANEL, _PANEL], ["rows a second", "tokens a second"])
    for axes, rate in zip(both, rates, strict=True):
        panels.line(axes, _steps(run, axis, rate), panels.BLUE)
        axes.set_ylim(bottom=0)
        axes.yaxis.set_major_formatter(thousands)
    return figure


def _phases(run: SeedHistory, axis: TimeAxis) -> "Figure | None":
    seconds = np.array([numbers(run.steps, "phases", name) for name in PHASES]).T.reshape(len(run.steps), len(PHASES))
    whole = np.nansum(seconds, axis=1)
    if not whole.any():
        return None
    shares = 100 * np.nan_to_num(seconds) / np.where(whole > 0, whole, np.nan)[:, None]
    drawn = _steps(run, axis, shares)
    figure, (axes,) = panels.over_time(axis, [1.8], ["share of a step, %"])
    axes.stackplot(
        drawn.middle, drawn.mean.T, colors=[SERIES[place - 1] for place in PHASES.values()], labels=list(PHASES), linewidth=0
    )
    axes.set_ylim(0, 100)
    panels.legend(axes)
    return figure


def _step_seconds(run: SeedHistory, axis: TimeAxis) -> "Figure | None":
    median, slowest = (1000 * numbers(run.steps, f"{name}_step_seconds") for name in ("median", "slowest"))
    if not (median[np.isfinite(median)] > 0).any():
        return None
    figure, (axes,) = panels.over_time(axis, [_PANEL], ["ms a step"])
    panels.line(axes, _steps(run, axis, slowest), panels.ORANGE, "slowest")
    panels.line(axes, _steps(run, axis, median), panels.BLUE, "median")
    panels.log_scale(axes)
    panels.legend(axes)
    return figure


def _ranks(run: SeedHistory, axis: TimeAxis) -> "Figure | None":
    seconds = columns(run.steps, "rank_seconds")
    if run.num_ranks < 2 or not np.isfinite(seconds).any():
        return None
    from matplotlib.colors import Normalize

    drawn = _steps(run, axis, seconds)
    figure, (axes,) = panels.over_time(axis, [panels.heat_height(run.num_ranks)], [""])
    norm = Normalize(0, float(np.nanmax(seconds)))
    panels.heat(figure, axes, drawn, drawn.mean, [f"process {rank}" for rank in range(run.num_ranks)], norm, "s a window")
    return figure


def _cpu(run: SeedHistory, axis: TimeAxis) -> "Figure | None":
    use = columns(run.system, "cpu")
    return _use_of(run, axis, use, [f"core {core}" for core in range(use.shape[1])])


def _gpu(run: SeedHistory, axis: TimeAxis) -> "Figure | None":
    use = 100 * columns(run.system, "gpu", "use")
    return _use_of(run, axis, use, [f"GPU {place}" for place in range(use.shape[1])])


def _use_of(run: SeedHistory, axis: TimeAxis, use: Numbers, names: list[str]) -> "Figure | None":
    """A heat map of ``use`` in percent."""
    if not np.isfinite(use).any():
        return None
    from matplotlib.colors import Normalize

    drawn = _readings(run, axis, use)
    figure, (axes,) = panels.over_time(axis, [panels.heat_height(len(names))], [""])
    panels.heat(figure, axes, drawn, drawn.mean, names, Normalize(0, 100), "use, %")
    return figure


def _memory(run: SeedHistory, axis: TimeAxis) -> "Figure | None":
    memory = numbers(run.system, "memory_mb") / 1000
    if not np.isfinite(memory).any():
        return None
    shares = 100 * columns(run.system, "gpu", "memory_share")
    labels = ["memory, GB"] + (["GPU memory, %"] if shares.shape[1] else [])
    figure, (axes, *others) = panels.over_time(axis, [_PANEL] * len(labels), labels)
    panels.line(axes, _readings(run, axis, memory), panels.BLUE)
    axes.set_ylim(0, 1.15 * highest(memory))
    for below in others:
        for place in range(shares.shape[1]):
            colour = (panels.BLUE, panels.ORANGE, panels.GREEN, panels.GREY)[place % 4]
            panels.line(below, _readings(run, axis, shares[:, place]), colour, f"GPU {place}", ("-", "--")[place // 4 % 2])
        below.set_ylim(0, 105)
        panels.legend(below)
    return figure


def _disk(run: SeedHistory, axis: TimeAxis) -> "Figure | None":
    read, write, wait = (numbers(run.system, name) for name in ("read_mb_s", "write_mb_s", "io_wait_share"))
    if not np.isfinite([read, write, wait]).any():
        return None
    figure, (rates, waits) = panels.over_time(axis, [_PANEL, 1.0], ["MB a second", "waiting, %"])
    for values, colour, label in ((read, panels.BLUE, "read"), (write, panels.ORANGE, "written")):
        panels.line(rates, _readings(run, axis, values), colour, label)
    panels.line(waits, _readings(run, axis, 100 * wait), panels.GREY)
    for axes in (rates, waits):
        axes.set_ylim(bottom=0)
    panels.legend(rates)
    return figure
