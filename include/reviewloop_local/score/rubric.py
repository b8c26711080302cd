"""The 28 rows of the rubric, and the points that a run of their tests gives.

E. Breck, S. Cai, E. Nielsen, M. Salib, D. Sculley, "The ML Test Score: A Rubric for ML Production Readiness and Technical Debt
Reduction", IEEE Big Data 2017: half a point for a test that was done by hand and written down, one for a test that runs by itself;
the score is the lowest of the four sections' sums, since all four count.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, model_validator

RUBRIC: Final = Path(__file__).with_name("rubric.yaml")
POINTS: Final = {"automated": 1.0, "manual": 0.5, "gap": 0.0}
Outcome = Literal["passed", "failed", "not run"]


class Row(BaseModel):
    """One test of the rubric: by what it is done here, the tests that show it, and what it does not cover."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    test: str
    how: Literal["automated", "manual", "gap"]
    by: str = ""
    written: str = ""
    """Where a test that was done by hand is written down, from the project's root."""
    missing: str = ""
    tests: tuple[str, ...] = ()
    """``path`` of a test file, or ``path::function``, with all its parameters."""

    @model_validator(mode="after")
    def _holds_together(self) -> "Row":
        if self.how == "gap" and (self.tests or self.by or not self.missing):
            raise ValueError(f"{self.test}: a gap says what is missing, and has no tests")
        if self.how != "gap" and not (self.tests and self.by):
            raise ValueError(f"{self.test}: no tests, or not by what; a claim without a test is a gap")
        if (self.how == "manual") != bool(self.written):
            raise ValueError(f"{self.test}: written: where a test by hand is written down, and no other")
        return self


Rubric = Mapping[str, tuple[Row, ...]]


def read_rubric(path: Path = RUBRIC) -> Rubric:
    """The sections with their rows, in the paper's order."""
    return TypeAdapter(dict[str, tuple[Row, ...]]).validate_python(yaml.safe_load(path.read_text(encoding="utf-8")))


@dataclass(frozen=True)
class Scored:
    """A row and what its tests came to. ``wrong`` are those that failed or were not run."""

    row: Row
    wrong: tuple[str, ...]

    @property
    def points(self) -> float:
        """0, 0.5 or 1."""
        return 0.0 if self.wrong else POINTS[self.row.how]


def score(rubric: Rubric, outcomes: Mapping[str, Outcome]) -> dict[str, list[Scored]]:
    """The rows of each section with their points. A test that ``outcomes`` does not name was not run, and proves nothing."""
    return {
        section: [Scored(row, tuple(test for test in row.tests if outcomes.get(test) != "passed")) for row in rows]
        for section, rows in rubric.items()
    }


def sums(scored: Mapping[str, Sequence[Scored]]) -> dict[str, float]:
    """Points of each section, of 7."""
    return {section: sum(one.points for one in rows) for section, rows in scored.items()}
