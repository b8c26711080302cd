"""The steps of ``sentiment_train`` one after the other, as a plain script has them: the same functions, and no Airflow."""

import json
import sys
import time
from collections.abc import Callable
from typing import Any, TypeVar

from reviewloop.errors import NothingToDo
from reviewloop.steps.train.analyse_errors import analyse_errors
from reviewloop.steps.train.begin_training import begin_training
from reviewloop.steps.train.choose import choose
from reviewloop.steps.train.evaluate import evaluate
from reviewloop.steps.train.export_served import export_served
from reviewloop.steps.train.finetune import finetune
from reviewloop.steps.train.gate_model import gate_model
from reviewloop.steps.train.register import register
from reviewloop.steps.train.take_features import take_features
from reviewloop.steps.train.train_baseline import train_baseline

T = TypeVar("T")


def train(run_key: str, force: bool) -> dict[str, float]:
    """Seconds of each step, by the name of its task. Nothing to do ends it early, as it ends the DAG."""
    seconds: dict[str, float] = {}

    def timed(name: str, step: Callable[..., T], *arguments: Any, **named: Any) -> T:
        begun = time.perf_counter()
        try:
            return step(*arguments, **named)
        finally:
            seconds[name] = time.perf_counter() - begun

    try:
        features = timed("take_features", take_features, None)
        training = timed("begin_training", begin_training, features, "by hand", run_key, force=force)
    except NothingToDo:
        return seconds
    baseline = timed("train_baseline", train_baseline, training)
    transformer = timed("export_served", export_served, timed("finetune", finetune, training), training)
    models = [baseline, transformer]
    metrics = [timed(f"evaluate_{model.kind}", evaluate, model, training) for model in models]
    choice = timed("choose", choose, models, metrics, training, to_beat="baseline")
    gate = timed("gate_model", gate_model, choice, training)
    timed("register", register, choice, gate, training)
    timed("analyse_errors", analyse_errors, choice, training)
    return seconds


if __name__ == "__main__":
    print(json.dumps(train(sys.argv[1], force="--force" in sys.argv[2:])))
