"""A version registered by the code before the moves is loaded, served and compared as champion by the code after them.

``registered_by_0_1/`` holds two as that code left them in the lake and in the registry; its README says how they were made.
"""

import json
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import pytest
from tests.helpers.court import NUM_SEALED, Court, good
from tests.helpers.endpoint import Endpoint, until
from tests.helpers.intruder import take_away

from reviewloop.adapters.lake import artifacts, model_store, s3
from reviewloop.adapters.mlflow import registry
from reviewloop.adapters.mlflow.candidates import candidate_of
from reviewloop.adapters.release.champion import current_champion
from reviewloop.core.evaluation.evaluation import from_json
from reviewloop.core.gates.evidence import details
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.models.explainer import load_explainer
from reviewloop.settings import settings
from reviewloop.steps.release.adopt import adopt
from reviewloop.steps.train import gate_model

pytestmark = pytest.mark.contract

KEPT = Path(__file__).parent / "registered_by_0_1"
BUCKET = "registered-by-0-1"
VERSIONS: list[dict[str, Any]] = json.loads((KEPT / "versions.json").read_text(encoding="utf-8"))
SLACK = {"baseline": 1e-9, "transformer": 0.02}
"""Between the answers recorded and those of this machine, whose processor may round bf16 otherwise."""


@pytest.fixture(params=VERSIONS, ids=[version["tags"]["reviewloop.kind"] for version in VERSIONS])
def old(request: pytest.FixtureRequest, lake: str, mlflow_server: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The champion: its files under the very names they had, its version with the very tags."""
    monkeypatch.setenv("REVIEWLOOP_BUCKET", BUCKET)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", mlflow_server)
    settings.cache_clear()
    s3.client().create_bucket(Bucket=BUCKET)
    for path in sorted(path for path in (KEPT / "lake").rglob("*") if path.is_file()):
        s3.write_bytes(s3.lake_uri(path.relative_to(KEPT / "lake").as_posix()), path.read_bytes())
    for left in ("ledger/", "reports/"):  # by another test: the bucket's name is the one of then
        for uri in list(s3.list_uris(s3.lake_uri(left))):
            take_away(uri)
    released_by_0_1(request.param["source"], request.param["run_id"], request.param["tags"])
    adopt()
    return request.param


def released_by_0_1(source: str, run_id: str, tags: dict[str, str]) -> None:
    """What the gates, the registration and the release of that code left beside the files: report, tags, alias, record."""
    said = {"approved_by": "ada", "approved_at": "2026-01-05T10:00:00+00:00"}
    s3.write_json(tags["reviewloop.gate_report_uri"], {"verdict": "pass", "model_uri": source})
    tagged = tags | {f"reviewloop.{name}": value for name, value in said.items()}
    version = registry.create_version(source, run_id, tagged).version
    registry.set_alias(registry.CHAMPION, version)
    record = {"candidate": {"version": version, "model_uri": source}, **said, "previous": None}
    s3.write_json(s3.lake_uri("reports", "releases", f"version={version}.json"), record)


def champion() -> registry.VersionInfo:
    found = current_champion()
    assert found is not None
    return registry.get_version(found.version)


def expected(old: dict[str, Any]) -> Any:
    return pytest.approx(np.array(list(old["answers"].values())), abs=SLACK[old["tags"]["reviewloop.kind"]])


def test_its_folder_is_whole_and_names_the_loader_of_then(old: dict[str, Any]) -> None:
    artifact = artifacts.open_artifact(champion().source)
    assert model_store.read_stored(artifact.uri).digest == artifact.digest
    assert b"loader_module: reviewloop.adapters.pyfunc\n" in artifact.read("MLmodel")
    assert "form" not in json.loads(artifact.read("model.json"))


def test_it_is_loaded_and_answers_as_it_did(old: dict[str, Any]) -> None:
    predictor = model_store.fetch_predictor(champion().source)
    assert (predictor.kind, predictor.form) == (old["tags"]["reviewloop.kind"], "as_trained")
    assert predictor.predict_proba(list(old["answers"])) == expected(old)
    (explanation,) = load_explainer(model_store.fetch_model(champion().source), 4).explain(["w1 hate torn"])
    assert len(explanation.words()) == 3


def test_mlflow_loads_it_by_its_alias(old: dict[str, Any]) -> None:
    loaded = mlflow.pyfunc.load_model(f"models:/{settings().registered_model}@champion")
    answers = loaded.predict(pd.DataFrame({"title": None, "text": list(old["answers"])}).astype("string"))
    assert list(answers.columns) == list(SENTIMENTS)
    assert answers.to_numpy() == expected(old)


def test_its_tags_and_its_marks_are_understood(old: dict[str, Any]) -> None:
    found = champion()
    candidate = candidate_of(found)
    assert (candidate.kind, candidate.model_uri) == (old["tags"]["reviewloop.kind"], old["source"])
    report = s3.read_json(found.tags["reviewloop.evaluation_uri"])
    assert from_json(report["metrics"])["macro_f1"] == candidate.macro_f1
    assert (report["model_uri"], report["model_digest"]) == (found.source, artifacts.open_artifact(found.source).digest)
    assert "important.num_wrong" in details(report)


def test_it_is_served(old: dict[str, Any], endpoint: Endpoint) -> None:
    until(lambda: endpoint.health()[0] == 200)
    answer = endpoint.predict(*old["answers"]).json()
    assert (answer["version"], answer["kind"]) == (champion().version, old["tags"]["reviewloop.kind"])
    served = [[one["probabilities"][name] for name in SENTIMENTS] for one in answer["predictions"]]
    assert np.array(served) == pytest.approx(np.array(list(old["answers"].values())), abs=0.02)


def test_a_candidate_is_compared_with_it(old: dict[str, Any], court: Court, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = {}  # the candidate answers by a rule, the champion as it is loaded

    def fetch(uri: str, digest: str | None, form: str | None = None) -> Any:
        if uri in court.models:
            return court.models[uri]
        return stored.setdefault(uri, model_store.fetch_predictor(uri, digest))

    monkeypatch.setattr(gate_model, "fetch_predictor", fetch)
    training = court.begin()
    gate = gate_model.gate_model(court.alone(training, court.model(training, "baseline", good)), training)
    report = s3.read_json(gate.report_uri)
    assert list(stored) == [old["source"]]
    assert report["models"]["champion"]["version"] == champion().version
    assert f"against the champion, version {champion().version}, on the same {NUM_SEALED} rows" in report["comparison"]
    assert report["evidence"]["champion.delta_macro_f1_low"] > 0.3, "it was taught other words"
    verdicts = {one["name"]: one["verdict"] for one in report["gates"]}
    assert (verdicts["champion_non_inferiority"], verdicts["champion_mcnemar"]) == ("pass", "pass")
