"""Batch scoring, the endpoint and the feature store on the real local services, with a tiny real baseline as champion."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tests.helpers.captured import answer, put, review
from tests.steps.score.test_score_and_monitor import DAY, make_reviews, put_day, release

from reviewloop.adapters.alerts import looking
from reviewloop.adapters.captures.collection import collect
from reviewloop.adapters.lake import artifacts, feature_pointers, places, s3
from reviewloop.adapters.lake.frames import from_parquet, to_parquet
from reviewloop.core.dataset.snapshots import model_texts
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.refs import CuratedRef, FeaturesRef, PredictionsRef, SkewRef
from reviewloop.steps.captures.erase import erase as erase_review
from reviewloop.steps.monitor.check_skew import check_skew
from reviewloop.steps.score.score import score

pytestmark = pytest.mark.contract
NUM = 40


@pytest.fixture
def scored(lake: str, mlflow_server: str, tmp_path: Path) -> tuple[CuratedRef, PredictionsRef]:
    """A day of 40 reviews that the champion has scored."""
    release(tmp_path)
    curated = put_day(make_reviews(NUM, 5))
    return curated, score(curated)


def batch_rows(predictions: PredictionsRef) -> pd.DataFrame:
    return from_parquet(artifacts.open_artifact(predictions.uri).read("predictions.parquet"))


def capture(predictions: PredictionsRef, *, named: bool = True, wrong: int = 0, text: str = "", **fields: Any) -> None:
    """The reviews of the day, asked one by one; the first ``wrong`` answers are turned round, the last text is ``text``."""
    scored, reviews = artifacts.open_artifact(predictions.uri), make_reviews(NUM, 5)
    model = {"digest": scored.meta["model_digest"], "form": scored.meta["form"]}
    records = []
    for place, (row, given) in enumerate(zip(batch_rows(predictions).itertuples(), reviews.itertuples(), strict=True)):
        shares = [getattr(row, f"p_{name}") for name in SENTIMENTS]
        told = dict(zip(SENTIMENTS, shares[::-1] if place < wrong else shares, strict=True))
        words = text if text and place == NUM - 1 else given.text
        asked = review(words, given.review_id if named else None, DAY if named else None)
        said = [{"sentiment": max(told, key=told.__getitem__), "probabilities": told}]
        records.append(answer(f"r{place:02d}", asked, **{**model, "predictions": said, **fields}))
    put(*records)
    collect(DAY)


def snapshot(curated: CuratedRef, texts: "list[str] | None" = None, batch: str = "") -> None:
    """A published snapshot of the day, as if none of it were sealed."""
    reviews = make_reviews(NUM, 5)
    rows = reviews[["review_id"]].assign(day=DAY, model_text=texts or model_texts(reviews))
    files = {"train.parquet": to_parquet(rows.iloc[:30]), "validation.parquet": to_parquet(rows.iloc[30:])}
    made = artifacts.publish(places.features(), files, {"batches": {DAY: batch or curated.batch}})
    ref = FeaturesRef(
        uri=made.uri, sealed_uri="s", digest=made.digest, last_day=DAY, num_train=30, num_validation=10, num_test=0, num_new=0,
        max_seq_length=8,
    )  # fmt: skip
    feature_pointers.move_pointer(feature_pointers.look("latest"), ref)


def compared(found: SkewRef) -> dict[str, Any]:
    return {one["right"]: one for one in s3.read_json(found.report_uri)["comparisons"]}


def test_the_same_answers_from_all_three_agree_and_a_rerun_finds_the_same_report(scored: Any) -> None:
    curated, predictions = scored
    capture(predictions)
    snapshot(curated)
    found = check_skew(predictions)
    assert found.verdict == "agree"
    assert {name: one["num_pairs"] for name, one in compared(found).items()} == {"the feature store": NUM, "the endpoint": NUM}
    assert check_skew(predictions) == found
    assert SkewRef.model_validate_json(found.model_dump_json()) == found
    assert '<span class="mark pass">agree</span>' in s3.read_bytes(found.page_uri).decode()
    assert not [key for key in looking.look().alerts if key.startswith("skew/")]


def test_an_endpoint_that_answers_otherwise_is_named_and_alerted_until_it_does_not(scored: Any) -> None:
    curated, predictions = scored
    snapshot(curated)
    capture(predictions, named=False, wrong=3)
    found = check_skew(predictions)
    assert (found.verdict, compared(found)["the endpoint"]["num_apart"]) == ("skew", 3)
    assert found.reasons[0].startswith("batch scoring and the endpoint: 3 of 40 texts are answered otherwise")
    page = s3.read_bytes(found.page_uri).decode()
    assert "request r00" in page
    assert "lovely" not in page, "it quotes nothing"
    (alert,) = [one for key, one in looking.look().alerts.items() if key.startswith("skew/")]
    assert (alert.asks, alert.over_at) == (True, None)

    s3.remove(places.captured(f"day={DAY}/"))
    capture(predictions)
    assert check_skew(predictions).verdict == "agree"
    (alert,) = [one for key, one in looking.look().alerts.items() if key.startswith("skew/")]
    assert alert.over_at is not None


def test_another_version_may_answer_otherwise(scored: Any) -> None:
    _, predictions = scored
    capture(predictions, wrong=NUM, digest="another")
    found = check_skew(predictions)
    assert found.verdict == "not enough evidence"
    assert compared(found)["the endpoint"]["num_other_models"] == NUM


def test_a_feature_store_that_holds_other_words_of_a_review_is_found_by_what_the_champion_reads(scored: Any) -> None:
    curated, predictions = scored
    texts = model_texts(make_reviews(NUM, 5))
    moods = ["awful scratchy dress returned it" if "lovely" in text else "lovely soft dress" for text in texts[:4]]
    snapshot(curated, [*moods, *texts[4:]])
    found = check_skew(predictions)
    assert (found.verdict, compared(found)["the feature store"]["num_apart"]) == ("skew", 4)
    assert f"review 50000 of {DAY}" in s3.read_bytes(found.page_uri).decode()
    snapshot(curated, [*moods, *texts[4:]][::-1], batch="another")
    assert compared(check_skew(predictions))["the feature store"]["num_pairs"] == 0, "of another delivery of the day"


def test_a_review_that_came_in_other_words_is_counted_and_not_compared(scored: Any) -> None:
    _, predictions = scored
    capture(predictions, text="what she wrote before she changed it")
    found = check_skew(predictions)
    assert compared(found)["the endpoint"]["num_pairs"] == NUM - 1
    assert s3.read_json(found.report_uri)["num_other_texts"] == 1


def test_the_days_before_count_where_the_same_model_scored_them(scored: Any, tmp_path: Path) -> None:
    _, predictions = scored
    capture(predictions)
    later = score(put_day(make_reviews(NUM, 6), day="2026-01-03"))
    assert s3.read_json(check_skew(later).report_uri)["days"] == [DAY, "2026-01-03"]
    assert compared(check_skew(later))["the endpoint"]["num_pairs"] == NUM
    release(tmp_path, seed=2)
    another = score(put_day(make_reviews(NUM, 7), day="2026-01-04"))
    assert s3.read_json(check_skew(another).report_uri)["days"] == ["2026-01-04"]


def test_nothing_of_an_erased_review_is_in_a_report(scored: Any) -> None:
    _, predictions = scored
    capture(predictions, wrong=NUM)
    found = check_skew(predictions)
    erase_review("womens_clothing", DAY, 50000, by="Ada", reason="she asked")
    kept = s3.read_bytes(found.page_uri) + s3.read_bytes(found.report_uri)
    assert b"n5r0" not in kept
    assert b"50000" not in kept
    assert compared(check_skew(predictions))["the endpoint"]["num_pairs"] == NUM - 1
