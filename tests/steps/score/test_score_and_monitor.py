"""One curated day, scored and monitored on the real local services with a tiny real baseline as champion."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.helpers import released
from tests.helpers.contracts import DTYPES

from reviewloop.adapters.catalog import athena, days, glue
from reviewloop.adapters.lake import artifacts, model_store, s3
from reviewloop.adapters.lake.frames import from_parquet, to_parquet
from reviewloop.adapters.lake.sealed import seal_predictions
from reviewloop.adapters.mlflow import registry
from reviewloop.adapters.mlflow.connection import client
from reviewloop.core.reviews import SENTIMENTS, sentiment_of
from reviewloop.core.texts import text_digest, vocabulary
from reviewloop.errors import NothingToDo, PermanentError, Refused, Superseded, TransientError
from reviewloop.models import baseline
from reviewloop.refs import BatchRef, CuratedRef, DriftRef, ModelRef
from reviewloop.settings import settings
from reviewloop.steps.ingest.curate import curate
from reviewloop.steps.ingest.publish_day import publish_day
from reviewloop.steps.monitor.announce_drift import announce_drift
from reviewloop.steps.monitor.monitor import monitor
from reviewloop.steps.score.find_curated import find_curated
from reviewloop.steps.score.score import score

pytestmark = pytest.mark.contract

DAY = "2026-01-02"
MOODS = {5: "lovely soft dress fits well", 3: "average dress so so", 1: "awful scratchy dress returned it"}


def make_reviews(rows: int, seed: int, ratings: tuple[int, ...] = (5, 5, 5, 5, 3, 1), department: str = "Tops") -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    stars = rng.choice(ratings, rows)
    frame = pd.DataFrame({name: pd.Series([pd.NA] * rows, dtype="object") for name in DTYPES})
    frame["review_id"], frame["rating"] = np.arange(rows) + seed * 10_000, stars
    frame["text"] = [f"{MOODS[int(star)]} " * int(rng.integers(2, 6)) for star in stars]
    frame["department"], frame["age"] = department, rng.integers(20, 70, rows)
    frame[["product_id", "recommended", "positive_feedback"]] = 0
    return frame.astype(DTYPES)


def batch_of(reviews: pd.DataFrame, landed_at: str = "") -> BatchRef:
    batch = artifacts.publish(s3.lake_uri("staging"), {"accepted.parquet": to_parquet(reviews)})
    rows = len(reviews)
    counts = {"num_landed": rows, "num_accepted": rows, "num_quarantined": 0, "reasons": {}}
    return BatchRef(day=DAY, uri=batch.uri, digest=batch.digest, delivery_uri=batch.uri, **counts, landed_at=landed_at)


def put_day(reviews: pd.DataFrame, landed_at: str = "") -> CuratedRef:
    return publish_day(curate(batch_of(reviews, landed_at)))


def publish_baseline(folder: Path, seed: int) -> ModelRef:
    known = make_reviews(300, seed)
    labels = known["rating"].map(sentiment_of).to_numpy()
    pipeline = baseline.fit(
        list(known["text"]), labels, np.ones(300), ngram_max=1, min_df=1, max_features=1000, c=float(seed), seed=1
    )
    folder.mkdir()
    (folder / baseline.FILE).write_bytes(baseline.to_skops(pipeline))
    (folder / "model.json").write_text(json.dumps({"kind": "baseline", "labels": list(SENTIMENTS)}))
    return model_store.publish("baseline", folder, f"{seed:x}" * 64, "")


def release(folder: Path, seed: int = 1, missing: str = "") -> str:
    """A champion with its reference and vocabulary; returns its version."""
    model = publish_baseline(folder / f"model-{seed}", seed)
    sealed = make_reviews(1500, seed + 1)
    labels = sealed["rating"].map(sentiment_of)
    reference = seal_predictions(sealed.assign(label=labels, prediction=labels))
    words = json.dumps(vocabulary(MOODS.values(), min_count=1)).encode()
    features = artifacts.publish(s3.lake_uri("features"), {"vocabulary.json": words})
    tags = {"reviewloop.job_key": model.job_key, "reviewloop.reference_uri": reference.uri, "reviewloop.features_uri": features.uri}
    tags.pop(missing, None)
    return released.release(model.uri, "", tags)


def test_without_a_champion_there_is_nothing_to_score(lake: str, mlflow_server: str) -> None:
    with pytest.raises(NothingToDo, match="no champion yet"):
        score(put_day(make_reviews(30, 5)))


def test_a_champion_that_is_lost_is_no_day_without_one(lake: str, mlflow_server: str, tmp_path: Path) -> None:
    release(tmp_path)
    curated = put_day(make_reviews(30, 5))
    client().delete_registered_model_alias(settings().registered_model, registry.CHAMPION)
    with pytest.raises(Refused, match=r"alias 'champion' is gone, but version 1 was released"):
        score(curated)


def test_a_day_that_no_released_version_scored_is_not_monitored(lake: str, mlflow_server: str, tmp_path: Path) -> None:
    release(tmp_path)
    predictions = score(put_day(make_reviews(120, 5)))
    with pytest.raises(Refused, match="version 7 was never released; released are: 1"):
        monitor(predictions.model_copy(update={"model_version": "7"}))


def test_a_scored_day_can_be_queried_and_a_rerun_changes_nothing(lake: str, mlflow_server: str, tmp_path: Path) -> None:
    version = release(tmp_path)
    curated = put_day(make_reviews(120, 5))
    assert find_curated(DAY) == curated
    first = score(curated)
    assert (first.num_rows, first.model_version, first.day) == (120, version, DAY)
    assert score(curated) == first

    rows = from_parquet(artifacts.open_artifact(first.uri).read("predictions.parquet"))
    truth = make_reviews(120, 5)
    assert list(rows["review_id"]) == list(truth["review_id"])
    assert (rows["prediction"] == truth["rating"].map(lambda star: SENTIMENTS[sentiment_of(star)])).mean() > 0.95
    assert rows[["p_negative", "p_neutral", "p_positive"]].sum(axis=1).to_numpy() == pytest.approx(1, abs=1e-5)
    assert set(rows["text_digest"]) == set(truth["text"].map(text_digest))
    assert set(rows["model_version"]) == {version}
    assert set(rows["reviews_batch"]) == {curated.batch}


def test_scoring_again_after_the_catalog_was_lost_gives_the_same_bytes(lake: str, mlflow_server: str, tmp_path: Path) -> None:
    release(tmp_path)
    curated = put_day(make_reviews(40, 5))
    first = score(curated)
    glue.client().delete_table(DatabaseName=lake.replace("-", "_"), Name="predictions")
    assert score(curated) == first


def test_another_champion_supersedes_the_days_predictions(lake: str, mlflow_server: str, tmp_path: Path) -> None:
    release(tmp_path, seed=1)
    curated = put_day(make_reviews(40, 5))
    old = score(curated)
    second = release(tmp_path, seed=2)
    new = score(curated)
    assert (new.model_version, new.batch != old.batch) == (second, True)
    assert [p.batch for p in glue.partitions("predictions")] == [new.batch]
    assert athena.run("count", f"SELECT count(*) AS n FROM predictions WHERE batch = '{new.batch}'")["n"].iloc[0] == 40
    assert s3.exists(f"{old.uri}/{artifacts.MANIFEST}")


def test_a_batch_that_is_not_the_days_is_not_scored(lake: str, mlflow_server: str, tmp_path: Path) -> None:
    release(tmp_path)
    old = put_day(make_reviews(40, 5), "2026-01-03T01:00:00.000000+00:00")
    score(old)
    new = put_day(make_reviews(50, 6), "2026-01-03T02:00:00.000000+00:00")
    scored = score(new)
    with pytest.raises(Superseded, match=f"{DAY}: superseded: batch {new.batch} counts, this task was given {old.batch}"):
        score(old)
    never = curate(batch_of(make_reviews(60, 7), "2026-01-03T03:00:00.000000+00:00"))
    with pytest.raises(Superseded, match=f"this task was given {never.batch}"):
        score(never)
    assert [p.batch for p in glue.partitions("predictions")] == [scored.batch]


def test_a_registry_that_begins_again_takes_neither_an_old_number_nor_the_old_predictions(
    lake: str, mlflow_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release(tmp_path, seed=1)
    curated = put_day(make_reviews(40, 5))
    old = score(curated)
    monkeypatch.setenv("REVIEWLOOP_REGISTERED_MODEL", f"{lake}-again")
    settings.cache_clear()
    assert (old.model_version, release(tmp_path, seed=2)) == ("1", "2")
    new = score(curated)
    assert artifacts.open_artifact(new.uri).meta["model_uri"] == registry.get_version("2").source
    assert new.batch != old.batch
    assert score(curated) == new


def test_predictions_of_before_digests_were_noted_are_found_again(lake: str, mlflow_server: str, tmp_path: Path) -> None:
    release(tmp_path)
    curated = put_day(make_reviews(40, 5))
    first = score(curated)
    manifest = s3.read_json(f"{first.uri}/{artifacts.MANIFEST}")
    del manifest["meta"]["model_digest"]
    s3.write_json(f"{first.uri}/{artifacts.MANIFEST}", manifest)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("reviewloop.steps.score.score.fetch_predictor", lambda *_: pytest.fail("it was scored already"))
        assert score(curated) == first


def test_of_two_scorings_at_once_the_one_that_is_late_looks_again(
    lake: str, mlflow_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release(tmp_path, seed=1)
    curated = put_day(make_reviews(40, 5))
    audit, newer = days.audit, []

    def overtaken(*arguments: Any) -> Any:
        monkeypatch.setattr(days, "audit", audit)
        release(tmp_path, seed=2)
        newer.append(score(curated))
        return audit(*arguments)

    monkeypatch.setattr(days, "audit", overtaken)
    with pytest.raises(TransientError, match="another batch came to count meanwhile"):
        score(curated)
    assert score(curated) == newer[0]
    assert [p.batch for p in glue.partitions("predictions")] == [newer[0].batch]


def test_a_day_that_was_never_curated_is_named(lake: str) -> None:
    with pytest.raises(PermanentError, match="day: '2026-02-30' has 0 curated batches.*no day is curated yet"):
        find_curated("2026-02-30")


def test_a_calm_day_keeps_its_report_and_announces_nothing(lake: str, mlflow_server: str, tmp_path: Path) -> None:
    release(tmp_path)
    drift = monitor(score(put_day(make_reviews(200, 5))))
    assert not drift.fired
    assert "0 of 5 columns drifted" in drift.reasons[0]
    assert s3.read_json(drift.report_uri)["live_macro_f1"] > 0.95
    assert b"no drift</span>" in s3.read_bytes(drift.page_uri)
    assert DriftRef.model_validate_json(drift.model_dump_json()) == drift
    with pytest.raises(NothingToDo, match="2026-01-02 did not drift: 0 of 5 columns"):
        announce_drift(drift)


def test_a_drifted_day_fires_by_name_and_a_rerun_finds_the_same_report(lake: str, mlflow_server: str, tmp_path: Path) -> None:
    release(tmp_path)
    moved = make_reviews(200, 5, ratings=(1, 3), department="Shoes").assign(age=25)
    predictions = score(put_day(moved))
    drift = monitor(predictions)
    assert drift.fired
    named = {reason.split(":")[0] for reason in drift.reasons}
    assert {"prediction", "department", "age_band"} <= named
    assert monitor(predictions) == drift
    assert announce_drift(drift) == drift


def test_a_champion_that_is_wrong_on_the_days_ratings_fires(lake: str, mlflow_server: str, tmp_path: Path) -> None:
    release(tmp_path)
    day = make_reviews(200, 5)
    drift = monitor(score(put_day(day.assign(rating=6 - day["rating"]))))
    assert drift.fired
    assert drift.reasons[0].startswith("live macro-F1 0.")


@pytest.mark.parametrize("tag", ["reviewloop.reference_uri", "reviewloop.features_uri"])
def test_a_version_without_its_reference_fails_the_monitor(lake: str, mlflow_server: str, tmp_path: Path, tag: str) -> None:
    release(tmp_path, missing=tag)
    with pytest.raises(PermanentError, match=f"no tag {tag}"):
        monitor(score(put_day(make_reviews(120, 5))))


def test_a_lost_reference_artifact_fails_the_monitor(lake: str, mlflow_server: str, tmp_path: Path) -> None:
    version = release(tmp_path)
    predictions = score(put_day(make_reviews(120, 5)))
    registry.set_version_tags(version, {"reviewloop.reference_uri": s3.lake_uri("evaluations", "nowhere")})
    with pytest.raises(PermanentError, match="nowhere/_manifest.json"):
        monitor(predictions)


def test_a_day_whose_predictions_miss_a_review_fails_the_monitor(lake: str, mlflow_server: str, tmp_path: Path) -> None:
    release(tmp_path)
    predictions = score(put_day(make_reviews(120, 5)))
    artifact = artifacts.open_artifact(predictions.uri)
    short = from_parquet(artifact.read("predictions.parquet")).iloc[1:]
    broken = artifacts.publish(s3.lake_uri("predictions"), {"predictions.parquet": to_parquet(short)}, artifact.meta)
    with pytest.raises(PermanentError, match="119 predictions and 120 reviews share 119 ids"):
        monitor(predictions.model_copy(update={"uri": broken.uri, "digest": broken.digest}))
