"""A day of requests, watched on the real local services with a tiny real baseline as champion."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tests.helpers.captured import answer, put, review
from tests.steps.score.test_score_and_monitor import make_reviews, release

from reviewloop.adapters.captures.collection import collect
from reviewloop.adapters.lake import artifacts, model_store, s3
from reviewloop.adapters.mlflow import registry
from reviewloop.adapters.monitoring import response
from reviewloop.core.dataset.snapshots import model_texts
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.errors import NothingToDo, PermanentError
from reviewloop.refs import CapturesRef, CollectedRef, DriftRef
from reviewloop.steps.captures.erase import erase as erase_review
from reviewloop.steps.monitor.find_traffic import find_traffic
from reviewloop.steps.monitor.watch_traffic import watch_traffic

pytestmark = pytest.mark.contract


def ago(days: int) -> str:
    return (datetime.now(UTC).date() - timedelta(days=days)).isoformat()


DAY, TODAY = ago(1), ago(0)


@pytest.fixture
def champion(lake: str, mlflow_server: str, tmp_path: Path) -> str:
    return release(tmp_path)


def ask(answering: str, reviews: pd.DataFrame, day: str = DAY, **fields: Any) -> CollectedRef:
    """Each review is a request, answered as the version would answer it."""
    source = registry.get_version(answering).source
    predictor = model_store.fetch_predictor(source)
    read = predictor.predict_proba(model_texts(reviews)).round(6)
    model = {"version": answering, "digest": artifacts.open_artifact(source).digest, "form": predictor.form}
    records = []
    for place, (row, shares) in enumerate(zip(reviews.itertuples(), read, strict=True)):
        told = dict(zip(SENTIMENTS, map(float, shares), strict=True))
        said = [{"sentiment": SENTIMENTS[int(shares.argmax())], "probabilities": told}]
        asked = review(row.text, row.review_id, "2026-01-02")
        records.append(answer(f"r{place:03d}", asked, day=day, **{**model, "predictions": said, **fields}))
    put(*records, day=day)
    return collect(day).ref


def captures(*days: CollectedRef) -> CapturesRef:
    return CapturesRef(days=days, changed=(), num_records=1, num_lost=0, num_dropped=0, warnings=(), page_uri="p")


def signals(found: DriftRef) -> dict[str, str]:
    return {one["name"]: one["verdict"] for one in s3.read_json(found.report_uri)["signals"] if one["slice"] is None}


def test_a_day_of_requests_like_the_reference_is_calm_votes_apart_and_is_watched_once_it_is_over(champion: str) -> None:
    collected = ask(champion, make_reviews(100, 5)), ask(champion, make_reviews(5, 6), TODAY)
    assert find_traffic(captures(*collected)) == [DAY]
    found = watch_traffic(DAY)
    assert (found.fired, found.judged, found.source, found.model_version) == (False, True, "endpoint", champion), found.reasons
    judged = signals(found)
    assert {judged[name] for name in ("answers", "answered complaints", "text", "domain", "text_length")} == {"as before"}
    assert {judged[name] for name in ("complaints", "labels", "department")} == {"not measured"}
    (vote,) = response.read().votes
    assert (vote.day, vote.version, vote.source, vote.families) == (DAY, champion, "endpoint", ())
    report = s3.read_json(found.report_uri)
    assert report["quality"]["estimated"], report["quality"]["refused"]
    assert report["quality"]["realised"]["labels_arrived"] == 0
    assert report["priors"]["mlls"], report["priors"]["refused"]
    assert watch_traffic(DAY) == found
    with pytest.raises(NothingToDo, match="no day of requests is over"):
        find_traffic(captures(*collected))


def test_requests_of_another_kind_fire_by_the_same_tests_and_nothing_of_an_erased_one_is_in_a_report(champion: str) -> None:
    angry = make_reviews(100, 5, ratings=(1, 3))
    ask(champion, angry.assign(text=angry["text"] + " my name is Ada Lovelace"))
    found = watch_traffic(DAY)
    assert found.fired
    assert "answers" in found.families
    assert found.kind == s3.read_json(found.report_uri)["kind"]["name"] != ""
    assert {"answers", "text"} <= {name for name, verdict in signals(found).items() if verdict == "moved"}
    (vote,) = response.read().votes
    assert vote.families == tuple(f"requests: {family}" for family in found.families)
    page = s3.read_bytes(found.page_uri).decode()
    assert "of request r0" in page
    assert "Lovelace" not in page + s3.read_bytes(found.report_uri).decode()
    erase_review("womens_clothing", "2026-01-02", 50000, by="Ada", reason="she asked")
    assert s3.read_json(watch_traffic(DAY).report_uri)["num_rows"] == 99


def test_what_another_version_answered_is_left_out_and_other_files_are_refused(champion: str) -> None:
    ask(champion, make_reviews(40, 5))
    ask(champion, make_reviews(20, 6), version="2")
    report = s3.read_json(watch_traffic(DAY).report_uri)
    assert (report["num_rows"], report["findings"][0]) == (40, "20 answers of another version, or in another form, are left out")
    ask(champion, make_reviews(60, 7), digest="d9")
    with pytest.raises(PermanentError, match=r"version 1 answered with other files \(d9\) than were released"):
        watch_traffic(DAY)


def test_a_day_on_which_the_champion_answered_nobody_says_nothing(champion: str) -> None:
    with pytest.raises(NothingToDo, match="none that the champion answered"):
        watch_traffic(DAY)
    ask(champion, make_reviews(20, 5), arm="challenger")
    put(answer("failed", said=None, status=504, day=DAY), day=DAY)
    collect(DAY)
    with pytest.raises(NothingToDo, match="none that the champion answered"):
        watch_traffic(DAY)
    assert response.read().votes == ()
