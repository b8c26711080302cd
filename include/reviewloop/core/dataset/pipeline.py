"""A snapshot in the making: what goes from stage to stage of the feature pipeline, and what each stage did to it.

A stage is a function from what there is to what there is then. Which stages there are, and in which order, is one list:
``PIPELINE`` in ``steps/features/_pipeline.py``.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Generic, TypeVar

import pandas as pd

from reviewloop.core.dataset.model_inputs import ModelInputs
from reviewloop.core.dataset.snapshots import Snapshot
from reviewloop.core.dataset.splits import Part

Context = TypeVar("Context")


@dataclass(frozen=True)
class Making:
    """Rows that are in no part yet; the parts; and, once texts are token ids, the two parts that a training reads."""

    rows: pd.DataFrame
    snapshot: Snapshot
    inputs: ModelInputs | None = None
    evidence: Mapping[str, bytes] = field(default_factory=dict)
    """Files that say how it was decided, by name."""

    @property
    def num_rows(self) -> int:
        """Of all parts, and of those that are in none."""
        parts: dict[Part, pd.DataFrame] = dict(self.snapshot.parts)
        if self.inputs is not None:
            parts |= {"train": self.inputs.train, "validation": self.inputs.validation}
        return len(self.rows) + sum(map(len, parts.values()))

    @property
    def read_by_training(self) -> ModelInputs:
        """Raises ``ValueError`` before a stage has made them."""
        if self.inputs is None:
            raise ValueError("no stage has made token ids yet; put the stage that does (transform) before")
        return self.inputs


@dataclass(frozen=True)
class Stage(Generic[Context]):
    """``run`` gives what there is then, and in words why; ``decided_by`` are the keys of the configuration that it asks."""

    name: str
    decided_by: tuple[str, ...]
    run: Callable[[Making, Context], tuple[Making, str]]


@dataclass(frozen=True)
class Passed:
    """What a stage did: rows before it and after it, of all parts together, and why."""

    stage: str
    rows_in: int
    rows_out: int
    why: str

    def as_json(self) -> dict[str, Any]:
        """For the snapshot's manifest."""
        return asdict(self)

    def __str__(self) -> str:
        return f"{self.stage}: {self.rows_in:,} rows in, {self.rows_out:,} out: {self.why}"


def passed_through(
    stages: Sequence[Stage[Context]], making: Making, context: Context, tell: Callable[[Passed], None] = lambda _: None
) -> tuple[Making, tuple[Passed, ...]]:
    """``making`` after every stage, in their order, and what each did; ``tell`` hears of each as soon as it is done."""
    done: list[Passed] = []
    for stage in stages:
        before = making.num_rows
        making, why = stage.run(making, context)
        done.append(Passed(stage.name, before, making.num_rows, why))
        tell(done[-1])
    return making, tuple(done)
