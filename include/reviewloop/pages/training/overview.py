"""The first screen of the training report: how the job ended, the numbers that matter, what the watch saw."""

import math
from datetime import UTC, datetime
from html import escape
from statistics import mean, stdev

import numpy as np

from reviewloop.pages import legacy as parts
from reviewloop.pages.training import rules
from reviewloop.pages.training.parts import format_seconds, format_value
from reviewloop.pages.training.run import EARLY_STOPPING, Training
from reviewloop.pages.training.series import Record, highest, middle, number, numbers


def overview(training: Training) -> str:
    """HTML; an error comes before everything else."""
    return (
        _state(training)
        + _error(training)
        + f'<div class="tiles">{"".join(parts.tile(*tile) for tile in _tiles(training))}</div>'
        + _seeds(training)
        + f"<h3>What the watch saw</h3>{rules.cards(training)}"
        + _remarks(training)
    )


def _state(training: Training) -> str:
    """How the job ended, in one line."""
    result, kept = training.result, f"the weights of epoch {training.best_epoch} are kept"
    if result is None and training.failure is not None:
        word, kind, told = "Failed", "bad", "the program ended by itself without a model"
    elif result is None:
        word, kind, told = "Not finished", "warn-text", "there is no result: the program still runs, or it was killed"
    elif result.get("stopped_by") in (None, EARLY_STOPPING):
        word, kind, told = "Succeeded", "good", ", ".join(filter(None, [kept, _stopped(result)]))
    else:
        word, kind, told = "Stopped by a rule", "warn-text", f"“{rules.title(str(result['stopped_by']))}”; {kept}"
    return f'<p class="state"><span class="{kind}">{word}</span>: {escape(told)}.</p>'


def _error(training: Training) -> str:
    """Why there is no model, as the program and its log tell it."""
    if training.result is not None:
        return ""
    failure = training.failure or {}
    blocks = [("Where it happened", str(failure.get("trace", ""))), ("The end of the program's log", training.log_tail)]
    details = "".join(
        f"<details><summary>{name}</summary><pre>{escape(text)}</pre></details>" for name, text in blocks if text.strip()
    )
    card = (
        f'<ul class="found"><li class="error"><b>Error:</b> {escape(str(failure["error"]))}</li></ul>' if "error" in failure else ""
    )
    return card + details


def _tiles(training: Training) -> list[tuple[str, str]]:
    """The numbers that matter, each with what it counts; what is not known is left out."""
    run, result = training.shown, training.result or {}
    best = next((one for one in run.validations if one["epoch"] == training.best_epoch), {})
    macro_f1 = number(result.get("validation_macro_f1", best.get("macro_f1")))
    accuracy = number(best.get("accuracy"))
    seconds = np.nansum(numbers(run.steps, "seconds"))
    rate = float(np.nansum(numbers(run.steps, "num_rows")) / seconds) if seconds else math.nan
    if not run.steps:
        rate = middle(numbers(run.learning, "samples_per_second"))
    steps = number(result.get("steps", highest(numbers(run.learning, "step"))))
    memory = highest(numbers(run.system, "memory_mb"))
    machine = f"{run.num_gpus} GPU" + "s" * (run.num_gpus > 1) if run.num_gpus else f"{run.num_cores} cores"
    tiles = [
        (macro_f1, f"{macro_f1:.4f}", "macro-F1 on the validation part"),
        (accuracy, f"{accuracy:.1%}", "accuracy on the validation part"),
        (number(training.best_epoch), f"{training.best_epoch} of {training.job.get('epochs', '?')}", "the best epoch"),
        (number(training.num_rows), f"{training.num_rows:,}" if training.num_rows else "", "training rows"),
        (steps, f"{steps:,.0f}", "optimiser steps"),
        (run.seconds, format_seconds(run.seconds), "from the first record to the last"),
        (rate, f"{rate:,.0f}", "rows a second, validation left out"),
        (1.0 if run.system else math.nan, machine, "in the machine"),
        (memory, f"{memory / 1000:.1f} GB", "of memory at the most"),
    ]
    return [(shown, label) for value, shown, label in tiles if math.isfinite(value)]


def _seeds(training: Training) -> str:
    """Every seed's mark with mean and spread; nothing where there was one seed."""
    seeds = training.seeds
    if len(seeds) < 2:
        return ""
    marks = [number(result.get("validation_macro_f1")) for result in seeds.values()]
    rows = [
        [
            f"{seed}" + (" <b>kept</b>" if seed == training.shown.seed else ""),
            format_value(mark),
            format_value(number(result.get("best_epoch")), ".0f"),
            escape(_stopped(result)) or "ran to its end",
        ]
        for (seed, result), mark in zip(seeds.items(), marks, strict=True)
    ]
    known = [mark for mark in marks if math.isfinite(mark)]
    spread = f" ± {stdev(known):.4f}, mean and standard deviation" if len(known) > 1 else ""
    told = (
        f"Macro-F1 on the validation part over {len(known)} seeds: {mean(known):.4f}{spread}." if known else "No seed has a mark."
    )
    return "<h3>Seeds</h3>" + parts.table(["Seed", "Macro-F1", "Best epoch", "Ended"], rows, (1, 2), caption=told)


def _stopped(result: Record) -> str:
    """What ended a training before its last epoch, in words; empty where nothing did."""
    told = str(result.get("stopped_by") or "")
    if told == EARLY_STOPPING:
        return "stopped early because no epoch was better any more"
    return f"stopped by “{rules.title(told)}”" if told else ""


def _remarks(training: Training) -> str:
    """When it ran, what interrupted it, and what could not be read."""
    run = training.shown
    first, last = run.times
    told = []
    if math.isfinite(first):
        moment = [f"{datetime.fromtimestamp(time, UTC):%Y-%m-%d %H:%M:%S}" for time in (first, last)]
        seed = f" The curves are of seed {run.seed}." if len(training.runs) > 1 else ""
        told.append(f"From {moment[0]} to {moment[1]} UTC.{seed}")
    told += [
        f"Restarted or standing still: no reading for {format_seconds(end - start)}, {format_seconds(start - first)} after the "
        f"start and after step {step:,}."
        for (start, end), step in zip(run.pauses, run.restarts, strict=True)
    ]
    unreadable = sum(one.num_unreadable for one in training.runs)
    if unreadable:
        told.append(f"{unreadable} lines of the watch's files could not be read and are left out.")
    return "".join(parts.paragraph(line, "soft") for line in told)
