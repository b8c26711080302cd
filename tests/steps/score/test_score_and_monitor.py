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
from reviewloop.adapters.lake.embeddings import embeddings_of
from reviewloop.adapters.lake.frames import from_parquet, to_parquet
from reviewloop.adapters.lake.sealed import Answers, seal_answers, seal_predictions
from reviewloop.adapters.mlflow import registry, runs
from reviewloop.adapters.mlflow.connection import client
from reviewloop.adapters.release import champion, ledger
from reviewloop.core.dataset.snapshots import model_texts
from reviewloop.core.release.events import Draft, program
from reviewloop.core.reviews import SENTIMENTS, sentiment_of
from reviewloop.core.texts import text_digest, vocabulary
from reviewloop.errors import NothingToDo, PermanentError, Refused, Superseded, TransientError
from reviewloop.models import baseline
from reviewloop.models.kinds.table import AS_TRAINED
from reviewloop.models.predictor import load_predictor
from reviewloop.refs import BatchRef, CuratedRef, DriftRef, ModelRef
from reviewloop.serving.rollout.champion import ChampionFollower
from reviewloop.settings import settings
from reviewloop.steps.ingest.curate import curate
from reviewloop.steps.ingest.publish_day import publish_day
from reviewloop.steps.monitor.decide_retraining import decide_retraining
from reviewloop.steps.monitor.monitor import monitor
from reviewloop.steps.score.find_curated import find_curated
from reviewloop.steps.score.find_scored import find_scored
from reviewloop.steps.score.score import score

pytestmark = pytest.mark.contract

DAY = "2026-01-02"
MOODS = {5: "lovely soft dress fits well", 3: "average dress so so", 1: "awful scratchy dress returned it"}


def make_reviews(rows: int, seed: int, ratings: tuple[int, ...] = (5, 5, 5, 5, 3, 1), department: str = "Tops") -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    stars = rng.choice(ratings, rows)
    frame = pd.DataFrame({name: pd.Series([pd.NA] * rows, dtype="object") for name in DTYPES})
    frame["review_id"], frame["rating"] = np.arange(rows) + seed * 10_000, stars
    frame["text"] = [f"{MOODS[int(star)]} " * int(rng.integers(2, 6)) + f"n{seed}r{row}" for row, star in enumerate(stars)]
    frame["department"], frame["age"] = department, rng.integers(20, 70, rows)
    frame[["product_id", "recommended", "positive_feedback"]] = 0
    return frame.astype(DTYPES)


def batch_of(reviews: pd.DataFrame, landed_at: str = "", day: str = DAY) -> BatchRef:
    batch = artifacts.publish(s3.lake_uri("staging"), {"accepted.parquet": to_parquet(reviews)})
    rows = len(reviews)
    counts = {"num_landed": rows, "num_accepted": rows, "num_quarantined": 0, "reasons": {}}
    return BatchRef(day=day, uri=batch.uri, digest=batch.digest, delivery_uri=batch.uri, **counts, landed_at=landed_at)


def put_day(reviews: pd.DataFrame, landed_at: str = "", day: str = DAY) -> CuratedRef:
    return publish_day(curate(batch_of(reviews, landed_at, day)))


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


def release(folder: Path, seed: int = 1, missing: str = "", *, embedded: bool = True, run_id: str = "") -> str:
    """A champion with its reference and vocabulary; returns its version. One of older code has no embeddings."""
    model = publish_baseline(folder / f"model-{seed}", seed)
    sealed = make_reviews(1500, seed + 1)
    labels = sealed["rating"].map(sentiment_of)
    read = load_predictor(folder / f"model-{seed}").read(model_texts(sealed))
    answers = {f"p_{name}": read.probabilities[:, place] for place, name in enumerate(SENTIMENTS)}
    predicted = sealed.assign(label=labels, prediction=labels, **answers)
    reference = seal_answers({AS_TRAINED: Answers(predicted, read.embeddings)}) if embedded else seal_predictions(predicted)
    words = json.dumps(vocabulary(MOODS.values(), min_count=1)).encode()
    features = artifacts.publish(s3.lake_uri("features"), {"vocabulary.json": words}, {"batches": {}})
    tags = {"reviewloop.job_key": model.job_key, "reviewloop.reference_uri": reference.uri, "reviewloop.features_uri": features.uri}
    tags.pop(missing, None)
    return released.release(model.uri, run_id, tags)


def test_without_a_champion_there_is_nothing_to_score(lake: str, mlflow_server: str) -> None:
    with pytest.raises(NothingToDo, match="no champion yet"):
        score(put_day(make_reviews(30, 5)))


def test_a_champion_that_is_lost_is_no_day_without_one(lake: str, mlflow_server: str, tmp_path: Path) -> None:
    release(tmp_path)
    curated = put_day(make_reviews(30, 5))
    client().delete_registered_model_alias(settings().registered_model, registry.CHAMPION)
    with pytest.raises(Refused, match=r"alias 'champion' is gone, but version 1 was released"):
        score(curated)


def test_a_champion_whose_training_run_is_deleted_in_mlflow_answers_and_scores_on_and_its_lineage_is_told(
    lake: str, mlflow_server: str, tmp_path: Path
) -> None:
    run_id = client().create_run(client().create_experiment(lake)).info.run_id
    version = release(tmp_path, run_id=run_id)
    client().delete_run(run_id)
    with pytest.raises(PermanentError, match=run_id):
        runs.set_tags(run_id, {"seen": "again"})

    curated = put_day(make_reviews(120, 5))
    assert (score(curated).model_version, score(curated).num_rows) == (version, 120)
    follower = ChampionFollower(60)
    follower.refresh()
    assert follower.current is not None, follower.problem
    assert (follower.current.version, follower.problem) == (version, None)
    found = champion.current_champion()
    assert found is not None
    assert registry.get_version(version).run_id == run_id
    assert artifacts.open_artifact(found.tags["reviewloop.features_uri"]).digest
    assert found.tags["reviewloop.job_key"] == "1" * 64


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


def test_what_each_answer_was_computed_from_lies_beside_it_and_athena_counts_the_answers_alone(
    lake: str, mlflow_server: str, tmp_path: Path
) -> None:
    release(tmp_path)
    truth = make_reviews(120, 5)
    first = score(put_day(truth))
    artifact = artifacts.open_artifact(first.uri)
    assert artifact.files.keys() == {"predictions.parquet", "_embeddings.as_trained.npy"}
    assert artifact.meta["form"] == "as_trained"
    counted = athena.run("count", f"SELECT count(*) AS n FROM predictions WHERE batch = '{first.batch}'")["n"].iloc[0]
    assert (first.num_rows, counted) == (120, 120)

    found = embeddings_of(artifact)
    predictor = model_store.fetch_predictor(artifact.meta["model_uri"])
    alone = np.concatenate([predictor.read([text]).embeddings for text in model_texts(truth)])
    assert (found.form, found.rows.shape) == ("as_trained", (120, 128))
    assert found.rows == pytest.approx(alone, abs=1e-3), "row by row as the answers"
    assert not np.allclose(found.rows, alone[::-1], atol=1e-3)


def test_a_file_of_a_plain_name_beside_the_answers_would_be_read_as_rows(lake: str, mlflow_server: str, tmp_path: Path) -> None:
    """Why the embeddings' name begins as it does."""
    release(tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("reviewloop.adapters.lake.embeddings._NAME", "embeddings.{form}.npy")
        with pytest.raises(PermanentError, match="count_predictions"):
            score(put_day(make_reviews(120, 5)))


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


def test_in_a_rollout_the_champion_scores_and_says_so_and_what_it_scored_is_found_after_a_rollback(
    lake: str, mlflow_server: str, tmp_path: Path
) -> None:
    first, second = release(tmp_path, seed=1), release(tmp_path, seed=2)
    started = ledger.append(lambda _: Draft("rollout_started", program("test"), first, "d", {"replaces": second}))
    ref = score(put_day(make_reviews(40, 5)))
    assert ref.model_version == second
    assert artifacts.open_artifact(ref.uri).meta["rollout"] == started.sha256
    assert (find_scored(second), find_scored(first)) == ([DAY], [])
    with pytest.raises(Refused, match="the ledger knows no version 'v2'; it knows 1"):
        find_scored("v2")


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
    report = s3.read_json(drift.report_uri)
    assert not drift.fired, drift.reasons
    assert "none beyond what luck does" in drift.reasons[0]
    assert (report["day"], report["num_rows"], report["num_reference_rows"]) == (DAY, 200, 1500)
    assert report["live_macro_f1"] > 0.95
    assert {one["family"] for one in report["signals"]} == {"columns", "answers", "text", "labels", "slices"}
    assert {one["verdict"] for one in report["signals"] if one["family"] == "text"} == {"as before"}
    assert b"no drift</span>" in s3.read_bytes(drift.page_uri)
    assert (drift.kind, report["kind"]["name"], drift.warnings) == ("", "none", ())
    assert DriftRef.model_validate_json(drift.model_dump_json()) == drift
    assert decide_retraining([drift], "run1").verdict == "calm"


def test_a_new_champion_is_compared_with_what_it_answered_itself_and_is_no_drift(
    lake: str, mlflow_server: str, tmp_path: Path
) -> None:
    release(tmp_path, seed=1)
    curated = put_day(make_reviews(200, 5))
    before = monitor(score(curated))
    second = release(tmp_path, seed=2)
    after = monitor(score(curated))
    assert (after.model_version, after.fired) == (second, False), after.reasons
    reports = [s3.read_json(one.report_uri) for one in (before, after)]
    assert all(reports[0][name] != reports[1][name] for name in ("reference_uri", "null_uri"))


def test_a_champion_of_before_there_were_embeddings_is_monitored_without_its_texts(
    lake: str, mlflow_server: str, tmp_path: Path
) -> None:
    release(tmp_path, embedded=False)
    drift = monitor(score(put_day(make_reviews(200, 5))))
    signals = s3.read_json(drift.report_uri)["signals"]
    assert {one["verdict"] for one in signals if one["family"] == "text"} == {"not measured"}
    assert {one["verdict"] for one in signals if one["family"] == "columns"} == {"as before"}
    assert any(reason.startswith("not measured: ") for reason in drift.reasons)


def test_a_day_of_a_handful_says_nothing_and_is_no_calm_vote(lake: str, mlflow_server: str, tmp_path: Path) -> None:
    release(tmp_path)
    drift = monitor(score(put_day(make_reviews(8, 5))))
    assert (drift.fired, drift.judged, drift.families) == (False, False, ())
    assert drift.reasons[0].startswith("not enough evidence: 8 rows")


def test_reviews_of_another_shop_are_other_texts_whatever_their_stars(lake: str, mlflow_server: str, tmp_path: Path) -> None:
    release(tmp_path)
    day = make_reviews(60, 5)
    about = "the update crashed my laptop while the installer was loading and support never answered"
    words = [" ".join(dict.fromkeys([*about.split()[place % 7 :], *text.split()[:3]])) for place, text in enumerate(day["text"])]
    drift = monitor(score(put_day(day.assign(text=[f"{line} {place}" for place, line in enumerate(words)]))))
    assert drift.fired
    assert any(reason.startswith(("text:", "domain:")) for reason in drift.reasons)


def test_a_drifted_day_fires_by_name_and_a_rerun_finds_the_same_report(lake: str, mlflow_server: str, tmp_path: Path) -> None:
    release(tmp_path)
    moved = make_reviews(200, 5, ratings=(1, 3), department="Shoes").assign(age=25)
    predictions = score(put_day(moved))
    drift = monitor(predictions)
    assert drift.fired
    named = {reason.split(":")[0] for reason in drift.reasons}
    assert {"complaints", "answers", "department", "age band"} <= named
    assert {"labels", "answers", "columns"} <= set(drift.families)
    # All of the day is of a department that the reference never held: whatever else moved, nobody can tell it from that.
    assert (drift.kind, s3.read_json(drift.report_uri)["kind"]["name"]) == ("population", "population")
    assert monitor(predictions) == drift


def test_a_day_of_more_complaints_alone_is_prior_drift_and_asks_for_no_training(
    lake: str, mlflow_server: str, tmp_path: Path
) -> None:
    release(tmp_path)
    unhappy = make_reviews(200, 5, ratings=(5, 5, 3, 1, 1, 1))
    first = monitor(score(put_day(unhappy)))
    second = monitor(score(put_day(make_reviews(200, 6, ratings=(5, 5, 3, 1, 1, 1)), day="2026-01-03")))
    assert (first.kind, second.kind) == ("prior", "prior")
    report = s3.read_json(second.report_uri)
    assert report["quality"]["estimated"]["is_reweighed"]
    assert report["priors"]["mlls"][0]["value"] > 0.3
    assert [one["num_days"] for one in report["quality"]["falls"]] == [1, 2]
    assert [one["day"] for one in report["earlier_scored"]] == [DAY]
    decision = decide_retraining([first, second], "run1")
    assert decision.verdict == "suppressed"
    failed = [one["name"] for one in s3.read_json(decision.report_uri)["conditions"] if one["verdict"] == "fails"]
    assert failed == ["not_prior_alone"]


def test_ratings_that_come_later_replace_the_provisional_verdict_of_the_day(lake: str, mlflow_server: str, tmp_path: Path) -> None:
    release(tmp_path)
    whole = make_reviews(200, 5)
    early = whole.assign(rating=whole["rating"].where(whole.index % 2 == 0))
    first = monitor(score(put_day(early, "2026-01-03T01:00:00.000000+00:00")))
    later = monitor(score(put_day(whole, "2026-01-04T01:00:00.000000+00:00")))
    told = [s3.read_json(one.report_uri)["quality"]["realised"] for one in (first, later)]
    assert [(one["is_provisional"], one["labels_arrived"]) for one in told] == [(True, 0.5), (False, 1.0)]
    assert later.batch != first.batch
    following = monitor(score(put_day(make_reviews(200, 6), day="2026-01-03")))
    report = s3.read_json(following.report_uri)
    assert [one["uri"].rpartition("batch=")[2] for one in report["earlier_scored"]] == [later.batch]
    assert report["quality"]["falls"][-1]["num_rated"] == 400


def test_a_second_drifted_day_asks_for_a_training_and_counts_what_it_could_learn_from(
    lake: str, mlflow_server: str, tmp_path: Path
) -> None:
    """All of it real: the rows that the champion was not made from are counted by Athena, the minutes by MLflow."""
    release(tmp_path)
    moved = make_reviews(150, 5, ratings=(1, 3), department="Shoes").assign(age=25)
    first = monitor(score(put_day(moved)))
    assert decide_retraining([first], "run1").verdict == "pending"
    second = monitor(score(put_day(moved.assign(review_id=moved["review_id"] + 1000), day="2026-01-03")))
    decision = decide_retraining([second], "run2")
    values = {one["name"]: one["value"] for one in s3.read_json(decision.report_uri)["conditions"]}
    assert (decision.verdict, values["new_rows"], values["budget_minutes"]) == ("train", "300", "0")
    assert decide_retraining([second], "run3").verdict == "answered"


def test_labels_that_the_champion_contradicts_fire(lake: str, mlflow_server: str, tmp_path: Path) -> None:
    release(tmp_path)
    day = make_reviews(200, 5)
    drift = monitor(score(put_day(day.assign(rating=6 - day["rating"]))))
    assert drift.fired
    assert "contradicted answers (rated negative): 0.0% before, 100.0% today" in "; ".join(drift.reasons)


def test_what_luck_does_is_simulated_once_for_so_many_rows(
    lake: str, mlflow_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release(tmp_path)
    first = monitor(score(put_day(make_reviews(200, 5))))
    monkeypatch.setattr("reviewloop.core.monitoring.drift.reference.simulate", lambda *_: pytest.fail("it was simulated already"))
    second = monitor(score(put_day(make_reviews(203, 6), day="2026-01-20")))
    uris = [s3.read_json(drift.report_uri)["null_uri"] for drift in (first, second)]
    assert uris[0] == uris[1]
    monkeypatch.undo()


def test_the_days_before_are_pooled(lake: str, mlflow_server: str, tmp_path: Path) -> None:
    release(tmp_path)
    for number, day in enumerate(("2025-12-20", "2025-12-30", "2026-01-01")):
        put_day(make_reviews(100, 20 + number), day=day)
    drift = monitor(score(put_day(make_reviews(200, 5))))
    report = s3.read_json(drift.report_uri)
    assert [one["day"] for one in report["earlier"]] == ["2026-01-01", "2025-12-30"]
    (complaints,) = [one for one in report["signals"] if one["name"] == "complaints" and one["family"] == "labels"]
    assert "of 3 days together" in complaints["words"]
    assert "of 400)" in complaints["words"]
    assert complaints["pooled"] is False
    assert drift.pooled == ()


def test_charts_that_cannot_be_drawn_stop_nothing(
    lake: str, mlflow_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("one empty column")

    release(tmp_path)
    monkeypatch.setattr("reviewloop.adapters.evidently_report.compare", broken)
    drift = monitor(score(put_day(make_reviews(200, 5, department="Shoes"))))
    assert drift.fired
    charts = s3.read_bytes(f"{drift.page_uri.rpartition('/')[0]}/evidently.html").decode()
    assert "ValueError: one empty column" in charts


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
