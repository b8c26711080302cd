"""A customer's words in the sealed part of the last days are erased as all others are; the receipt says who was judged on them."""

import pandas as pd
import pytest
from tests.steps.captures.test_erase import WHO, known
from tests.steps.features.test_features import Curate, curate, reviews

from reviewloop.adapters.lake import artifacts, feature_pointers, frames
from reviewloop.adapters.lake.sealed import open_future, open_sealed
from reviewloop.adapters.mlflow import registry
from reviewloop.config import load_config
from reviewloop.errors import Unavailable
from reviewloop.refs import FeaturesRef
from reviewloop.steps.captures.erase import erase
from reviewloop.steps.features.build_features import build_features

pytestmark = pytest.mark.contract

__all__ = ["curate"]  # a fixture
FIRST, OLD, LAST, NEXT = "2025-12-31", "2026-01-01", "2026-01-02", "2026-01-03"


@pytest.fixture(autouse=True)
def sealing_the_last_day(monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise Unavailable("MLflow: away")

    monkeypatch.setattr(registry, "ledger_head", away)
    config = load_config()
    split = config.features.split.model_copy(update={"future_days": 1})
    asking = config.model_copy(update={"features": config.features.model_copy(update={"split": split})})
    monkeypatch.setattr("reviewloop.steps.features.build_features.load_config", lambda: asking)


def holding(features: FeaturesRef, text: str) -> list[str]:
    """The parts of the snapshot that have these words."""
    artifact = artifacts.open_artifact(features.uri)
    found = {name: frames.from_parquet(artifact.read(f"{name}.parquet")) for name in ("train", "validation")}
    found |= {"test": open_sealed(features, "evaluation")}
    future = open_future(features, "evaluation")
    return [name for name, rows in (found | ({} if future is None else {"future": future})).items() if text in set(rows["text"])]


@pytest.fixture
def hers(curate: Curate) -> tuple[FeaturesRef, "pd.Series[str]"]:
    """A snapshot whose last day is sealed apart, and a review of that day that would be learnt from otherwise."""
    curate(reviews(200), FIRST)
    curate(reviews(50, 600), OLD)
    curate(reviews(100, 200), LAST)
    features = build_features(None)
    future = open_future(features, "evaluation")
    assert future is not None
    return features, future.iloc[0]


def test_the_receipt_names_who_was_judged_on_it_and_what_still_holds_the_words(
    hers: tuple[FeaturesRef, "pd.Series[str]"], curate: Curate
) -> None:
    features, review = hers
    known("ahead", features.uri, "1")
    earlier = build_features(OLD)
    known("earlier", earlier.uri, "2")
    found = erase("womens_clothing", LAST, int(review["review_id"]), **WHO)
    assert (found.trained, found.judged, found.unknown) == ((), ("1",), ())
    assert features.uri in found.kept
    assert features.future_uri in found.kept, "the sealed part of the last days has the words, and stays"
    assert features.sealed_uri not in found.kept
    again = erase("womens_clothing", LAST, int(review["review_id"]), **WHO)
    assert (again.judged, again.receipt) == (("1",), found.receipt), "the words are gone, and with them what tells the part"


def test_no_snapshot_to_come_has_it_in_any_part_whatever_the_days_are_then(
    hers: tuple[FeaturesRef, "pd.Series[str]"], curate: Curate
) -> None:
    features, review = hers
    text = str(review["text"])
    assert holding(features, text) == ["future"]
    erase("womens_clothing", LAST, int(review["review_id"]), **WHO)
    same_days = build_features(None)
    assert holding(same_days, text) == []
    assert same_days.num_future == features.num_future - 1
    curate(reviews(100, 300), NEXT)
    days_later = build_features(None)
    assert holding(days_later, text) == [], "what was the future is learnt from by now"
    other = next(text for text in reviews(100, 200)["text"] if holding(features, text) == ["future"] and text != review["text"])
    assert holding(days_later, other) in (["train"], ["validation"])
    assert feature_pointers.read_pointer("latest") == days_later


def test_who_learnt_from_it_once_the_days_had_moved_on_is_named_as_trained(
    hers: tuple[FeaturesRef, "pd.Series[str]"], curate: Curate
) -> None:
    features, review = hers
    known("ahead", features.uri, "1")
    curate(reviews(100, 300), NEXT)
    days_later = build_features(None)
    known("later", days_later.uri, "2")
    found = erase("womens_clothing", LAST, int(review["review_id"]), **WHO)
    assert (found.trained, found.judged) == (("2",), ("1",))
    assert {features.uri, features.future_uri, days_later.uri} <= set(found.kept)
    assert days_later.future_uri not in found.kept


def test_the_latest_snapshot_is_named_also_before_a_model_has_read_it(
    hers: tuple[FeaturesRef, "pd.Series[str]"], caplog: pytest.LogCaptureFixture
) -> None:
    features, _ = hers
    train = frames.from_parquet(artifacts.open_artifact(features.uri).read("train.parquet")).iloc[0]
    found = erase("womens_clothing", str(train["day"]), int(train["review_id"]), **WHO)
    assert (found.trained, found.judged) == ((), ())
    assert features.uri in found.kept
    assert "start reviews_features, so that the next training does not read it" in caplog.text


def test_of_a_text_of_the_test_part_the_sealed_test_part_is_named(hers: tuple[FeaturesRef, "pd.Series[str]"]) -> None:
    features, _ = hers
    known("ahead", features.uri, "1")
    test = open_sealed(features, "evaluation").iloc[0]
    found = erase("womens_clothing", str(test["day"]), int(test["review_id"]), **WHO)
    assert (found.trained, found.judged) == ((), ("1",))
    assert features.sealed_uri in found.kept
    assert features.future_uri not in found.kept
