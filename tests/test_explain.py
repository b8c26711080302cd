"""``python -m reviewloop explain``: why an answer is what it is."""

import json
from pathlib import Path

import numpy as np
import pytest
from tests.helpers import released
from tests.helpers.explained import explain

from reviewloop.__main__ import main
from reviewloop.adapters.lake import model_store
from reviewloop.adapters.mlflow import runs
from reviewloop.adapters.mlflow.tags import Tag
from reviewloop.explain import written
from reviewloop.models.about import ABOUT
from reviewloop.refs import ModelRef


def test_the_strongest_words_come_first_and_what_was_not_read_is_told() -> None:
    found = explain("love it but torn today", {"love": 1.5, "torn": -2.0}, num_chars=16)
    assert written(found, "words", "by hand").splitlines() == [
        "positive  (negative 0.100, neutral 0.100, positive 0.800)",
        "What each word adds to this answer, in logits (by hand):",
        "  -2.000  torn",
        "  +1.500  love",
        "  +0.000  it",
        "  +0.000  but",
        "The model does not read the last 1 words: its texts end at its longest length.",
    ]


def test_the_fragment_is_html_and_the_object_json() -> None:
    found = explain("<love> it", {"love": 1.5})
    assert "&lt;<span" in written(found, "html", "by hand")
    parsed = json.loads(written(found, "json", "by hand"))
    assert (parsed["answer"], parsed["words"][1], parsed["weights"][1], parsed["method"]) == ("positive", "love", 1.5, "by hand")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [([], "text"), (["  "], "text: is empty; give the words of a review"), (["love", "--format", "xml"], "invalid choice: 'xml'")],
)
def test_a_misuse_names_what_is_wrong_and_exits_with_2(
    arguments: list[str], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["explain", *arguments])
    assert named in capsys.readouterr().err


def test_the_overview_names_it(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    assert 'explain "<text>"' in capsys.readouterr().out


@pytest.fixture
def model(lake: str, mlflow_server: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModelRef:
    """A trained baseline in the lake."""
    from reviewloop.models import baseline

    monkeypatch.setenv("MLFLOW_TRACKING_URI", mlflow_server)
    texts, labels = ["love it", "hate it", "it is fine"] * 5, np.array([2, 0, 1] * 5)
    fitted = baseline.fit(texts, labels, np.ones(15), ngram_max=1, min_df=1, max_features=100, c=10.0, seed=0)
    (tmp_path / baseline.FILE).write_bytes(baseline.to_skops(fitted))
    (tmp_path / ABOUT).write_text('{"kind": "baseline", "labels": ["negative", "neutral", "positive"]}')
    return model_store.publish("baseline", tmp_path, "ab" * 32, runs.open_run("ab" * 32, "a job", {}))


@pytest.mark.contract
def test_the_champion_is_asked_or_the_model_that_is_named(model: ModelRef, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "hate it"]) == 1
    assert capsys.readouterr().err.splitlines()[-1].startswith("there is no champion yet;")
    assert main(["explain", "hate it", "--model", model.uri]) == 0
    by_uri = capsys.readouterr().out
    assert by_uri.startswith("negative  (")
    assert by_uri.splitlines()[2].endswith("  hate")
    released.release(model.uri, model.mlflow_run_id, {Tag.JOB_KEY: model.job_key})
    assert main(["explain", "hate it"]) == 0
    assert capsys.readouterr().out == by_uri
    assert main(["explain", "it", "--title", "Love", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["text"] == "Love. it"


@pytest.mark.contract
@pytest.mark.parametrize("uri", ["s3://lake/no/such/model", "no-uri"])
def test_a_model_that_is_not_there_is_one_line_and_exit_status_1(lake: str, uri: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "hate it", "--model", uri]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert len(shown.err.splitlines()) == 1
