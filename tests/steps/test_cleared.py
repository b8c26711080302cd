"""Every task of ingest, features and score cleared in an older, successful run: what the newest run left stays."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.steps.ingest.test_ingest import DAY, put
from tests.steps.score.test_score_and_monitor import release

from reviewloop.adapters.catalog import athena, glue
from reviewloop.adapters.features import offline, online
from reviewloop.adapters.features.views import group_named
from reviewloop.adapters.lake import feature_pointers
from reviewloop.errors import NothingToDo
from reviewloop.refs import BatchRef, CuratedRef, DeliveryRef, FeaturesRef, PredictionsRef
from reviewloop.steps.features.announce_features import announce_features
from reviewloop.steps.features.build_features import build_features
from reviewloop.steps.features.profile_reviews import profile_reviews
from reviewloop.steps.features.publish_features import publish_features
from reviewloop.steps.ingest.check_bias import check_bias
from reviewloop.steps.ingest.check_counts import check_counts
from reviewloop.steps.ingest.curate import curate
from reviewloop.steps.ingest.land import land
from reviewloop.steps.ingest.parse import parse
from reviewloop.steps.ingest.publish_day import publish_day
from reviewloop.steps.ingest.validate import validate
from reviewloop.steps.score.score import score
from reviewloop_local.sample.reviews import make_reviews, to_csv_bytes

pytestmark = pytest.mark.contract


@dataclass(frozen=True)
class Run:
    """What the tasks of one day's runs returned, as XCom keeps it."""

    delivery: DeliveryRef
    batch: BatchRef
    curated: CuratedRef
    features: FeaturesRef
    predictions: PredictionsRef


def run(num_rows: int) -> Run:
    """The day delivered, from the inbox to predictions."""
    put(to_csv_bytes(make_reviews(num_rows)))
    delivery = land(DAY)
    batch = parse(delivery)
    validate(batch)
    check_bias(batch)
    curated = publish_day(check_counts(curate(batch)))
    features = build_features(None)
    profile_reviews(features)
    return Run(delivery, batch, curated, announce_features(publish_features(features)), score(curated))


def state() -> dict[str, Any]:
    """What the newest run left: what readers of the lake see."""
    group = group_named("review_snapshot")
    served = online.read(group, [f"{DAY}/{number}" for number in range(900)]).dropna()
    return {
        "reviews": [(found.day, found.batch) for found in glue.partitions("reviews")],
        "predictions": [(found.day, found.batch) for found in glue.partitions("predictions")],
        "rows": [int(athena.run("n", f"SELECT count(*) AS n FROM {name}")["n"].iloc[0]) for name in ("reviews", "predictions")],
        "latest": _named("latest"),
        "announced": _named("announced"),
        "features": (served.to_json(), offline.held(group)),
    }


def _named(name: feature_pointers.Pointer) -> tuple[str, int]:
    named = feature_pointers.read_pointer(name)
    assert named is not None
    return named.digest, named.generation


def tasks(old: Run) -> dict[str, list[Callable[[Any], Any]]]:
    """Each task of the old run, and those downstream that a clear runs after it; each is given what the one before returned."""
    after_batch = [lambda batch: (validate(batch), check_bias(batch), curate(batch))[-1], check_counts, publish_day, score]
    after_features = [lambda ref: (profile_reviews(ref), ref)[-1], announce_features]
    return {
        "land": [lambda _: land(DAY), parse, *after_batch],
        "parse": [lambda _: parse(old.delivery), *after_batch],
        "curate": [lambda _: old.batch, *after_batch],
        "check_counts": [lambda _: check_counts(old.curated), *after_batch[2:]],
        "publish_day": [lambda _: publish_day(old.curated), score],
        "build_features": [lambda _: build_features(None), *after_features, publish_features],
        "profile_reviews": [lambda _: profile_reviews(old.features)],
        "publish_features": [lambda _: publish_features(old.features)],
        "announce_features": [lambda _: announce_features(old.features)],
        "score": [lambda _: score(old.curated)],
    }


def clear(steps: list[Callable[[Any], Any]]) -> None:
    """Run the steps one after the other; where one has nothing to do, those after it are skipped, as Airflow does."""
    result = None
    try:
        for step in steps:
            result = step(result)
    except NothingToDo:
        return


@pytest.fixture
def runs(lake: str, mlflow_server: str, tmp_path: Path) -> tuple[Run, dict[str, Any]]:
    """The older of two runs of a day, and the state that the newer one left."""
    release(tmp_path)
    old, new = run(600), run(900)
    assert (old.curated.batch != new.curated.batch, old.features.digest != new.features.digest) == (True, True)
    left = state()
    assert left["rows"] == [new.curated.num_rows] * 2
    return old, left


def test_tasks_of_an_older_run_change_nothing_alone_with_what_comes_after_and_in_any_order(
    runs: tuple[Run, dict[str, Any]],
) -> None:
    old, left = runs
    for name, steps in tasks(old).items():
        for num_steps in sorted({1, len(steps)}):
            clear(steps[:num_steps])
            assert state() == left, f"{name} and {num_steps - 1} tasks after it"
    for seed in range(2):
        cleared = list(tasks(old).items())
        random.Random(seed).shuffle(cleared)
        for _, steps in cleared:
            clear(steps)
        assert state() == left, [name for name, _ in cleared]
