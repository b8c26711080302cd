"""The step against a real S3 and Glue: days are curated, snapshots built, and each is profiled."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tests.helpers.contracts import DTYPES
from tests.helpers.profiled import curated

from reviewloop.__main__ import main
from reviewloop.adapters.catalog import glue
from reviewloop.adapters.lake import artifacts, frames, s3
from reviewloop.config import Config, SamplingConfig, load_config
from reviewloop.errors import PermanentError
from reviewloop.refs import ProfileRef
from reviewloop.steps.features import profile_reviews as module
from reviewloop.steps.features.build_features import build_features
from reviewloop.steps.features.profile_reviews import profile_reviews

pytestmark = pytest.mark.contract

GLUE_TYPES = {name: "bigint" if kind == "int64" else "string" for name, kind in DTYPES.items()}
Curate = Callable[[pd.DataFrame], str]


@pytest.fixture
def curate(lake: str) -> Curate:
    """Publishes one day's rows as the step ``curate`` does; returns the partition's URI."""

    def curate(rows: pd.DataFrame) -> str:
        (day,) = set(rows["day"])
        data = frames.to_parquet(rows.drop(columns="day"))
        artifact = artifacts.publish(
            s3.lake_uri("curated", "reviews", f"day={day}"), {"reviews.parquet": data}, {}, folder="batch={digest}"
        )
        glue.register_partition("reviews", GLUE_TYPES, day, artifact.digest[:16], artifact.uri)
        return artifact.uri

    return curate


def numbers(profile: ProfileRef) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(artifacts.open_named(profile.uri).read("profile.json"))
    return found


def test_a_snapshot_gets_a_page_and_its_numbers(curate: Curate) -> None:
    curate(curated(300))
    features = build_features(None)
    profile = profile_reviews(features)
    assert profile.page_uri.startswith(s3.lake_uri("reports", "profile", "day=2026-01-01", features.digest[:16]))
    assert profile.num_rows == 300
    found = numbers(profile)
    assert found["counts"] == {"negative": 90, "neutral": 60, "positive": 150}
    assert found["lengths"]["num_token_texts"] == features.num_train
    (chosen,) = [reach for reach in found["lengths"]["reaches"] if reach["max_seq_length"] == features.max_seq_length]
    assert chosen["whole"] == artifacts.open_artifact(features.uri).meta["token_coverage"]
    assert found["changes"] is None
    assert s3.read_bytes(profile.page_uri).startswith(b"<!doctype html>")


def test_what_the_texts_are_about_is_a_page_that_the_profile_links(curate: Curate) -> None:
    curate(curated(300))
    features = build_features(None)
    page = s3.read_bytes(profile_reviews(features).page_uri).decode()
    (beside,) = [uri for uri in s3.list_uris(s3.lake_uri("reports", "exploration")) if uri.endswith("/index.html")]
    path = beside.partition("/reports/")[2]
    assert f'<a href="../../../{path}">What the reviews are about</a>' in page
    told = json.loads(s3.read_bytes(beside.replace("index.html", "exploration.json")))
    assert told["num_texts"] == told["num_offered"] == features.num_train + features.num_validation
    assert len(told["clusters"]) >= 3
    quoted = {example["review_id"] for cluster in told["clusters"] for example in cluster["examples"]}
    snapshot = artifacts.open_artifact(features.uri)
    opened = pd.concat([frames.from_parquet(snapshot.read(f"{part}.parquet")) for part in ("train", "validation")])
    assert quoted <= set(opened["review_id"]), "no sealed review is quoted"


def test_a_sampled_training_part_is_smaller_and_its_table_stands_on_the_page(
    curate: Curate, monkeypatch: pytest.MonkeyPatch
) -> None:
    curate(curated(300))
    whole = build_features(None)
    config = load_config()
    plan = SamplingConfig(method="stratified", size=0.5, by="sentiment")
    sampling = config.model_copy(update={"features": config.features.model_copy(update={"sampling": plan})})
    for name in ("build_features", "profile_reviews"):
        monkeypatch.setattr(f"reviewloop.steps.features.{name}.load_config", lambda: sampling)
    features = build_features(None)
    assert (features.num_train, features.num_test) == (round(whole.num_train / 2), whole.num_test)
    assert features.sealed_uri == whole.sealed_uri
    snapshot = artifacts.open_artifact(features.uri)
    train = frames.from_parquet(snapshot.read("train.parquet"))
    assert {"inclusion_probability", "sampling_weight"} <= set(train.columns)
    assert snapshot.meta["num_not_sampled"] == whole.num_train - features.num_train
    page = s3.read_bytes(profile_reviews(features).page_uri).decode()
    assert f"{features.num_train:,} of {whole.num_train:,} training rows, taken by stratified sampling" in page


def test_the_next_snapshot_is_compared_with_the_one_before(curate: Curate) -> None:
    curate(curated(300))
    first = build_features(None)
    before = profile_reviews(first)
    curate(curated(100, 300, "2026-01-02", department="Swim"))
    profile = profile_reviews(build_features(None))
    changes = numbers(profile)["changes"]
    path = before.page_uri.partition("/reports/")[2]
    assert f'<a href="../../../{path}">The snapshot before</a>' in s3.read_bytes(profile.page_uri).decode()
    assert (changes["before"], changes["num_before"], changes["num_compared"]) == (first.digest, 300, 100)
    assert [change["column"] for change in changes["columns"] if change["distance"] > change["by_chance"]] == ["department"]


def test_a_snapshot_whose_predecessor_was_never_profiled_stands_alone(curate: Curate) -> None:
    curate(curated(300))
    build_features(None)
    curate(curated(100, 300, "2026-01-02"))
    assert numbers(profile_reviews(build_features(None)))["changes"] is None


def test_a_rerun_changes_nothing_also_when_newer_snapshots_came(curate: Curate) -> None:
    curate(curated(300))
    features = build_features(None)
    first = profile_reviews(features)
    curate(curated(100, 300, "2026-01-02"))
    profile_reviews(build_features(None))
    written = list(s3.list_uris(s3.lake_uri("reports")))
    assert profile_reviews(features) == first
    assert list(s3.list_uris(s3.lake_uri("reports"))) == written


def test_a_profile_cut_off_half_way_is_made_whole_with_the_same_bytes(curate: Curate, monkeypatch: pytest.MonkeyPatch) -> None:
    curate(curated(300))
    features = build_features(None)
    write = s3.write_json

    def cut_off(uri: str, value: Any) -> str:
        if "/reports/profile/" in uri:
            raise PermanentError("killed")
        return write(uri, value)

    with monkeypatch.context() as broken:
        broken.setattr(s3, "write_json", cut_off)
        with pytest.raises(PermanentError, match="killed"):
            profile_reviews(features)
    (half,) = [s3.read_bytes(uri) for uri in s3.list_uris(s3.lake_uri("reports", "profile")) if uri.endswith("index.html")]
    assert s3.read_bytes(profile_reviews(features).page_uri) == half


def test_a_superseded_day_is_profiled_as_the_snapshot_saw_it(curate: Curate) -> None:
    curate(curated(300))
    features = build_features(None)
    curate(curated(250))
    assert numbers(profile_reviews(features))["num_rows"] == 300


def test_other_settings_make_another_page(curate: Curate, monkeypatch: pytest.MonkeyPatch) -> None:
    curate(curated(300))
    features = build_features(None)
    first = profile_reviews(features)
    other: Config = load_config().model_copy(update={"profiling": load_config().profiling.model_copy(update={"num_top": 1})})
    monkeypatch.setattr(module, "load_config", lambda: other)
    second = profile_reviews(features)
    assert second.uri != first.uri
    assert len(numbers(second)["keywords"]["negative"]) == 1


def test_a_curated_file_that_is_gone_is_named(curate: Curate) -> None:
    uri = curate(curated(300))
    features = build_features(None)
    bucket, key = s3.split_uri(f"{uri}/{artifacts.MANIFEST}")
    s3.client().delete_object(Bucket=bucket, Key=key)
    with pytest.raises(PermanentError, match=f"read {uri}"):
        profile_reviews(features)


def test_it_runs_by_hand_on_a_kept_ref(curate: Curate, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    curate(curated(300))
    (tmp_path / "ref.json").write_text(build_features(None).model_dump_json())
    assert main(["profile_reviews", "--features", f"@{tmp_path}/ref.json"]) == 0
    assert s3.exists(ProfileRef.model_validate_json(capsys.readouterr().out).page_uri)
