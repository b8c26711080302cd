"""A small sealed part, and models that answer by a rule, at the edge where a trained model would be fetched."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pytest

from reviewloop.adapters import frames, s3, tracking
from reviewloop.core.texts import text_digest
from reviewloop.errors import PermanentError
from reviewloop.refs import ChoiceRef, EvaluationRef, FeaturesRef, ModelKind, ModelRef, TrainingRef
from reviewloop.steps import begin_training, choose, evaluate, gate_model

Rule = Callable[[int, int, str], int]
"""Row number, true class and department give the answer."""

NUM_SEALED = 600
CLASSES = np.array(["terrible", "ordinary", "wonderful"])
DEPARTMENTS = np.array(["Tops", "Dresses", "Bottoms"])


def good(row: int, label: int, department: str) -> int:
    """Right in 9 of 10 rows."""
    return (label + 1) % 3 if row % 10 == 3 else label


def fair(row: int, label: int, department: str) -> int:
    """Right in 4 of 5 rows."""
    return (label + 1) % 3 if row % 10 in {3, 7} else label


def reviews(num_rows: int, start: int) -> pd.DataFrame:
    """Rows whose text tells the row number, the class and the department."""
    row = np.arange(start, start + num_rows)
    label = np.where(row % 6 == 0, 0, np.where(row % 6 == 1, 1, 2))
    department = DEPARTMENTS[row // 6 % 3]
    text = [f"{CLASSES[kind]} {place} {where}" for kind, place, where in zip(label, row, department, strict=True)]
    return pd.DataFrame(
        {
            "review_id": row, "day": "2026-01-01", "title": pd.Series([None] * num_rows, dtype="string"), "text": text,
            "department": department, "division": "General", "class_name": "Knits", "age": 20 + row % 50,
            "rating": np.array([1, 3, 5])[label], "label": label, "text_digest": [text_digest(one) for one in text],
        }
    )  # fmt: skip


@dataclass(frozen=True)
class RuleModel:
    """A predictor that answers by a rule."""

    rule: Rule

    def predict_proba(self, texts: Sequence[str]) -> np.ndarray:
        answers = []
        for text in texts:
            word, row, department = text.split()
            answers.append(self.rule(int(row), CLASSES.tolist().index(word), department))
        return np.eye(3)[answers] * 0.7 + 0.1


@dataclass
class Court:
    """The loop up to the gates, on rules instead of trained models."""

    rules: dict[str, Rule] = field(default_factory=dict)

    def fetch(self, uri: str) -> RuleModel:
        if uri not in self.rules:
            raise PermanentError(f"{uri}: no such artifact")
        return RuleModel(self.rules[uri])

    def features(self, name: str = "a", leaked: int = 0) -> FeaturesRef:
        sealed = reviews(NUM_SEALED, 1000)
        train, validation = reviews(90, 0).assign(note=name), reviews(30, 200)
        train.loc[: leaked - 1, "text"] = [text.upper() for text in sealed["text"].iloc[:leaked]]
        parts = {"train.parquet": frames.to_parquet(train), "validation.parquet": frames.to_parquet(validation)}
        part = s3.publish(s3.lake_uri("sealed"), {"test.parquet": frames.to_parquet(sealed)})
        known = s3.publish(s3.lake_uri("features"), parts)
        return FeaturesRef(
            uri=known.uri, sealed_uri=part.uri, digest=known.digest, last_day="2026-01-01", num_train=len(train),
            num_validation=len(validation), num_test=len(sealed), num_new=len(train), max_seq_length=64,
        )  # fmt: skip

    def begin(self, features: FeaturesRef | None = None, **knobs: object) -> TrainingRef:
        return begin_training.begin_training(features or self.features(), "by hand", "run-1", **knobs)

    def model(self, training: TrainingRef, kind: ModelKind, rule: Rule) -> ModelRef:
        uri = f"s3://lake/models/{kind}/{training.job_key[:8]}-{rule.__name__}"
        self.rules[uri] = rule
        run_id = tracking.child_run(training.mlflow_run_id, kind)
        return ModelRef(kind=kind, uri=uri, digest="0" * 64, job_key=training.job_key, mlflow_run_id=run_id)

    def marks(self, training: TrainingRef, model: ModelRef) -> EvaluationRef:
        return evaluate.evaluate(model, training)

    def choice(self, training: TrainingRef, baseline: Rule, transformer: Rule) -> ChoiceRef:
        models = self.model(training, "baseline", baseline), self.model(training, "transformer", transformer)
        return choose.choose(*models, *(self.marks(training, model) for model in models), training)


@pytest.fixture
def court(lake: str, mlflow_server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Court]:
    """A fresh lake, experiment and registry."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", mlflow_server)
    court = Court()
    monkeypatch.setattr(evaluate, "fetch_predictor", court.fetch)
    monkeypatch.setattr(gate_model, "fetch_predictor", court.fetch)
    return court
