"""Another shop's reviews go through the whole loop, from its inbox to a champion and its monitor, by one contract alone."""

from pathlib import Path

import pytest
from tests.helpers.gadget_shop import deliver

from reviewloop.adapters.catalog import glue
from reviewloop.adapters.lake import artifacts, s3, sealed
from reviewloop.adapters.lake.frames import from_parquet
from reviewloop.adapters.release import ledger
from reviewloop.adapters.release.champion import current_champion
from reviewloop.config import load_config
from reviewloop.errors import DataRejected
from reviewloop.refs import BatchRef, CuratedRef, DriftRef
from reviewloop.steps.features.build_features import build_features
from reviewloop.steps.features.profile_reviews import profile_reviews
from reviewloop.steps.ingest.check_bias import check_bias
from reviewloop.steps.ingest.check_counts import check_counts
from reviewloop.steps.ingest.curate import curate
from reviewloop.steps.ingest.land import land
from reviewloop.steps.ingest.parse import parse
from reviewloop.steps.ingest.publish_day import publish_day
from reviewloop.steps.ingest.validate import validate
from reviewloop.steps.monitor.monitor import monitor
from reviewloop.steps.release.ask import ask
from reviewloop.steps.release.pick_candidate import pick_candidate
from reviewloop.steps.release.promote import promote
from reviewloop.steps.release.record_answer import record_answer
from reviewloop.steps.score.score import score
from reviewloop.steps.train.analyse_errors import analyse_errors
from reviewloop.steps.train.begin_training import begin_training
from reviewloop.steps.train.choose import choose
from reviewloop.steps.train.evaluate import evaluate
from reviewloop.steps.train.finetune import finetune
from reviewloop.steps.train.gate_model import gate_model
from reviewloop.steps.train.register import register
from reviewloop.steps.train.train_baseline import train_baseline

pytestmark = pytest.mark.contract
FIRST, SECOND = "2026-01-01", "2026-01-02"


def parsed(day: str, data: bytes) -> BatchRef:
    s3.write_bytes(s3.lake_uri("inbox/reviews", day, "gadgets.csv"), data)
    return parse(land(day))


def ingest(day: str, data: bytes) -> CuratedRef:
    batch = parsed(day, data)
    validate(batch)
    check_bias(batch)
    return publish_day(check_counts(curate(batch)))


def monitored(day: str, data: bytes) -> DriftRef:
    return monitor(score(ingest(day, data)))


def page(uri: str | None) -> str:
    return s3.read_bytes(str(uri)).decode()


def test_another_shop_comes_to_a_champion_by_its_contract_alone(
    gadget_shop: Path, mlflow_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reviewloop.adapters.jobs.backends.local.LocalBackend.poll_seconds", 0.1)
    batch = parsed(FIRST, deliver(900, 1))
    gate = validate(batch)
    assert "Maker" in page(check_bias(batch).page_uri)
    curated = publish_day(check_counts(curate(batch)))
    table = glue.client().get_table(DatabaseName=glue.settings().database, Name="reviews")["Table"]["StorageDescriptor"]
    assert {column["Name"]: column["Type"] for column in table["Columns"]} == {
        "brand": "string", "channel": "string", "rating": "bigint", "text": "string", "title": "string", "review_id": "bigint",
        "warranty_note": "string",
    }  # fmt: skip
    asked = {check["note"] for check in s3.read_json(gate.report_uri)["checks"]}
    assert {"known brand", "known channel", "brand present", "commonest channel"} <= asked
    assert not {one for one in asked if "recommended" in one or "age" in one.split() or "positive_feedback" in one}

    features = build_features(None)
    rows = sealed.open_sealed(features, "evaluation")
    assert list(rows.columns) == [
        "review_id", "day", "title", "text", "brand", "channel", "rating", "label", "text_digest",
        "origin", "label_source",
    ]  # fmt: skip
    profile = page(profile_reviews(features).page_uri)
    assert "Maker" in profile
    assert "Channel" in profile

    training = begin_training(features, "by hand", "run-1", learning_rate=5e-3)
    models = train_baseline(training), finetune(training)
    choice = choose(models, [evaluate(model, training) for model in models], training)
    assert "Maker" in page(choice.evaluation.page_uri)
    errors = analyse_errors(choice, training)
    assert {one["facet"] for one in s3.read_json(f"{errors.uri}/errors.json")["by_slice"]} >= {"brand", "channel", "length"}
    gate = gate_model(choice, training)
    judged = {one["name"]: one for one in s3.read_json(gate.report_uri)["gates"]}
    assert judged["worst_channel_floor"]["verdict"] == "pass"
    assert "worst_department_floor" not in judged
    assert "<td>Maker</td>" in page(gate.page_uri)

    candidate = register(choice, gate, training)
    question = ask(pick_candidate(candidate.model_dump()), "Release it?", "All that the gates found.")
    record_answer(question, "approved", "somebody", ledger.now())
    promote(question)
    champion = current_champion()
    assert champion is not None
    assert champion.version == candidate.version
    assert score(curated).num_rows == curated.num_rows == 900

    moved = monitored(SECOND, deliver(300, 4000, channels=("store",) * 8 + ("app", "web")))
    signals = s3.read_json(moved.report_uri)["signals"]
    columns = {one["name"]: one["verdict"] for one in signals if one["family"] == "columns"}
    assert set(columns) == {"text_length", "unknown_word_share", "title", "brand", "channel"}
    assert columns["channel"] == "moved"


def test_a_day_of_another_contract_is_refused_by_the_columns_that_it_lacks(gadget_shop: Path) -> None:
    data = deliver(60, 1).replace(b"Sold via", b"Channel", 1)
    with pytest.raises(DataRejected, match=r"header: missing column 'Sold via'; found instead: 'Channel'"):
        parsed(FIRST, data)


def test_unknown_channels_beyond_the_allowance_are_refused_by_name(gadget_shop: Path) -> None:
    batch = parsed(FIRST, deliver(120, 1, channels=("web", "app", "fax")))
    with pytest.raises(DataRejected, match="known channel"):
        validate(batch)


def test_a_row_has_the_contract_s_columns_and_no_other(gadget_shop: Path) -> None:
    rows = from_parquet(artifacts.open_artifact(parsed(FIRST, deliver(60, 1)).uri).read("accepted.parquet"))
    assert list(rows.columns) == list(load_config().contract.dtypes())
    assert rows["brand"].isna().any()
    assert (rows["warranty_note"] == "none").sum() == 30  # no word for missing here: the contract says so
