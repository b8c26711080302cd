"""What a fine-tune cost: the sections on speed and machine of the training report."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from markupsafe import Markup

from reviewloop.pages import kit
from reviewloop.pages.figures import Figures, drawn
from reviewloop.pages.training.formats import format_seconds, format_value
from reviewloop.pages.training.history import SeedHistory, Training
from reviewloop.pages.training.series import Numbers, columns, middle, numbers

PHASES: Final = {"data": 2, "forward": 3, "backward": 1, "optimiser": 4, "other": 5}
"""The parts of a step in order, and the place of each one's colour among the palette's ``SERIES``, from 1."""
_NUM_SLOWEST: Final = 5
_SPEED: Final = {
    "throughput": "Rows and tokens that the training took in a second, over time. Empty: validation and saving. Grey: a restart.",
    "phases": "Where a step's time went, over time.",
    "step_seconds": "Median and slowest step of each captured window (log scale), over time.",
    "ranks": "What each process spent on data and forward pass, where none waits for another, over time.",
}
"""Figure -> what it shows."""


def speed(training: Training, figures: Figures) -> Markup:
    """Where a step's time goes, the slowest steps, and throughput over time."""
    run = training.shown
    if not run.steps:
        return kit.paragraph("No step was captured: there is nothing to say on where the time went.")
    return kit.join([kit.grid(_time(run), _slowest(run)), *drawn(figures, _SPEED, "broad")])


def _time(run: SeedHistory) -> Markup:
    """A step's mean time by phase, and the run's time outside of steps."""
    num_steps = float(np.nansum(numbers(run.steps, "num_steps")))
    seconds = {name: float(np.nansum(numbers(run.steps, "phases", name))) for name in PHASES}
    whole = sum(seconds.values())
    if not whole or not num_steps:
        return kit.paragraph("The captured steps do not tell where their time went.")
    rows: list[list[object]] = [
        [name, f"{value / whole:.1%}", f"{1000 * value / num_steps:.1f}"] for name, value in seconds.items()
    ]
    rows.append([Markup("<b>{}</b>").format(cell) for cell in ("step", "100.0%", f"{1000 * whole / num_steps:.1f}")])
    took = f"All steps took {format_seconds(whole)} of the run's {format_seconds(run.seconds)}; the rest is loading, validation, "
    return kit.join(
        [
            kit.heading("Where a step's time goes"),
            kit.key({name: f"c{place}" for name, place in PHASES.items()}),
            kit.stacked([(name, value / whole, f"c{PHASES[name]}") for name, value in seconds.items()]),
            kit.table(["Phase", "Share", "ms a step"], rows, (1, 2)),
            kit.paragraph(f"{took}checkpoints and pauses.", "soft"),
        ]
    )


def _slowest(run: SeedHistory) -> Markup:
    slowest = numbers(run.steps, "slowest_step_seconds")
    places = [place for place in np.argsort(-slowest) if np.isfinite(slowest[place])][:_NUM_SLOWEST]
    if not places:
        return Markup()
    usual = middle(numbers(run.steps, "median_step_seconds"))
    which = numbers(run.steps, "slowest_step")
    rows = [
        [format_value(which[place], ",.0f"), f"{1000 * slowest[place]:,.0f}", format_value(slowest[place] / usual, ".1f")]
        for place in places
    ]
    head = ["Step", "ms", "Times the median"]
    return kit.join([kit.heading("The slowest steps"), kit.table(head, rows, range(3))])


def machine(training: Training, figures: Figures) -> Markup:
    """Processor, memory, disk and GPU: on average, at the most, and over time."""
    run = training.shown
    if not run.system:
        return kit.paragraph("The machine was not read: there is nothing to say on processor, memory and disk.")
    captions = {
        "cpu": f"Use of each of the {run.num_cores} processor cores over time.",
        "gpu": "Use of each GPU over time.",
        "memory": "Memory of the training process, and of each GPU where there is one, over time.",
        "disk": "What the training read from disk and wrote to it, and the share of the processor time spent waiting for disks.",
    }
    return kit.join([_use(run), *drawn(figures, captions, "broad")])


def _use(run: SeedHistory) -> Markup:
    """What the machine was asked for, on average and at the most."""
    share = {"form": ".0f", "unit": "%"}
    cores = [("Processor, all cores", columns(run.system, "cpu").mean(axis=1), share)] if run.num_cores else []
    lines: list[tuple[str, Numbers, Mapping[str, str]]] = [
        *cores,
        ("Processor, the training alone (100 % is one core)", numbers(run.system, "process_cpu"), share),
        ("Memory of the training", numbers(run.system, "memory_mb"), {"form": ",.0f", "unit": "MB"}),
        ("Read from disk", numbers(run.system, "read_mb_s"), {"form": ".1f", "unit": "MB/s"}),
        ("Written to disk", numbers(run.system, "write_mb_s"), {"form": ".1f", "unit": "MB/s"}),
        ("Waiting for the disk", 100 * numbers(run.system, "io_wait_share"), {"form": ".1f", "unit": "%"}),
    ]
    for place in range(run.num_gpus):
        lines += [
            (f"GPU {place}", 100 * columns(run.system, "gpu", "use")[:, place], share),
            (f"GPU {place}, memory", columns(run.system, "gpu", "memory_mb")[:, place], {"form": ",.0f", "unit": "MB"}),
            (f"GPU {place}, share of its memory", 100 * columns(run.system, "gpu", "memory_share")[:, place], share),
        ]
    rows = []
    for name, values, how in lines:
        known = values[np.isfinite(values)]
        if len(known):
            rows.append([name, f"{known.mean():{how['form']}} {how['unit']}", f"{known.max():{how['form']}} {how['unit']}"])
    return kit.table(["", "Mean", "Highest"], rows, (1, 2))
