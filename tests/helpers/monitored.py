"""A made-up shop for the monitor's tests: reviews with answers and embeddings, and what may change about a day."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from tests.helpers.contracts import CONTRACT

from reviewloop.config import MonitorConfig, load_config
from reviewloop.core.monitoring.drift.complaints import Complaints
from reviewloop.core.monitoring.drift.decision import DriftVerdict, Outcome, decide
from reviewloop.core.monitoring.drift.null import Null
from reviewloop.core.monitoring.drift.reference import Reference, null_rows
from reviewloop.core.monitoring.sample import Sample, sample

CONFIG: MonitorConfig = load_config("test").monitor
WORDS = [f"word{number}" for number in range(40)]
DEPARTMENTS = {"Tops": 0.45, "Dresses": 0.28, "Bottoms": 0.17, "Jackets": 0.1}
EMBEDDED = 12


@dataclass(frozen=True)
class Shop:
    """Reviews and their embeddings, row by row."""

    frame: pd.DataFrame
    embeddings: np.ndarray

    def sample(self, whose: str = "the day", with_embeddings: bool = True) -> Sample:
        return sample(self.frame, frozenset([*WORDS, "a", "title"]), CONTRACT, whose, self.embeddings if with_embeddings else None)

    def changed(self, **columns: Any) -> "Shop":
        return Shop(self.frame.assign(**columns), self.embeddings)

    def shuffled(self, seed: int) -> "Shop":
        order = np.random.default_rng(seed).permutation(len(self.frame))
        return Shop(self.frame.iloc[order].set_index(order + 7), self.embeddings[order])


def shop(
    num_rows: int, seed: int, complaints: float = 0.1, departments: Mapping[str, float] = DEPARTMENTS, shift: float = 0.0
) -> Shop:
    """Clean but for what is named; ``shift`` moves the embeddings, in their standard deviations."""
    rng = np.random.default_rng(seed)
    labels = rng.choice(3, num_rows, p=[complaints, 0.12, 0.88 - complaints])
    sure = rng.dirichlet([1, 1, 1], num_rows) * 0.4
    right = np.where(rng.random(num_rows) < 0.85, labels, rng.integers(3, size=num_rows))
    sure[np.arange(num_rows), right] += 0.6
    texts = [
        " ".join([*rng.choice(WORDS, rng.integers(5, 30)), f"odd{seed}" if rng.random() < 0.3 else "", f"n{seed}r{row}"])
        for row in range(num_rows)
    ]
    frame = pd.DataFrame(
        {
            "review_id": np.arange(num_rows) + 1_000_000 * seed,
            "title": np.where(rng.random(num_rows) < 0.2, None, "A title"),
            "text": texts,
            "rating": np.array([1, 3, 5])[labels],
            "department": rng.choice(list(departments), num_rows, p=list(departments.values())),
            "division": rng.choice(["General", "Petite"], num_rows, p=[0.6, 0.4]),
            "class_name": rng.choice(["Knits", "Jeans", "Pants"], num_rows),
            "age": rng.integers(18, 80, num_rows),
            **{f"p_{name}": sure[:, place] for place, name in enumerate(("negative", "neutral", "positive"))},
        }
    )
    embeddings = rng.standard_normal((num_rows, EMBEDDED)) + shift
    embeddings[:, 0] += labels
    return Shop(frame, embeddings)


def reference_of(num_rows: int = 1500, seed: int = 1, with_embeddings: bool = True) -> Reference:
    return Reference.of(shop(num_rows, seed).sample("the reference", with_embeddings), CONFIG)


class Watch:
    """A reference, and the nulls that days have needed."""

    def __init__(self, reference: Reference) -> None:
        self.reference, self.nulls = reference, dict[tuple[int, int], Null]()

    def judge(self, day: Sample, earlier: tuple[Complaints, ...] = ()) -> DriftVerdict:
        rows = null_rows(day, CONFIG)
        if rows and rows not in self.nulls:
            self.nulls[rows] = self.reference.null(*rows, CONFIG)
        return decide(self.reference, day, self.nulls[rows] if rows else None, earlier, CONFIG)


def outcome(verdict: DriftVerdict, name: str, slice_: str | None = None) -> Outcome:
    found = [one for one in verdict.signals if (one.name, one.slice) == (name, slice_)]
    return found[0] if name != "complaints" or slice_ else next(one for one in found if one.family == "labels")


def moved(verdict: DriftVerdict) -> set[str]:
    return {one.name for one in verdict.signals if one.verdict == "moved"}
