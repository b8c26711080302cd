"""The demonstration's plan, its reviews, and when it says that something is not as it should be."""

from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from reviewloop.config import load_config
from reviewloop.core.dataset.snapshots import model_texts
from reviewloop.core.reviews import SENTIMENTS
from reviewloop_local.bench.inputs import snapshot
from reviewloop_local.errors import LocalError
from reviewloop_local.rollout_demo import __main__ as demo
from reviewloop_local.rollout_demo import replayed
from reviewloop_local.rollout_demo.__main__ import main
from reviewloop_local.rollout_demo.customers import Answer, Seen
from reviewloop_local.rollout_demo.plan import LIKE, demo_plan
from reviewloop_local.rollout_demo.trial import Ended, Trial


def ended(guard: str, wanted: str = "errors", **facts: Any) -> Ended:
    said = {"decision": "back" if guard else "finish", "guard": guard, "stage": "shadow", "reason": "so it is", "seconds": 1.0,
            "seen": Seen([Answer(1, 200, "1")]), "by_challenger": (), "back_seconds": None, "page": b""}  # fmt: skip
    return Ended(Trial("one", "what", Path("here"), wanted), **{**said, **facts})


def test_the_plan_has_the_shipped_guards_and_is_forecast() -> None:
    config = load_config().rollout
    course = demo_plan(config, 3600 * 20)
    assert [guard.name for guard in course.plan.guards] == list(config.named(LIKE).guards)
    assert course.plan.asks_verdict
    assert any("labels, about, for the verdict" in line for line in course.told)
    assert 60 < course.seconds < 180


def test_customers_too_few_for_a_verdict_are_told_before_the_start() -> None:
    with pytest.raises(LocalError, match="cannot start: it would take"):
        demo_plan(load_config().rollout, 60)


def test_the_sealed_part_and_the_training_are_in_no_customer_s_mouth() -> None:
    config = load_config()
    days = replayed.replay(None, config)
    sealed = set(model_texts(snapshot(None, config).parts["test"]))
    trained = set(model_texts(days.train)) | set(model_texts(days.validation))
    later = {model_texts(as_row(review))[0] for review in days.later}
    assert len(later) >= replayed.FEWEST_LATER
    assert not later & sealed
    assert not later & trained
    assert replayed.replay(None, config).later == days.later


def test_faults_are_sized_on_what_the_customers_will_write(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    days = replayed.replay(None, load_config())
    asked = []

    def read_head(_: Path, texts: list[str], labels: list[int]) -> SimpleNamespace:
        asked.extend(zip(texts, labels, strict=True))
        return SimpleNamespace(accuracy=0.8)

    monkeypatch.setattr(demo.planted, "read_head", read_head)
    monkeypatch.setattr(demo.planted, "worse", lambda head, bad, points: head.accuracy - points)
    monkeypatch.setattr(demo.planted, "BY_GUARD", {})
    demo.planned(days, tmp_path, tmp_path, lambda _: None)
    written = {model_texts(as_row(review))[0]: SENTIMENTS.index(review.sentiment) for review in days.later}
    assert len(asked) == min(demo.MOST_FELT, len(days.later))
    assert all(written[text] == label for text, label in asked)


def as_row(review: replayed.Review) -> pd.DataFrame:
    return pd.DataFrame({"title": [review.title], "text": [review.text]})


def test_too_few_reviews_are_told_with_how_many_are_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replayed, "FEWEST_LATER", 100_000)
    with pytest.raises(LocalError, match=r"at least 100000 are needed; give a file with \d+ reviews"):
        replayed.replay(None, load_config())


@pytest.mark.parametrize(
    ("found", "word"),
    [
        (ended("slow"), "wanted back by guard errors, but shadow: back"),
        (ended("", decision="hold"), "wanted back by guard errors, but shadow: hold"),
        (ended("errors", wanted=""), "wanted promoted, but shadow: back"),
        (ended("errors", seen=Seen([Answer(1, 500, "")])), "1 of 1 customers had no answer (status 500: 1)"),
        (ended("errors", back_seconds=5.5), "answered for 5.5 s after the verdict"),
    ],
)
def test_what_is_not_as_it_should_be_is_told(found: Ended, word: str) -> None:
    assert word in "; ".join(found.problems)


def test_what_is_as_it_should_be_is_no_problem() -> None:
    assert ended("errors", back_seconds=0.3).problems == ended("", wanted="").problems == []


def test_a_file_that_is_not_there_is_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("reviewloop_local.rollout_demo.__main__.own_stack", lambda: nullcontext(SimpleNamespace()))
    assert main(["--csv", str(tmp_path / "no.csv")]) == 2
    assert "no.csv is not a file" in " ".join(capsys.readouterr().out.split())
