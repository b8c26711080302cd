"""Challengers for the gates' study: the baseline fitted again and again, and its answers made worse by a known amount."""

import sys
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from reviewloop.config import Config, load_config
from reviewloop.contracts import load_contract
from reviewloop.core.dataset.balance import balanced
from reviewloop.core.dataset.snapshots import Snapshot, model_texts, split_snapshot, without_near_copies
from reviewloop.core.delivery.parsing import parse_whole
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.statistics.metrics import NUM_CLASSES, confusion
from reviewloop_local.sample.reviews import make_reviews, to_csv_bytes

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

Probabilities = npt.NDArray[np.float64]
NUM_PROCESSES: Final = 2
DAY: Final = "2026-01-01"
"""A file of reviews has no days; the study needs none."""


def read_snapshot(csv: Path | None) -> Snapshot:
    """The parts that ``build_features`` would make of the file's reviews; ``None``: of the made-up sample."""
    pool = pd.read_csv(csv).rename(columns={"Unnamed: 0": ""}) if csv else make_reviews()
    _, accepted, _ = parse_whole("study.csv", to_csv_bytes(pool), load_contract(), load_config().dataset.limits)
    features = load_config().features
    snapshot = split_snapshot(accepted.assign(day=DAY), load_contract(), features.split.validation, features.split.test)
    return without_near_copies(snapshot, features.near_duplicate_jaccard)


def fit(train: pd.DataFrame, config: Config, seed: int) -> "Pipeline":
    """The baseline as the step ``train_baseline`` fits it."""
    from reviewloop.models import baseline

    rows, knobs = balanced(train, config.features.balance, config.features.balance_power), config.training.baseline
    return baseline.fit(
        model_texts(rows),
        rows["label"].to_numpy(),
        rows["weight"].to_numpy() ** knobs.weight_power,
        ngram_max=knobs.ngram_max,
        min_df=knobs.min_df,
        max_features=knobs.max_features,
        c=knobs.c,
        seed=seed,
    )


def answers(pipeline: "Pipeline", reviews: pd.DataFrame) -> Probabilities:
    """The pipeline's probabilities, shape (n, 3)."""
    from reviewloop.models import baseline

    return baseline.predict_proba(pipeline, model_texts(reviews), len(SENTIMENTS))


def refit(train: pd.DataFrame, sealed: pd.DataFrame, config: Config, seed: int) -> Probabilities:
    """The answers on ``sealed`` of the baseline fitted on a bootstrap sample of the training rows."""
    places = np.random.default_rng(seed).integers(len(train), size=len(train))
    return answers(fit(train.iloc[places].reset_index(drop=True), config, seed), sealed)


def refits(processes: Executor, train: pd.DataFrame, sealed: pd.DataFrame, config: Config, seeds: range) -> list[Probabilities]:
    """``refit`` for each seed."""
    return spread_out(processes, refit, [(train, sealed, config, seed) for seed in seeds], "challengers fitted")


def own_processes() -> ProcessPoolExecutor:
    """``NUM_PROCESSES`` fresh ones: a fork of a threaded one may hang. Each imports all it needs, so one pool serves a study."""
    return ProcessPoolExecutor(NUM_PROCESSES, mp_context=get_context("spawn"))


def spread_out(processes: Executor, work: Callable[..., Any], calls: list[tuple[Any, ...]], what: str) -> list[Any]:
    """``work(*call)`` of every call, in order.

    Standard error hears of every eighth of the calls that are done, which are so many ``what``.
    """
    size = max(len(calls) // (4 * NUM_PROCESSES), 1)
    found: list[Any] = []
    for result in processes.map(work, *zip(*calls, strict=True), chunksize=size):
        found.append(result)
        if len(found) % size == 0 or len(found) == len(calls):
            print(f"{what}: {len(found)} of {len(calls)}", file=sys.stderr, flush=True)
    return found


def worsened(
    labels: npt.NDArray[np.int64],
    probabilities: Probabilities,
    places: npt.NDArray[np.bool_],
    share: float,
    rng: np.random.Generator,
) -> Probabilities:
    """The answers with a ``share`` of those at ``places`` turned into mistakes, drawn from the mistakes the model itself makes.

    A row's mistake is drawn from its class's row of the model's confusion, the right answers left out. The chosen class and
    the likeliest swap their probabilities, so that a wrong answer is given as surely as the right one was.
    """
    mistakes = confusion(labels, probabilities.argmax(axis=1)).astype(float)
    np.fill_diagonal(mistakes, 0)
    none = mistakes.sum(axis=1) == 0
    mistakes[none] = 1 - np.eye(NUM_CLASSES)[none]  # a class without a mistake: either of the other two
    mistakes /= mistakes.sum(axis=1, keepdims=True)
    worse = probabilities.copy()
    for place in np.flatnonzero(places & (rng.random(len(labels)) < share)):
        wrong, likeliest = rng.choice(NUM_CLASSES, p=mistakes[labels[place]]), worse[place].argmax()
        worse[place, [wrong, likeliest]] = worse[place, [likeliest, wrong]]
    return worse
