"""The endpoint as it is run: a real uvicorn, a real MLflow, a real S3 and a tiny real baseline."""

import gzip
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from tests.helpers import released
from tests.helpers.endpoint import Endpoint, until
from tests.helpers.intruder import overwrite, replace_artifact

from reviewloop.adapters.lake import artifacts, model_store, s3
from reviewloop.adapters.mlflow import registry
from reviewloop.adapters.mlflow.registry import VersionInfo
from reviewloop.adapters.mlflow.tags import Tag
from reviewloop.adapters.release.registration import register_version
from reviewloop.core.captures import completeness
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.models import baseline

pytestmark = pytest.mark.contract

TEXTS = {0: "awful scratchy returned", 1: "average so so", 2: "lovely soft perfect"}


def register(folder: Path, seed: int) -> VersionInfo:
    """A tiny baseline, as a version of the registry."""
    labels = np.arange(60) % 3
    texts = [TEXTS[int(label)] for label in labels]
    pipeline = baseline.fit(texts, labels, np.ones(60), ngram_max=1, min_df=1, max_features=500, c=9.0 + seed, seed=1)
    folder.mkdir()
    (folder / baseline.FILE).write_bytes(baseline.to_skops(pipeline))
    (folder / "model.json").write_text(json.dumps({"kind": "baseline", "labels": list(SENTIMENTS)}))
    model = model_store.publish("baseline", folder, f"{seed:x}" * 64, "")
    return register_version(model.uri, "", {Tag.JOB_KEY: model.job_key, Tag.MODEL_DIGEST: model.digest})


def release(folder: Path, seed: int) -> str:
    """``register``, and make it the champion; returns its version."""
    return released.crown(register(folder, seed).version)


def test_the_endpoint_follows_the_champion_and_captures_every_answer(endpoint: Endpoint, tmp_path: Path) -> None:
    until(lambda: endpoint.health()[0] == 503 and "no champion" in endpoint.health()[1]["reason"])
    ready = endpoint.http.get("/v2/health/ready")
    assert (ready.status_code, ready.json()) == (503, {"ready": False})
    assert endpoint.http.get("/v2/health/live").status_code == 200
    refused = endpoint.predict("lovely")
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
    assert endpoint.http.get("/version").status_code == 503

    first = release(tmp_path / "one", 1)
    until(lambda: endpoint.health()[0] == 200)
    answer = endpoint.predict(TEXTS[2], TEXTS[0], TEXTS[1]).json()
    assert [p["sentiment"] for p in answer["predictions"]] == ["positive", "negative", "neutral"]
    assert (answer["version"], answer["kind"]) == (first, "baseline")
    assert sum(answer["predictions"][0]["probabilities"].values()) == pytest.approx(1, abs=1e-5)

    with ThreadPoolExecutor(4) as pool:
        crowd = pool.submit(lambda: [endpoint.predict(TEXTS[0]) for _ in range(40)])
        second = release(tmp_path / "two", 2)
        answers = crowd.result()
    assert {response.status_code for response in answers} == {200}
    until(lambda: endpoint.http.get("/version").json()["version"] == second)
    assert (
        endpoint.http.get("/version").json()["digest"] == artifacts.open_artifact(str(registry.get_version(second).source)).digest
    )

    endpoint.stop()
    assert endpoint.process.returncode == 0
    objects = [s3.read_bytes(uri) for uri in s3.list_uris(s3.lake_uri("captured", "day="))]
    captured = [json.loads(line) for data in objects for line in gzip.decompress(data).splitlines()]
    assert [(found.kept, found.lost) for found in completeness(captured)] == [(41, 0)]
    kept = next(record for record in captured if record["request_id"] == answer["request_id"])
    assert kept["predictions"] == answer["predictions"]
    assert [review["text"] for review in kept["reviews"]] == [TEXTS[2], TEXTS[0], TEXTS[1]]
    assert "41 written, 0 dropped, 0 left" in endpoint.log.read_text()


def test_wrong_requests_get_a_line_each_and_the_endpoint_goes_on(endpoint: Endpoint, tmp_path: Path) -> None:
    release(tmp_path / "one", 1)
    until(lambda: endpoint.health()[0] == 200)
    empty = endpoint.predict("fine", "")
    assert empty.status_code == 422
    assert empty.json() == {"detail": [{"field": "reviews.1.text", "problem": "String should have at least 1 character"}]}
    for body in (b"{", b"[]", b'{"reviews": [{"text": "\\ud800"}]}', b'{"reviews": [{"text": NaN}]}', b"\xff"):
        answer = endpoint.http.post("/predict", content=body, headers={"content-type": "application/json"})
        assert answer.status_code in (400, 422), body
        assert answer.json()["detail"]
    assert endpoint.predict("fine").status_code == 200


def test_an_alias_set_by_hand_is_told_and_not_served(endpoint: Endpoint, tmp_path: Path) -> None:
    first = release(tmp_path / "one", 1)
    until(lambda: endpoint.health()[0] == 200)
    other = release(tmp_path / "two", 2)
    until(lambda: endpoint.health()[1]["version"] == other)
    registry.set_alias(registry.CHAMPION, first)
    until(lambda: endpoint.health()[1]["reason"] is not None)
    status, body = endpoint.health()
    assert (status, body["version"]) == (200, other)
    assert f"names version {first}, but version {other} was released" in body["reason"]


def replaced(version: VersionInfo, folder: Path) -> None:
    """The very files of another sound model, and a manifest that is true of them."""
    other = artifacts.open_artifact(register(folder, 9).source)
    replace_artifact(version.source, {name: other.read(name) for name in other.files})


def damaged(version: VersionInfo, folder: Path) -> None:
    overwrite(f"{version.source}/{baseline.FILE}", b"other bytes")


@pytest.mark.parametrize(
    ("harm", "words"),
    [(replaced, "its files and manifest were replaced"), (damaged, "its bytes do not match the manifest")],
)
def test_a_champion_whose_files_are_not_those_that_were_registered_never_answers(
    endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, harm: Callable[[VersionInfo, Path], None], words: str
) -> None:
    good = release(tmp_path / "one", 1)
    until(lambda: endpoint.health()[0] == 200)
    bad = register(tmp_path / "two", 2)
    harm(bad, tmp_path / "nine")
    with monkeypatch.context() as patch:  # it was sound when it was released
        patch.setattr(artifacts, "open_artifact", lambda uri: SimpleNamespace(digest=bad.tags[Tag.MODEL_DIGEST]))
        released.crown(bad.version)
    until(lambda: words in endpoint.log.read_text(encoding="utf-8"))
    assert endpoint.predict(TEXTS[2]).json()["version"] == good
