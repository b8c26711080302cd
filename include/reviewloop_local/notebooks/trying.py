"""What the notebook ``candidates`` asks: kinds of the leaderboard, learnt again in the same folds."""

import inspect
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
import pandas as pd

from reviewloop.adapters.leaderboard.program import answer, learner_of
from reviewloop.config import load_config
from reviewloop.core.leaderboard.averaging import average_of_best
from reviewloop.core.leaderboard.board import NUM_MEMBERS
from reviewloop.core.leaderboard.row import marks_of
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.statistics.metrics import Floats
from reviewloop.models.learners.protocol import Learner

LEARNERS: Final = "reviewloop.models.learners."
NO_SETTINGS: Final = {f"{LEARNERS}protocol", f"{LEARNERS}table"}
SAME: Final = 1e-6
"""Marks that differ by less are the same: the last digits of sums may be those of another order."""


def kind(name: str, table: str) -> Learner:
    """The kind of that name in the module ``table``, as the leaderboard finds it."""
    return learner_of(table, name)


def settings_of(learner: Learner) -> pd.DataFrame:
    """What the kind is set to: the constants of its module, and the configuration where it takes its settings from there."""
    module = import_module(_of(learner).__module__)
    helpers = {getattr(one, "__module__", "") for one in vars(module).values() if callable(one)}
    used = [module, *(import_module(name) for name in sorted(helpers) if name.startswith(LEARNERS) and name not in NO_SETTINGS)]
    found = {
        name: value
        for one in used
        for name, value in vars(one).items()
        if name.isupper() and isinstance(value, str | int | float) and not isinstance(value, bool)
    }
    if hasattr(module, "load_config") and learner.represented == "":
        found |= {f"training.baseline.{name}": value for name, value in load_config().training.baseline.model_dump().items()}
    return pd.DataFrame({"setting": list(found), "value": [str(value) for value in found.values()]})


def code_of(learner: Learner) -> str:
    """The source of the function that learns."""
    return inspect.getsource(_of(learner))


def _of(learner: Learner) -> Any:
    return inspect.unwrap(learner.fit)


def tried(learner: Learner, rows: pd.DataFrame, seed: int) -> Floats:
    """The kind's answers to every row, by a model that has not seen the row's fold: (n, 3), as the leaderboard computes them."""
    with TemporaryDirectory() as shared:
        answers, _ = answer(learner, rows, Path(shared), seed)
    return answers


def averaged(answers: dict[str, Floats], rows: pd.DataFrame) -> Floats:
    """The ensemble's answers: the mean of the kinds that are best on the other folds."""
    labels, folds = (rows[name].to_numpy(dtype=np.int64) for name in ("label", "fold"))
    return average_of_best(labels, folds, answers, NUM_MEMBERS).answers


def beside(answers: Floats, rows: pd.DataFrame, seed: int, told: float) -> pd.DataFrame:
    """The marks of the answers, beside the macro-F1 that the leaderboard ``told``.

    Raises ``AssertionError`` where that is another one: then code, configuration or rows are not those of the leaderboard.
    """
    marks = marks_of(rows["label"].to_numpy(dtype=np.int64), answers, seed)
    shown = {"macro-F1": marks.macro_f1, "accuracy": marks.accuracy}
    shown |= {f"recall {name}": one for name, one in zip(SENTIMENTS, marks.recalls, strict=True)}
    if abs(marks.macro_f1.value - told) > SAME:
        raise AssertionError(
            f"macro-F1 is {marks.macro_f1.value:.6f} now, and {told:.6f} on the leaderboard: "
            "make the leaderboard again, for code, configuration or rows are other ones"
        )
    return pd.DataFrame(
        [
            {"mark": name, "value": one.value, "low": one.low, "high": one.high, "on the leaderboard": told if place == 0 else None}
            for place, (name, one) in enumerate(shown.items())
        ]
    )
