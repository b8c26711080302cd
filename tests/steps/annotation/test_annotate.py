"""From a snapshot to a queue, from answers to labels, through a real local S3."""

import csv
import io
import json
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.helpers.annotated import DAY, as_csv, filled, queue_of, reviews, snapshot, upload

from reviewloop.adapters.annotation import answered, queues
from reviewloop.adapters.captures import erasures
from reviewloop.adapters.lake import artifacts, s3
from reviewloop.adapters.mlflow import registry
from reviewloop.adapters.release import ledger
from reviewloop.config import load_config
from reviewloop.core.annotation.choosing import num_random
from reviewloop.core.annotation.items import Item
from reviewloop.core.dataset.folds import FitAndRead
from reviewloop.core.dataset.splits import part_of
from reviewloop.core.statistics.metrics import Floats
from reviewloop.core.texts import text_digest
from reviewloop.errors import NothingToDo, Refused, Unavailable
from reviewloop.refs import QueueRef
from reviewloop.steps.annotation.propose_queue import propose_queue
from reviewloop.steps.annotation.record_labels import record_labels
from reviewloop.steps.annotation.take_answers import take_answers

pytestmark = pytest.mark.contract

AT = "2026-02-01T10:00:00+00:00"


@pytest.fixture(autouse=True)
def alone(lake: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A lake whose registry is away: labels do not wait for it."""

    def away() -> str:
        raise Unavailable("the registry is away")

    monkeypatch.setattr(registry, "ledger_head", away)
    return lake


@pytest.fixture
def proposed() -> QueueRef:
    snapshot(reviews())
    return propose_queue()


def said(_: Item) -> str:
    return "negative"


def told() -> dict[str, Any]:
    found: dict[str, Any] = s3.read_json(s3.lake_uri("reports", "annotation", "answers", "answers.json"))
    return found


def test_a_queue_says_of_each_text_why_and_quotes_none_where_it_is_kept(proposed: QueueRef) -> None:
    of = queue_of(proposed)
    size, share = load_config().annotation.size, load_config().annotation.random_share
    assert proposed.num_items == len(of.items) == size
    assert [item.kind for item in of.items] == ["random"] * num_random(size, share) + ["unsure"] * (size - num_random(size, share))
    assert all(item.why for item in of.items)
    (likely,) = {item.inclusion_probability for item in of.items if item.kind == "random"}
    assert likely is not None
    assert f"drawn at random, one of {num_random(size, share)} from {num_random(size, share) / likely:,.0f} texts" in {
        item.why for item in of.items
    }
    kept = s3.read_bytes(f"{of.uri}/queue.json").decode()
    page = s3.read_bytes(proposed.page_uri).decode()
    for shown in queues.with_words(of):
        assert shown.text in page
        assert shown.text not in kept, "whose words are erased must leave it"
        assert shown.item.why in page
    rehearsed = json.loads(kept)["rehearsal"]
    assert len(rehearsed["queue"]) == len(rehearsed["random"]) == load_config().annotation.rehearsal.seeds
    assert "after 50 labels (95 % interval" in page


def test_a_queue_of_before_its_lots_were_kept_opens(proposed: QueueRef) -> None:
    record = s3.read_json(f"{proposed.uri}/queue.json")
    before = [{name: value for name, value in item.items() if name != "inclusion_probability"} for item in record["items"]]
    data = json.dumps({**record, "items": before}).encode()
    kept = artifacts.publish(s3.lake_uri("reports", "annotation"), {"queue.json": data}, folder="queue={digest}")
    assert [item.why for item in queues.open_queue(kept.digest[:16]).items] == [item["why"] for item in before]


def test_the_file_says_nothing_of_what_rating_or_model_think(proposed: QueueRef) -> None:
    rows = list(csv.DictReader(io.StringIO(s3.read_bytes(proposed.csv_uri).decode("utf-8-sig"), newline="")))
    assert list(rows[0]) == ["item", "label", "day", "review_id", "title", "text"]
    assert {row["label"] for row in rows} == {""}
    assert any(row["title"].startswith("'=Title") for row in rows), "a title that a spreadsheet would calculate"


def test_how_sure_the_model_is_of_a_text_it_never_learnt_from_a_near_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = reviews(30)
    twins = rows.assign(review_id=rows["review_id"] + 500, text=rows["text"] + " really")
    twins = twins.assign(text_digest=twins["text"].map(text_digest))
    seen: list[int] = []

    def reader(*_: object) -> FitAndRead:
        def fit_and_read(known: pd.DataFrame, unknown: pd.DataFrame) -> Floats:
            seen.extend(unknown["review_id"])
            assert set(known["review_id"] % 500).isdisjoint(unknown["review_id"] % 500)
            return np.full((len(unknown), 3), 1 / 3)

        return fit_and_read

    monkeypatch.setattr("reviewloop.steps.annotation.propose_queue.refitted", reader)
    snapshot(pd.concat([rows, twins], ignore_index=True))
    propose_queue()
    assert len(seen) == len(set(seen)) > len(rows)


def test_the_same_snapshot_gives_the_same_queue(proposed: QueueRef) -> None:
    listed = {one.uri: one.etag for one in s3.list_objects(s3.lake_uri("reports"))}
    assert propose_queue() == proposed
    assert {one.uri: one.etag for one in s3.list_objects(s3.lake_uri("reports"))} == listed


def test_what_nobody_answered_is_asked_again_and_what_somebody_answered_is_not(proposed: QueueRef) -> None:
    first, second, *others = [item.item for item in queue_of(proposed).items]
    record_labels(proposed, "ada", AT, {first: "negative", second: "unclear"}, "airflow")
    again = {item.item for item in queue_of(propose_queue()).items}
    assert not {first, second} & again
    by_chance = {item.item for item in queue_of(proposed).items if item.kind == "random"} - {first, second}
    assert by_chance <= again, "who does not answer must not change what is drawn at random"
    assert set(others) & again


def test_no_sealed_erased_or_copied_text_and_no_near_copy_is_asked() -> None:
    rows = reviews(30)
    split = load_config().features.split
    texts = (f"soft lovely dress this one lies in the sealed part {at}" for at in range(100))
    sealed = next(text for text in texts if part_of(text_digest(text), split.validation, split.test) == "test")
    planted = rows.iloc[[0]].assign(review_id=900, text=sealed, text_digest=text_digest(sealed))
    copy = rows.iloc[[1]].assign(review_id=901, text=f"made of it {rows['text'][1]}", text_digest="c0ffee", origin="augmented")
    near = rows.iloc[[2]].assign(review_id=902, text=f"{rows['text'][2]} yes")
    near = near.assign(text_digest=near["text"].map(text_digest))
    snapshot(pd.concat([rows, planted, copy, near, rows.iloc[:5]], ignore_index=True))  # and five rows that balancing repeated
    erasures.ask("ada", "she asked", dataset="womens_clothing", day=DAY, review_id=3)
    seen: list[int] = []
    while True:
        try:
            proposed = propose_queue()
        except NothingToDo:
            break
        items = queue_of(proposed).items
        seen += [item.review_id for item in items]
        record_labels(proposed, "ada", AT, {item.item: "unclear" for item in items}, "airflow")
    assert sorted(seen) == sorted(set(seen)), "no text twice"
    assert not {3, 900, 901} & set(seen)
    assert len({2, 902} & set(seen)) <= 1
    assert len(seen) >= 25


def test_before_the_first_snapshot_there_is_nothing_to_ask() -> None:
    with pytest.raises(NothingToDo, match="no snapshot of reviews yet"):
        propose_queue()


def test_a_file_becomes_labels_with_who_when_and_by_which_guideline(proposed: QueueRef) -> None:
    uri = upload(proposed, "ada", filled(proposed, said))
    found = take_answers()
    assert (found.num_new, found.num_texts, found.num_labels, found.num_disputed, found.warnings) == (10, 10, 10, 0, ())
    event = ledger.read_unwitnessed()[-1]
    assert (event.kind, event.by, event.facts["via"]) == ("annotated", "person:ada", uri)
    assert event.facts["guideline"] == load_config().annotation.guideline.name
    at = event.facts["answered_at"]
    assert datetime.fromisoformat(at).replace(microsecond=0) == s3.last_modified(uri)
    assert told()["people"] == [
        {"by": "ada", "num_answers": 10, "num_unclear": 0, "last": at,
         "guidelines": [load_config().annotation.guideline.name]}
    ]  # fmt: skip


def test_one_file_twice_is_taken_once(proposed: QueueRef) -> None:
    data = filled(proposed, said)
    upload(proposed, "ada", data)
    take_answers()
    assert take_answers().num_new == 0
    upload(proposed, "ada", data)
    assert take_answers().num_new == 0
    assert len(ledger.read_unwitnessed()) == 1


def test_half_a_file_is_refused_whole_and_its_mended_one_is_taken(proposed: QueueRef) -> None:
    whole = filled(proposed, said)
    uri = upload(proposed, "ada", whole[: len(whole) // 2])
    found = take_answers()
    assert (found.num_new, len(found.warnings)) == (0, 1)
    assert found.warnings[0].startswith(f"{uri}: queue {proposed.digest[:16]}: nothing of it was taken: ")
    assert uri in s3.read_bytes(found.page_uri).decode()
    upload(proposed, "ada", whole)
    assert (take_answers().num_new, told()["warnings"]) == (10, [])


def test_what_is_wrong_with_one_file_stops_no_other_and_each_is_told(proposed: QueueRef, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = list(csv.DictReader(io.StringIO(filled(proposed, said).decode(), newline="")))
    bad = {
        "bob": as_csv([rows[0] | {"item": "r0"}, *rows[1:]]),
        "cy": as_csv([rows[0] | {"label": "=cmd()"}, *rows[1:]]),
        "eve": as_csv(rows),
        "dan": b"",
    }
    config = load_config()
    reviewers = config.annotation.model_copy(update={"reviewers": ("ada", "bob", "cy", "dan")})
    for module in ("record_labels", "take_answers"):
        changed = config.model_copy(update={"annotation": reviewers})
        monkeypatch.setattr(f"reviewloop.steps.annotation.{module}.load_config", lambda changed=changed: changed)
    for by, data in {**bad, "ada": as_csv(rows)}.items():
        upload(proposed, by, data)
    s3.write_bytes(s3.lake_uri("inbox", "labels", "notes.txt"), b"hello")
    s3.write_bytes(s3.lake_uri("inbox", "labels", "0123456789abcdef", "ada.csv"), b"item,label\r\n")
    found = take_answers()
    assert found.num_new == 10
    lines = "\n".join(found.warnings)
    assert len(found.warnings) == 6
    assert "item 'r0' is not in this queue" in lines
    assert "label '=cmd()' is none of" in lines
    assert "'eve' is none of the reviewers (annotation.reviewers: ada, bob, cy, dan): ask one of them" in lines
    assert "dan.csv: " in lines
    assert "notes.txt: it is no file of answers: upload it as inbox/labels/<queue>/<your user name>.csv" in lines
    assert "queue '0123456789abcdef': there is none" in lines


def test_two_at_odds_leave_the_label_as_it_was_and_a_third_decides(proposed: QueueRef) -> None:
    first, second, *_ = queue_of(proposed).items
    upload(proposed, "ada", filled(proposed, said))
    upload(proposed, "bob", filled(proposed, lambda item: "neutral" if item.item == first.item else "negative"))
    found = take_answers()
    assert (found.num_new, found.num_labels, found.num_disputed) == (20, 9, 1)
    (pair,) = told()["agreements"]
    assert (pair["first"], pair["second"], pair["num_texts"], pair["num_alike"], pair["kappa"]) == ("ada", "bob", 10, 9, 0.0)
    page = s3.read_bytes(found.page_uri).decode()
    assert "ada and bob" in page
    again = propose_queue()
    asked = queue_of(again).items
    assert (asked[0].item, asked[0].kind) == (first.item, "disputed")
    assert second.item not in {item.item for item in asked}
    record_labels(again, "cy", AT, {first.item: "neutral"}, "airflow")
    assert take_answers().num_disputed == 0
    assert first.item not in {item.item for item in queue_of(propose_queue()).items}


def test_who_may_not_answer_and_what_is_no_answer_is_refused_and_nothing_is_kept(proposed: QueueRef) -> None:
    item = queue_of(proposed).items[0].item
    for by, labels, why in [
        (" ", {item: "negative"}, "names nobody"),
        ("ada", {item: "great"}, "label 'great' is none of negative, neutral, positive, unclear"),
        ("ada", {"r0": "negative"}, "item 'r0' is not in queue"),
    ]:
        with pytest.raises(Refused, match=why):
            record_labels(proposed, by, AT, labels, "airflow")
    assert ledger.read_unwitnessed() == ()


def test_whose_words_are_erased_leaves_page_file_and_answers(proposed: QueueRef) -> None:
    item, other, *_ = queue_of(proposed).items
    before = filled(proposed, said)
    words = next(shown.text for shown in queues.with_words(queue_of(proposed)) if shown.item == item)
    erasures.ask("grace", "she asked", dataset="womens_clothing", day=item.day, review_id=item.review_id)
    assert queues.forget(item.day, item.review_id) == (proposed.digest[:16],)
    for uri in (proposed.page_uri, proposed.csv_uri):
        assert words not in s3.read_bytes(uri).decode()
    assert "1 texts were erased since" in s3.read_bytes(proposed.page_uri).decode()
    upload(proposed, "ada", before)  # somebody had downloaded it before
    upload(proposed, "bob", filled(proposed, said))
    found = take_answers()
    assert (found.num_new, found.num_labels, found.warnings) == (18, 9, ())
    assert {one.item for one in answered.read()} == {one.item for one in queue_of(proposed).items} - {item.item}
    assert item.item not in {one.item for one in queue_of(propose_queue()).items}
    assert queues.forget("2026-01-01", 10**6) == ()
    assert other.item in {one.item for one in answered.read()}


def test_random_texts_alone_tell_how_often_ratings_are_contradicted(proposed: QueueRef) -> None:
    upload(proposed, "ada", filled(proposed, lambda item: item.rated if item.kind == "random" else "unclear"))
    found = take_answers()
    share = told()["contradicted"]
    assert (share["count"], share["num_texts"], share["value"]) == (0, 2, 0.0)
    assert "0 of 2 texts that were drawn at random: 0.0% (95 % interval 0.0% to 65.8%)" in s3.read_bytes(found.page_uri).decode()
