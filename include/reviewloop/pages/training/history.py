"""What the folder of a fine-tune tells: the records that the report page and its figures are made from."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Final

import numpy as np

from reviewloop.pages.training.series import Record, columns, number, numbers

EARLY_STOPPING: Final = "early_stopping"
"""In a result's ``stopped_by``, where no rule stopped the training: enough epochs brought nothing better."""
PAUSE_SECONDS: Final = 5.0
"""No reading of the machine for this long, and for ``PAUSE_READINGS`` times the usual distance, is a pause."""
PAUSE_READINGS: Final = 10


@dataclass(frozen=True)
class SeedHistory:
    """The training of one seed. The records are in order, one for each step, epoch or reading; any may be empty."""

    seed: int
    metrics: Sequence[Record] = ()
    steps: Sequence[Record] = ()
    tensors: Sequence[Record] = ()
    system: Sequence[Record] = ()
    epochs: Sequence[Record] = ()
    findings: Sequence[Record] = ()
    observations: Mapping[str, int] = field(default_factory=dict)
    """How many records gave each rule something to look at."""
    num_unreadable: int = 0
    """Lines that were no whole record and are left out."""

    @property
    def learning(self) -> Sequence[Record]:
        """Loss and learning rate by step: what the watch saw or, where it saw nothing, the progress lines of the program."""
        return self.steps or [line for line in self.metrics if line.get("kind") == "train"]

    @property
    def validations(self) -> Sequence[Record]:
        """Metrics on the validation part by epoch, from the watch or from the progress lines."""
        lines = [line for line in self.metrics if line.get("kind") == "validation"]
        return self.epochs or [{**line, "validation_loss": line.get("loss")} for line in lines if "epoch" in line]

    @property
    def times(self) -> tuple[float, float]:
        """The first and the last moment that any record tells (Unix seconds); NaN when there is none."""
        records = [*self.system, *self.steps, *self.epochs, *self.metrics]
        times = numbers(records, "time")
        times = times[np.isfinite(times)]
        return (float(times.min()), float(times.max())) if len(times) else (math.nan, math.nan)

    @property
    def seconds(self) -> float:
        """From the first record to the last, pauses included."""
        first, last = self.times
        return last - first

    @property
    def pauses(self) -> list[tuple[float, float]]:
        """Unix seconds between which the machine was not read: the process was killed and started again, or stood still."""
        times = numbers(self.system, "time")
        distances = np.diff(times)
        if not len(distances):
            return []
        limit = max(PAUSE_SECONDS, PAUSE_READINGS * float(np.median(distances)))
        return [(float(times[place]), float(times[place + 1])) for place in np.flatnonzero(distances > limit)]

    @property
    def breaks(self) -> list[tuple[float, float]]:
        """Unix seconds between captured windows that lie further apart than a window lasts: validation, saving, a pause."""
        ends, seconds = numbers(self.steps, "time"), numbers(self.steps, "seconds")
        known = np.isfinite(seconds)
        ends, starts, seconds = ends[known], (ends - seconds)[known], seconds[known]
        if not len(ends):
            return []
        places = np.flatnonzero(starts[1:] - ends[:-1] > np.median(seconds))
        return [(float(ends[place]), float(starts[place + 1])) for place in places]

    @property
    def restarts(self) -> list[int]:
        """The last step known before each pause; 0 for none."""
        steps, times = numbers(self.learning, "step"), numbers(self.learning, "time")
        return [int(max(steps[times < end], default=0)) for _, end in self.pauses]

    @property
    def layers(self) -> list[str]:
        """The layers that learn, from the bottom up."""
        return sorted({name for record in self.tensors for name in record.get("layers") or {}}, key=_height)

    @property
    def parts(self) -> list[str]:
        """The layers that learn or have activation functions, from the bottom up."""
        names = {name for record in self.tensors for key in ("layers", "activations") for name in record.get(key) or {}}
        return sorted(names, key=_height)

    @property
    def num_gpus(self) -> int:
        """GPUs that were read."""
        return int(columns(self.system, "gpu", "use").shape[1])

    @property
    def num_cores(self) -> int:
        """Processor cores that were read."""
        return int(columns(self.system, "cpu").shape[1])

    @property
    def num_ranks(self) -> int:
        """Processes that trained together; 0 when no step was captured."""
        return int(columns(self.steps, "rank_seconds").shape[1])


def _height(name: str) -> tuple[int, int, str]:
    stem, _, place = name.rpartition(".")
    if stem and place.isdigit():
        return 1, int(place), name
    return (0 if name == "embeddings" else 2), 0, name


@dataclass(frozen=True)
class Training:
    """A job: ``job``, ``result`` and ``failure`` are its JSON files (``None`` where absent), ``runs`` has a run for each seed."""

    job: Record
    result: Record | None
    failure: Record | None
    runs: Sequence[SeedHistory]
    num_rows: int | None = None
    """Of the training part, where that could be read."""
    log_tail: str = ""
    """The end of the program's log."""

    @property
    def model(self) -> str:
        """The pretrained model's name: a hub id without its revision, or the end of a folder's path."""
        path = PurePath(str(self.job.get("base_model", "unknown model")))
        parts = path.parts[1:] if path.is_absolute() else path.parts
        return "/".join(parts[-2:]).partition("@")[0] or str(path)

    @property
    def seeds(self) -> dict[int, Record]:
        """The result of each seed; empty when there was only one."""
        return {int(one["seed"]): one for one in (self.result or {}).get("seeds") or []}

    @property
    def shown(self) -> SeedHistory:
        """The run that the curves are of: the best seed's, whose model is kept, or else the last that left a record."""
        macro_f1 = {seed: number(result.get("validation_macro_f1")) for seed, result in self.seeds.items()}
        best = max((seed for seed in macro_f1 if math.isfinite(macro_f1[seed])), key=lambda seed: macro_f1[seed], default=None)
        begun = [run for run in self.runs if math.isfinite(run.seconds)] or self.runs
        return next((run for run in self.runs if run.seed == best), begun[-1])

    @property
    def best_epoch(self) -> int | None:
        """The epoch whose weights are kept, from 1: the result's, or the best so far; one whose loss is no number never is."""
        told = number((self.result or {}).get("best_epoch"))
        if math.isfinite(told):
            return int(told)
        epochs, macro_f1 = numbers(self.shown.validations, "epoch"), numbers(self.shown.validations, "macro_f1")
        known = np.isfinite(epochs) & np.isfinite(macro_f1) & np.isfinite(numbers(self.shown.validations, "validation_loss"))
        return int(epochs[known][macro_f1[known].argmax()]) if known.any() else None


def in_order(records: Sequence[Record], *keys: str) -> list[Record]:
    """One record for each value of ``keys``, the last wins (a resumed run writes steps again), sorted by the last key."""
    latest = {tuple(record[key] for key in keys): record for record in records}
    return sorted(latest.values(), key=lambda record: record[keys[-1]])
