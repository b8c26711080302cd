"""What a person asks of the feature store, by the command line and so by the DAG."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.adapters.features.test_publish import DAY, part, served, snapshot

from reviewloop.adapters.features import offline, publish
from reviewloop.adapters.features.views import group_named
from reviewloop.adapters.lake import claims, places, s3
from reviewloop.adapters.mlflow import registry
from reviewloop.adapters.release import ledger
from reviewloop.errors import Unavailable
from reviewloop.features import main
from reviewloop.refs import FeaturesRef

pytestmark = pytest.mark.contract
__all__ = ["snapshot"]

Told = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Told:
    """The answer to a command, as records."""

    def told(*words: str) -> list[dict[str, Any]]:
        capsys.readouterr()
        assert main([*words, "--format", "json"]) == 0, capsys.readouterr().err
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return told


@pytest.fixture
def published(snapshot: Callable[..., FeaturesRef]) -> FeaturesRef:
    features = snapshot(part([1, 2]), part([3]))
    claims.take(places.feature_pointer("latest"), **features.model_dump(mode="json"))
    return features


def test_create_ingest_get_search_describe_delete(published: FeaturesRef, told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise Unavailable("MLflow: away")

    monkeypatch.setattr(registry, "ledger_head", away)
    assert [one["known_at"] for one in told("describe", "review_tokens")] == ["never published"]
    assert {one["group"]: one["keys"] for one in told("ingest")}["review_text"] == 3
    held = offline.held(group_named("review_text"))
    assert [one["feature"] for one in told("search", "EXCLAMATION")] == ["review_text.num_exclamations"]
    (row,) = told("describe", "review_tokens")
    assert (row["feature"], row["owner"], row["missing"], row["trains"]) == ("review_tokens.input_ids", "data", "never", True)
    now = told("get", "review_text", f"{DAY}/2", f"{DAY}/9")
    assert [one["num_words"] for one in now] == [5, None]
    assert told("get", "review_text", f"{DAY}/2", "--at", held.known_at)[0]["num_words"] == 5
    assert told("get", "review_text", f"{DAY}/2", "--at", "2026-01-01T00:00:00+00:00")[0]["num_words"] is None

    (receipt,) = told("delete", "review_text", "--by", "Ada", "--reason", "nobody reads it")
    event = ledger.read_unwitnessed()[-1]
    assert (event.number, event.kind, event.by) == (receipt["receipt"], "features_deleted", "person:Ada")
    assert (receipt["rows"], event.facts["reason"]) == (3, "nobody reads it")
    assert list(s3.list_uris(f"{places.feast('review_text')}/")) == []
    (again,) = told("delete", "review_text", "--by", "Ada", "--reason", "nobody reads it")
    assert (again["rows"], again["receipt"]) == (0, receipt["receipt"])
    publish.publish(published)
    assert offline.rows(group_named("review_text")) is None, "a new snapshot does not bring it back"
    told("create", "review_text")
    told("ingest")
    assert served("review_text", 2)["num_words"].tolist() == [5]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["get", "reviews", "1"], "feature_store.groups: no group 'reviews'; there are review_text, review_tokens"),
        (["get", "product_history", "x"], "what: 'x' is no product_id; give a whole number"),
        (["get", "review_text"], "what: 0 keys; give 1 to 100, parted by blanks"),
        (["get", "review_text", "1", "--at", "2026-01-01"], "at: '2026-01-01' is no time with a zone"),
        (["get", "review_text", "1", "--at", "2026-01-01T00:00:00+00:00"], "review_text: nothing was published yet"),
        (["get", "review_text", "1"], "review_text: nothing was published yet"),
        (["search", " "], "what: is blank; give a word to search for"),
        (["delete", "review_text", "--by", "Ada"], "reason: is blank; say in words why"),
        (["delete", "review_text", "--reason", "old"], "by: '' names nobody"),
    ],
)
def test_a_mistake_gets_one_line(lake: str, capsys: pytest.CaptureFixture[str], words: list[str], line: str) -> None:
    assert main(words) == 1
    told = capsys.readouterr().err
    assert line in told
    assert told.count("\n") == 1


def test_nothing_to_ingest_is_said(lake: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ingest"]) == 0
    assert "there is no snapshot yet" in capsys.readouterr().err
