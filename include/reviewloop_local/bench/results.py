"""Everything one benchmark found, and the file that keeps it."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from reviewloop.core.statistics.bootstrap import Difference, macro_f1_difference
from reviewloop.core.statistics.metrics import confusion, macro_f1
from reviewloop_local.bench.contenders import OURS
from reviewloop_local.bench.machine import Machine
from reviewloop_local.bench.race import Lap
from reviewloop_local.bench.ratios import Ratio
from reviewloop_local.bench.recipe import Recipe

FILE: Final = "results.json"
NUM_RESAMPLES: Final = 2000
QUALITY_MARGIN: Final = 0.005
"""Macro-F1 that counts as equal: 0.5 points."""


@dataclass(frozen=True)
class Quality:
    """One contender's macro-F1. ``against_ours`` is its own minus ours, on the held-out rows, paired."""

    validation: float
    held_out: float
    against_ours: Difference


@dataclass
class Results:
    """One benchmark. What was not measured is empty, and ``notes`` says why."""

    when: str
    recipe: Recipe
    machine: Machine
    source: str
    """Where the reviews come from."""
    quick: bool
    laps: dict[str, Lap] = field(default_factory=dict)
    num_held_out: int = 0
    quality: dict[str, Quality] = field(default_factory=dict)
    ablations: dict[str, Lap] = field(default_factory=dict)
    watch_cost: Ratio | None = None
    watch_own: float = 0.0
    """What the watcher's own code takes, as a share of a step without it."""
    notes: list[str] = field(default_factory=list)

    def write(self) -> Path:
        """Keep all of it as JSON; returns the file."""
        path = self.recipe.folder / FILE
        values: dict[str, Any] = asdict(self) | {
            "recipe": self.recipe.model_dump(mode="json"),
            "machine": self.machine.model_dump(mode="json"),
        }
        path.write_text(json.dumps(values, indent=2), encoding="utf-8")
        return path


def judged(predictions: Mapping[str, Mapping[str, list[int]]], seed: int) -> dict[str, Quality]:
    """By contender, from what ``programs.judge`` wrote."""
    validation, held_out = predictions["validation"], predictions["held_out"]
    return {
        name: Quality(
            float(macro_f1(confusion(validation["labels"], validation[name]))),
            float(macro_f1(confusion(held_out["labels"], held_out[name]))),
            macro_f1_difference(held_out["labels"], held_out[name], held_out[OURS.name], NUM_RESAMPLES, seed),
        )
        for name in held_out
        if name != "labels"
    }
