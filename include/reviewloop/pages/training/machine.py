"""What a fine-tune cost: the sections on speed and machine of the training report."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from reviewloop.pages import legacy as parts
from reviewloop.pages.training.parts import Figures, drawn, format_seconds, format_value
from reviewloop.pages.training.run import Run, Training
from reviewloop.pages.training.series import Numbers, columns, middle, numbers

PHASES: Final = {"data": "#e69f00", "forward": "#56b4e9", "backward": "#0072b2", "optimiser": "#cc79a7", "other": "#999999"}
"""The parts of a step in order, and their colours, which colour-blind readers tell apart too (Okabe and Ito)."""
_NUM_SLOWEST: Final = 5


def speed(training: Training, figures: Figures) -> str:
    """Where a step's time goes, the slowest steps, and throughput over time."""
    run = training.shown
    if not run.steps:
        return parts.paragraph("No step was captured: there is nothing to say on where the time went.")
    shown = drawn(
        figures,
        throughput="Rows and tokens that the training took in a second, over time. Empty: validation and saving. Grey: a restart.",
        phases="Where a step's time went, over time.",
        step_seconds="Median and slowest step of each captured window (log scale), over time.",
        ranks="What each process spent on data and forward pass, where none waits for another, over time.",
    )
    return parts.grid(_time(run), _slowest(run)) + "".join(shown)


def _time(run: Run) -> str:
    """A step's mean time by phase, and the run's time outside of steps."""
    num_steps = float(np.nansum(numbers(run.steps, "num_steps")))
    seconds = {name: float(np.nansum(numbers(run.steps, "phases", name))) for name in PHASES}
    whole = sum(seconds.values())
    if not whole or not num_steps:
        return parts.paragraph("The captured steps do not tell where their time went.")
    bar = "".join(
        f'<i style="width:{100 * value / whole:.2f}%;background:{PHASES[name]}" title="{name} {value / whole:.1%}"></i>'
        for name, value in seconds.items()
    )
    key = "".join(f'<span class="line"><i style="background:{colour}"></i>{name}</span> ' for name, colour in PHASES.items())
    rows = [[name, f"{value / whole:.1%}", f"{1000 * value / num_steps:.1f}"] for name, value in seconds.items()]
    rows.append(["<b>step</b>", "<b>100.0%</b>", f"<b>{1000 * whole / num_steps:.1f}</b>"])
    took = f"All steps took {format_seconds(whole)} of the run's {format_seconds(run.seconds)}; the rest is loading, validation, "
    return (
        f'<h3>Where a step\'s time goes</h3><p class="key soft">{key}</p><div class="bar tall">{bar}</div>'
        + parts.table(["Phase", "Share", "ms a step"], rows, (1, 2))
        + parts.paragraph(f"{took}checkpoints and pauses.", "soft")
    )


def _slowest(run: Run) -> str:
    slowest = numbers(run.steps, "slowest_step_seconds")
    places = [place for place in np.argsort(-slowest) if np.isfinite(slowest[place])][:_NUM_SLOWEST]
    if not places:
        return ""
    usual = middle(numbers(run.steps, "median_step_seconds"))
    which = numbers(run.steps, "slowest_step")
    rows = [
        [format_value(which[place], ",.0f"), f"{1000 * slowest[place]:,.0f}", format_value(slowest[place] / usual, ".1f")]
        for place in places
    ]
    head = ["Step", "ms", "Times the median"]
    return f"<h3>The slowest steps</h3>{parts.table(head, rows, range(3))}"


def machine(training: Training, figures: Figures) -> str:
    """Processor, memory, disk and GPU: on average, at the most, and over time."""
    run = training.shown
    if not run.system:
        return parts.paragraph("The machine was not read: there is nothing to say on processor, memory and disk.")
    shown = drawn(
        figures,
        cpu=f"Use of each of the {run.num_cores} processor cores over time.",
        gpu="Use of each GPU over time.",
        memory="Memory of the training process, and of each GPU where there is one, over time.",
        disk="What the training read from disk and wrote to it, and the share of the processor time spent waiting for disks.",
    )
    return _use(run) + "".join(shown)


def _use(run: Run) -> str:
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
    return parts.table(["", "Mean", "Highest"], rows, (1, 2))
