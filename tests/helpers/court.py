"""A small sealed part, and models that answer by a rule, at the edge where a trained model would be fetched."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import pandas as pd
import pytest

from reviewloop.adapters.catalog import glue
from reviewloop.adapters.lake import artifacts, frames, s3, signatures
from reviewloop.adapters.lake.sealed import seal
from reviewloop.adapters.mlflow import runs
from reviewloop.config import Config, load_config
from reviewloop.core.dataset.provenance import as_delivered
from reviewloop.core.texts import text_digest
from reviewloop.errors import PermanentError
from reviewloop.models.reader import Reading
from reviewloop.refs import ChoiceRef, EvaluationRef, FeaturesRef, JudgedRef, ModelRef, TrainingRef
from reviewloop.steps.release import pick_candidate
from reviewloop.steps.train import begin_training, choose, evaluate, gate_model

Rule = Callable[[int, int, str], int]
"""Row number, true class and department give the answer."""

NUM_SEALED = 600
CLASSES = np.array(["terrible", "ordinary", "wonderful"])
DEPARTMENTS = np.array(["Tops", "Dresses", "Bottoms"])
DIVISIONS, CLASS_NAMES = np.array(["General", "Petite"]), np.array(["Knits", "Jeans"])
OF_BEHAVIOUR = ("behaviour.", "flip.", "important.")
"""Metrics of texts that a rule cannot read: tests/core/behaviour/test_gates_of_behaviour.py has models that can for their gates."""


def good(row: int, label: int, department: str) -> int:
    """Right in 9 of 10 rows."""
    return (label + 1) % 3 if row % 10 == 3 else label


def fair(row: int, label: int, department: str) -> int:
    """Right in 4 of 5 rows."""
    return (label + 1) % 3 if row % 10 in {3, 7} else label


def reviews(num_rows: int, start: int) -> pd.DataFrame:
    """Rows whose text begins with the class, the row number and the department."""
    row = np.arange(start, start + num_rows)
    label = np.where(row % 6 == 0, 0, np.where(row % 6 == 1, 1, 2))
    department = DEPARTMENTS[row // 6 % 3]
    tails = [" ".join(f"word{place}of{at}" for at in range(6)) for place in row]  # so that a text can be nearly another
    facts = zip(label, row, department, tails, strict=True)
    text = [f"{CLASSES[kind]} {place} {where} {tail}" for kind, place, where, tail in facts]
    return pd.DataFrame(
        {
            "review_id": row, "day": "2026-01-01", "title": pd.Series([None] * num_rows, dtype="string"), "text": text,
            "department": department, "division": DIVISIONS[row // 7 % 2], "class_name": CLASS_NAMES[row // 11 % 2],
            "age": 20 + row % 50, "positive_feedback": row // 13 % 3, "rating": np.array([1, 3, 5])[label], "label": label,
            "text_digest": [text_digest(one) for one in text],
        }
    )  # fmt: skip


class Predicts(Protocol):
    """What is needed of a predictor."""

    @property
    def form(self) -> str: ...

    def predict_proba(self, texts: Sequence[str]) -> np.ndarray: ...

    def read(self, texts: Sequence[str]) -> Reading: ...


@dataclass(frozen=True)
class RuleModel:
    """A predictor that answers by a rule."""

    rule: Rule
    sureness: float = 0.8
    """The probability of every answer."""
    form: str = "as_trained"

    def predict_proba(self, texts: Sequence[str]) -> np.ndarray:
        answers = []
        for text in texts:
            word, *rest = text.split()
            ours = word in CLASSES and len(rest) > 1 and rest[0].isdigit()  # anything else is a text of the behaviour tests
            answers.append(self.rule(int(rest[0]), CLASSES.tolist().index(word), rest[1]) if ours else 2)
        rest_share = (1 - self.sureness) / 2
        return np.eye(3)[answers] * (self.sureness - rest_share) + rest_share

    def read(self, texts: Sequence[str]) -> Reading:
        """Its embedding of a text is how long it is."""
        return Reading(self.predict_proba(texts), np.array([[len(text)] for text in texts], dtype=np.float32))


@dataclass
class Court:
    """The loop up to the gates, on rules instead of trained models."""

    config: Config
    """As shipped, without the gates on behaviour and with ``fewer`` measures; put another in its place to judge by others."""
    models: dict[str, Predicts] = field(default_factory=dict)
    """What answers for each artifact."""

    others: dict[str, Predicts] = field(default_factory=dict)
    """What answers for an artifact as it was trained, where it is served in another form."""

    def fetch(self, uri: str, digest: str | None = None, form: str | None = None) -> Predicts:
        if uri not in self.models:
            raise PermanentError(f"{uri}: no such artifact")
        return self.models[uri]

    def fetch_forms(self, uri: str, digest: str) -> list[Predicts]:
        return [self.fetch(uri), *([self.others[uri]] if uri in self.others else [])]

    def gate(self, name: str, **changed: object) -> None:
        """Change one gate of the configuration."""
        found = [gate.model_copy(update=changed) if gate.name == name else gate for gate in self.config.gates]
        assert found != list(self.config.gates), name
        self.config = self.config.model_copy(update={"gates": tuple(found)})

    def curate(self, day: str) -> None:
        """Let the lake hold a curated day."""
        glue.register_partition("reviews", {"review_id": "bigint"}, day, "b", s3.lake_uri("curated", f"day={day}", "batch=b"))

    def features(self, name: str = "a", leaked: int = 0, near: int = 0) -> FeaturesRef:
        sealed = reviews(NUM_SEALED, 1000)
        train, validation = reviews(90, 0).assign(note=name), reviews(30, 200)
        train.loc[: leaked - 1, "text"] = [text.upper() for text in sealed["text"].iloc[:leaked]]
        train.loc[50 : 49 + near, "text"] = [f"{text} indeed" for text in sealed["text"].tail(near)]
        parts = {"train.parquet": frames.to_parquet(train), "validation.parquet": frames.to_parquet(validation)}
        part = seal(as_delivered(sealed))
        known = artifacts.publish(s3.lake_uri("features"), parts)
        return FeaturesRef(
            uri=known.uri, sealed_uri=part.uri, digest=known.digest, last_day="2026-01-01", num_train=len(train),
            num_validation=len(validation), num_test=len(sealed), num_new=len(train), max_seq_length=64,
        )  # fmt: skip

    def begin(self, features: FeaturesRef | None = None, **knobs: object) -> TrainingRef:
        return begin_training.begin_training(features or self.features(), "by hand", "run-1", **knobs)

    def model(self, training: TrainingRef, kind: str, rule: Rule, num_bytes: int = 0) -> ModelRef:
        """A published artifact, padded by ``num_bytes``, that answers by the rule."""
        about = {"kind": kind, "rule": rule.__name__, "job_key": training.job_key, "padding": "x" * num_bytes}
        stored = artifacts.publish(s3.lake_uri("models", kind), {"model.json": json.dumps(about).encode()})
        signatures.sign(stored)
        self.models[stored.uri] = RuleModel(rule)
        run_id = runs.child_run(training.mlflow_run_id, kind)
        return ModelRef(kind=kind, uri=stored.uri, digest=stored.digest, job_key=training.job_key, mlflow_run_id=run_id)

    def evaluation(self, training: TrainingRef, model: ModelRef) -> EvaluationRef:
        return evaluate.evaluate(model, training)

    def alone(self, training: TrainingRef, model: ModelRef) -> ChoiceRef:
        """The model as the candidate, judged without another beside it: half the work."""
        evaluation = self.evaluation(training, model)
        alone = JudgedRef(model=model, evaluation=evaluation, to_beat=True)
        return ChoiceRef(model=model, evaluation=evaluation, candidates=(alone,), reason="planted")

    def choice(self, training: TrainingRef, **rules: Rule) -> ChoiceRef:
        """The choice among models that answer by these rules, by kind; the baseline is to be beaten."""
        models = [self.model(training, kind, rule) for kind, rule in rules.items()]
        return choose.choose(models, [self.evaluation(training, model) for model in models], training)


def fewer(shipped: Config) -> Config:
    """Of what every evaluation measures by resampling, a part: these rules differ by department and by row alone.

    All facets, slices and cases are measured in tests/core and in the end-to-end tests.
    """
    bias = shipped.bias.model_copy(update={"facets": shipped.bias.facets[:2]})
    evaluation = shipped.evaluation.model_copy(update={"slices": shipped.evaluation.slices[:3]})
    behaviour = shipped.behaviour.model_copy(update={"num_reviews": 8, "min_cases": 8, "cases_per_template": 1})
    return shipped.model_copy(update={"bias": bias, "evaluation": evaluation, "behaviour": behaviour})


@pytest.fixture
def court(lake: str, mlflow_server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Court]:
    """A fresh lake, experiment and registry."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", mlflow_server)
    shipped = load_config()
    gates = tuple(gate for gate in shipped.gates if not gate.metric.startswith(OF_BEHAVIOUR))
    court = Court(fewer(shipped.model_copy(update={"gates": gates})))
    court.curate("2026-01-01")
    monkeypatch.setattr(evaluate, "fetch_forms", court.fetch_forms)
    monkeypatch.setattr(gate_model, "fetch_predictor", court.fetch)
    for step in (evaluate, gate_model, pick_candidate, begin_training):  # all who ask how and by which gates
        monkeypatch.setattr(step, "load_config", lambda: court.config)
    return court
