"""The first screen of the training report: how the job ended, the numbers that matter, what the watch saw."""

import math
from datetime import UTC, datetime
from statistics import mean, stdev

import numpy as np
from markupsafe import Markup

from reviewloop.pages import kit
from reviewloop.pages.training import rules
from reviewloop.pages.training.formats import format_seconds, format_value
from reviewloop.pages.training.history import EARLY_STOPPING, Training
from reviewloop.pages.training.series import Record, highest, middle, number, numbers


def verdict(training: Training) -> kit.Verdict:
    """How the job ended, and what the rules say of it. Without a rule that could look, a success is neither good nor bad."""
    result, kept = training.result, f"the weights of epoch {training.best_epoch} are kept"
    said = rules.in_short(training)
    kind: kit.Kind = "warn"
    if result is None and training.failure is not None:
        word, kind, told = "Failed", "fail", "the program ended by itself without a model"
    elif result is None:
        word, told = "Not finished", "there is no result: the program still runs, or it was killed"
    elif result.get("stopped_by") not in (None, EARLY_STOPPING):
        word, kind, told = "Stopped by a rule", "fail", f"“{rules.title(str(result['stopped_by']))}”; {kept}"
    else:
        word = "Succeeded" if said.kind in ("pass", "none") else "Succeeded with warnings"
        kind, told = said.kind, ", ".join(filter(None, [kept, _stopped(result)]))
    return kit.Verdict(kind, word, f"{told}. {said.told}")


def overview(training: Training) -> Markup:
    """What stands above the sections; an error comes before everything else."""
    return kit.join(
        [
            kit.safely("The error", lambda: _error(training)),
            kit.safely("The numbers that matter", lambda: kit.tiles(*_tiles(training))),
            kit.safely("Seeds", lambda: _seeds(training)),
            kit.heading("What the watch saw"),
            kit.safely("What the watch saw", lambda: rules.cards(training)),
            kit.safely("When it ran", lambda: _remarks(training)),
        ]
    )


def _error(training: Training) -> str | Markup:
    """Why there is no model, as the program and its log tell it."""
    if training.result is not None:
        return ""
    failure = training.failure or {}
    blocks = [("Where it happened", str(failure.get("trace", ""))), ("The end of the program's log", training.log_tail)]
    return kit.join(
        [
            kit.findings(("fail", str(failure["error"]), "")) if "error" in failure else "",
            *(kit.details(name, Markup("<pre>{}</pre>").format(text)) for name, text in blocks if text.strip()),
        ]
    )


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


def _seeds(training: Training) -> str | Markup:
    """Every seed's macro-F1 with mean and spread; nothing where there was one seed."""
    seeds = training.seeds
    if len(seeds) < 2:
        return ""
    macro_f1 = [number(result.get("validation_macro_f1")) for result in seeds.values()]
    rows = [
        [
            (Markup("{} <b>kept</b>") if seed == training.shown.seed else Markup("{}")).format(seed),
            format_value(value),
            format_value(number(result.get("best_epoch")), ".0f"),
            _stopped(result) or "ran to its end",
        ]
        for (seed, result), value in zip(seeds.items(), macro_f1, strict=True)
    ]
    known = [value for value in macro_f1 if math.isfinite(value)]
    spread = f" ± {stdev(known):.4f}, mean and standard deviation" if len(known) > 1 else ""
    told = (
        f"Macro-F1 on the validation part over {len(known)} seeds: {mean(known):.4f}{spread}." if known else "No macro-F1 is known."
    )
    table = kit.table(["Seed", "Macro-F1", "Best epoch", "Ended"], rows, (1, 2), caption=told)
    return kit.join([kit.heading("Seeds"), table])


def _stopped(result: Record) -> str:
    """What ended a training before its last epoch, in words; empty where nothing did."""
    told = str(result.get("stopped_by") or "")
    if told == EARLY_STOPPING:
        return "stopped early because no epoch was better any more"
    return f"stopped by “{rules.title(told)}”" if told else ""


def _remarks(training: Training) -> Markup:
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
    return kit.join(kit.paragraph(line, "soft") for line in told)
