"""A day read by a real tiny champion before it counts; nothing about the champion ever stops the day."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.steps.score.test_score_and_monitor import batch_of, make_reviews, release

from reviewloop.adapters.lake import s3
from reviewloop.adapters.mlflow import registry
from reviewloop.adapters.mlflow.connection import client
from reviewloop.errors import Unavailable
from reviewloop.models.predictor import Predictor
from reviewloop.refs import ReadingRef
from reviewloop.settings import settings
from reviewloop.steps.ingest import read_with_champion as step
from reviewloop.steps.ingest.read_with_champion import read_with_champion

pytestmark = pytest.mark.contract
HELD_OUT = [[240, 6, 4], [5, 240, 5], [6, 14, 980]]


def crown(folder: Path, evaluation: object = None) -> str:
    """A champion with the counts of its evaluation."""
    version = release(folder)
    uri = s3.write_json(
        s3.lake_uri("evaluations", "x", "metrics.json"), {"confusion": HELD_OUT} if evaluation is None else evaluation
    )
    registry.set_version_tags(version, {"reviewloop.evaluation_uri": uri})
    return version


def page(found: ReadingRef) -> str:
    return s3.read_bytes(found.page_uri).decode()


def swapped(reviews: pd.DataFrame, rows: int) -> pd.DataFrame:
    """``rows`` negative ones called positive, and as many positive ones negative."""
    ratings = reviews["rating"].copy()
    for star, other in ((1, 5), (5, 1)):
        ratings[reviews.index[reviews["rating"] == star][:rows]] = other
    return reviews.assign(rating=ratings)


def test_before_the_first_champion_nobody_reads_and_the_day_goes_on(lake: str, mlflow_server: str) -> None:
    found = read_with_champion(batch_of(make_reviews(100, 5)))
    assert (found.verdict, found.warnings, found.model_version) == ("not judged", (), None)
    assert "there is no champion yet" in found.reason
    assert "there is no champion yet" in page(found)


def test_a_calm_day_is_usual_and_a_rerun_says_the_same(lake: str, mlflow_server: str, tmp_path: Path) -> None:
    version = crown(tmp_path)
    batch = batch_of(make_reviews(200, 5))
    found = read_with_champion(batch)
    assert (found.verdict, found.warnings, found.model_version) == ("pass", (), version)
    assert read_with_champion(batch) == found
    report = s3.read_json(found.report_uri)
    assert [one["verdict"] for one in report["shares"]] == ["usual"] * 9
    assert report["config"]["alpha"] == 0.05


def test_swapped_labels_are_a_warning_by_name_with_the_rows_and_no_refusal(lake: str, mlflow_server: str, tmp_path: Path) -> None:
    crown(tmp_path)
    day = make_reviews(200, 5)
    poisoned = swapped(day, 10)
    assert sorted(poisoned["rating"]) == sorted(day["rating"])
    found = read_with_champion(batch_of(poisoned))
    assert found.verdict == "warn"
    (warning,) = found.warnings
    assert warning.startswith("2026-01-02 is unusual to the champion, version 1: labelled ")
    assert "labelled positive, read as negative: 10 of " in warning
    assert str(day["review_id"][day["rating"] == 1].iloc[0]) in page(found)


def test_a_small_day_is_not_judged(lake: str, mlflow_server: str, tmp_path: Path) -> None:
    crown(tmp_path)
    found = read_with_champion(batch_of(swapped(make_reviews(9, 5), 1)))
    assert (found.verdict, found.warnings) == ("not judged", ())


def test_a_champion_that_cannot_be_determined_is_a_warning(lake: str, mlflow_server: str, tmp_path: Path) -> None:
    version = crown(tmp_path)
    client().delete_model_version(settings().registered_model, version)
    found = read_with_champion(batch_of(make_reviews(100, 5)))
    assert (found.verdict, found.model_version) == ("warn", None)
    assert "2026-01-02 was not read by the champion before it counted: version 1 was released" in found.warnings[0]
    assert "was not read by the champion" in page(found)


def test_a_moved_alias_is_told_and_the_ledgers_champion_reads(lake: str, mlflow_server: str, tmp_path: Path) -> None:
    version = crown(tmp_path)
    client().delete_registered_model_alias(settings().registered_model, registry.CHAMPION)
    found = read_with_champion(batch_of(make_reviews(200, 5)))
    assert (found.verdict, found.model_version) == ("warn", version)
    assert len(s3.read_json(found.report_uri)["shares"]) == 9
    assert "alias 'champion' is gone" in found.warnings[0]


@pytest.mark.parametrize("evaluation", [{}, {"confusion": [[1]]}])
def test_a_champion_without_its_counts_is_a_warning(lake: str, mlflow_server: str, tmp_path: Path, evaluation: object) -> None:
    crown(tmp_path, evaluation)
    found = read_with_champion(batch_of(make_reviews(100, 5)))
    assert found.verdict == "warn"
    assert "keeps no confusion matrix" in found.warnings[0]


@pytest.mark.parametrize("answer", ["raises", "not finite", "too few"])
def test_a_champion_that_breaks_on_the_day_is_a_warning(
    lake: str, mlflow_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    crown(tmp_path)

    def predict(self: Predictor, texts: list[str]) -> object:
        if answer == "raises":
            raise RuntimeError("a tensor of another shape")
        return np.full((len(texts), 3), np.nan) if answer == "not finite" else np.array([[1.0, 0.0, 0.0]])

    monkeypatch.setattr(Predictor, "predict_proba", predict)
    found = read_with_champion(batch_of(make_reviews(100, 5)))
    assert found.verdict == "warn"
    assert "was not read by the champion, version 1, before it counted: " in found.warnings[0]


def test_a_registry_that_is_away_is_waited_for(lake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise Unavailable("MLflow does not answer")

    monkeypatch.setattr(step, "answering", away)
    with pytest.raises(Unavailable):
        read_with_champion(batch_of(make_reviews(100, 5)))
