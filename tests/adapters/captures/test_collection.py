"""Captured objects become partitions, on the real local services."""

import gzip
import io
import json
from datetime import timedelta
from typing import Any

import pyarrow.parquet as pq
import pytest
from tests.helpers.captured import DAY, NEXT, answer, feedback, numbered, put, review, shadow

from reviewloop.adapters.captures import gathered, notes, objects
from reviewloop.adapters.captures.collection import ROWS, collect
from reviewloop.adapters.catalog import athena, days, glue, tables
from reviewloop.adapters.lake import artifacts, places, s3
from reviewloop.core.lake.query_check import check_query
from reviewloop.errors import NothingToDo, PermanentError, TransientError

pytestmark = pytest.mark.contract


def rows() -> list[dict[str, Any]]:
    found = athena.run("test", "SELECT * FROM captures ORDER BY day, request_id, review_index").astype("object")
    return [{str(name): value for name, value in row.items()} for row in found.where(found.notna(), None).to_dict("records")]


def test_a_day_is_a_row_for_each_review_and_what_came_of_it(lake: str) -> None:
    put(answer("r1", review("good", 5, "2025-12-31", "so so"), review("bad")), shadow("r1", num=2), feedback("r1", index=1))
    failed: dict[str, Any] = {
        "status": 504,
        "error": "no answer within 30 s",
        "arm": "challenger",
        "version": "2",
        "rollout": "ab",
        "stage": "canary",
    }
    put(answer("r2", said=None, **failed))
    ref = collect(DAY).ref
    first, second, third = rows()
    expected = {
        "request_id": "r1", "review_index": 0, "review_id": 5, "review_day": "2025-12-31", "dataset": "womens_clothing",
        "title": "so so", "text": "good", "sentiment": "positive", "p_positive": 0.8, "unit": "unit-r1", "sticky": True,
        "status": 200, "latency_ms": 4.0, "caller": "shop", "rollout": None, "feedback": None, "erased": False, "day": DAY,
    }  # fmt: skip
    assert {name: first[name] for name in expected} == expected
    told = [second[name] for name in ("feedback", "feedback_by", "shadow_sentiment", "shadow_p_negative")]
    assert told == ["neutral", "ann", "negative", 0.8]
    assert third["sentiment"] is None
    assert {name: third[name] for name in failed} == failed
    assert (ref.num_requests, ref.num_rows, ref.num_failed, ref.num_shadowed, ref.num_feedback) == (2, 3, 1, 1, 1)
    assert (ref.latency_p50_ms, ref.arms) == (4.0, {"challenger": 1, "champion": 1})


def test_where_nothing_is_new_no_captured_object_is_read(lake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    put(answer("r1"))
    first = collect(DAY)
    assert first.changed
    monkeypatch.setattr(objects, "read", lambda *_: pytest.fail("it was read already"))
    again = collect(DAY)
    assert (again.ref, again.places, again.changed) == (first.ref, first.places, False)


def test_only_what_is_new_is_read_and_takes_the_days_place(lake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    put(answer("r1"))
    old = collect(DAY)
    new = put(shadow("r1"), answer("r2"))
    read, asked = objects.read, []

    def reading(uris: Any, erasures: Any) -> Any:
        asked.append(set(uris))
        return read(uris, erasures)

    monkeypatch.setattr(objects, "read", reading)
    found = collect(DAY)
    assert asked == [{new}]
    assert [(row["request_id"], row["shadow_sentiment"]) for row in rows()] == [("r1", "negative"), ("r2", None)]
    assert [part.batch for part in glue.partitions("captures")] == [found.ref.batch] != [old.ref.batch]


def test_a_record_that_was_shipped_twice_counts_once(lake: str) -> None:
    one, two = numbered(answer("r1"), seq=1), numbered(answer("r2"), seq=2)
    put(one)
    put(one, two)
    collect(DAY)
    assert [row["request_id"] for row in rows()] == ["r1", "r2"]
    assert [(line.lost, line.kept) for line in notes.spools([DAY])] == [(0, 2)]


def test_gaps_are_told_and_lines_that_are_no_records_stop_nothing(lake: str) -> None:
    uri = put(numbered(answer("r1"), seq=1), numbered(answer("r2"), seq=5, dropped=2))
    s3.write_bytes(uri, gzip.compress(gzip.decompress(s3.read_bytes(uri)) + b'{"half\n[]\n{"request_id": 5}\n'))
    s3.write_bytes(places.captured(f"day={DAY}/a/000000000009-000000000009.jsonl.gz"), b"no gzip")
    found = collect(DAY)
    assert (found.ref.num_unreadable, found.ref.num_rows) == (4, 2)
    assert [(line.lost, line.dropped) for line in notes.spools([DAY])] == [(1, 2)]


def test_records_of_earlier_versions_are_rows_of_the_champion(lake: str) -> None:
    record = {
        "received_at": f"{DAY}T09:00:00+00:00", "digest": "d", "reviews": [{"title": None, "text": "fine"}], "request_id": "old",
        "version": "1", "kind": "baseline", "predictions": [{"sentiment": "neutral", "probabilities": {"negative": 0.1}}],
    }  # fmt: skip
    put(numbered(record))
    s3.write_json(places.captured(f"day={DAY}/older.json"), {**record, "request_id": "older"})
    collect(DAY)
    names = ("arm", "status", "sticky", "sentiment", "p_negative", "p_positive")
    read = {row["request_id"]: tuple(row[name] for name in names) for row in rows()}
    assert read == dict.fromkeys(("old", "older"), ("champion", 200, False, "neutral", 0.1, None))


def test_a_record_of_before_there_were_numbers_stays_when_something_new_is_read(lake: str) -> None:
    s3.write_json(places.captured(f"day={DAY}/older.json"), answer("older"))
    collect(DAY)
    put(answer("r1"))
    collect(DAY)
    assert [row["request_id"] for row in rows()] == ["older", "r1"]


def test_a_day_of_many_pieces_is_brought_whole_also_to_other_days(lake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathered, "PIECE_BYTES", 1)
    put(answer("r1", review("good"), review("bad")), answer("r2"))
    collect(DAY)
    put(shadow("r1", num=2, day=NEXT), feedback("r2", day=NEXT), feedback("r9", day=NEXT), answer("r3", day=NEXT), day=NEXT)
    found = collect(NEXT)
    assert (found.others, found.ref.num_unmatched, found.ref.num_rows) == ({DAY}, 1, 1)
    assert [(row["request_id"], row["shadow_sentiment"], row["feedback"]) for row in rows()] == [
        ("r1", "negative", None), ("r1", "negative", None), ("r2", None, "neutral"), ("r3", None, None),
    ]  # fmt: skip
    ref = collect(DAY).ref
    file = artifacts.open_artifact(ref.uri, ref.digest).read(ROWS)
    assert pq.ParquetFile(io.BytesIO(file)).num_row_groups == 2


def test_what_is_told_on_a_later_day_finds_the_day_of_the_answer(lake: str) -> None:
    put(answer("r1"), answer("r2"))
    collect(DAY)
    put(shadow("r1", day=NEXT), feedback("r2", day=NEXT), feedback("r9", day=NEXT), answer("r3", day=NEXT), day=NEXT)
    found = collect(NEXT)
    assert found.others == {DAY}
    assert found.ref.num_unmatched == 1
    assert [(row["day"], row["request_id"], row["shadow_sentiment"], row["feedback"]) for row in rows()] == [
        (DAY, "r1", "negative", None), (DAY, "r2", None, "neutral"), (NEXT, "r3", None, None),
    ]  # fmt: skip
    again = collect(DAY)
    assert (again.ref.num_shadowed, again.changed) == (1, False)
    assert [line.lost for line in notes.spools([DAY])] == [0]


def test_of_two_collections_at_once_the_late_one_looks_again(lake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    put(answer("r1"))
    audit, found = days.audit, []

    def overtaken(*arguments: Any) -> Any:
        monkeypatch.setattr(days, "audit", audit)
        put(answer("r2"))
        found.append(collect(DAY))
        return audit(*arguments)

    monkeypatch.setattr(days, "audit", overtaken)
    assert collect(DAY).ref == found[0].ref
    assert [row["request_id"] for row in rows()] == ["r1", "r2"]


def test_rows_that_athena_does_not_see_are_not_published(lake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    put(answer("r1"))
    monkeypatch.setattr(days, "audit", lambda *_: {"num_rows": 0})
    with pytest.raises(PermanentError, match="Athena sees 0 rows, the day's requests have 1 reviews"):
        collect(DAY)
    assert glue.partitions("captures") == []


def test_a_batch_that_an_erasure_deleted_before_it_counted_is_made_again(lake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    put(answer("r1"))
    audit = days.audit

    def deleted(table: Any, query: str, day: str, batch: str, uri: str) -> Any:
        monkeypatch.setattr(days, "audit", audit)
        s3.remove(f"{uri}/")
        return audit(table, query, day, batch, uri)

    monkeypatch.setattr(days, "audit", deleted)
    assert collect(DAY).ref.num_rows == 1
    assert len(rows()) == 1


def test_a_note_that_is_lost_or_of_another_batch_costs_a_reading_and_no_row(lake: str) -> None:
    put(answer("r1"))
    first = collect(DAY)
    s3.remove(places.captures_collected(DAY))
    assert collect(DAY).ref == first.ref
    note = s3.read_json(places.captures_collected(DAY))
    note["ref"]["batch"] = "other"
    s3.write_json(places.captures_collected(DAY), note)
    put(answer("r2"))
    assert collect(DAY).ref.num_rows == 2


@pytest.mark.parametrize("change", [{"columns": ["request_id string"]}, {"ref": {"day": DAY}}, {"places": [5]}, {"objects": None}])
def test_what_code_of_another_version_noted_is_read_anew(
    lake: str, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any]
) -> None:
    put(answer("r1"))
    first = collect(DAY)
    s3.write_json(places.captures_collected(DAY), s3.read_json(places.captures_collected(DAY)) | change)
    assert len(notes.spools([DAY])) == int("columns" in change)
    again = collect(DAY)
    assert (again.ref, again.changed) == (first.ref, True)
    assert len(notes.spools([DAY])) == 1


def test_an_analyst_may_ask_the_table_and_each_column_is_explained(lake: str) -> None:
    put(answer("r1"))
    collect(DAY)
    found = tables.list_tables()
    assert list(found) == ["captures"]
    assert [column.name for column in found["captures"] if not column.comment] == []
    known = {name: [column.name for column in columns] for name, columns in found.items()}
    check_query("SELECT arm, count(*) AS n, avg(latency_ms) AS ms FROM captures WHERE review_index = 0 GROUP BY arm", known, lake)


def test_a_kill_before_the_publication_leaves_the_old_rows_and_the_next_run_ends_it(
    lake: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(answer("r1"))
    collect(DAY)
    put(answer("r2"))
    with monkeypatch.context() as patch:
        patch.setattr(days, "publish", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            collect(DAY)
    assert [row["request_id"] for row in rows()] == ["r1"]
    collect(DAY)
    assert [row["request_id"] for row in rows()] == ["r1", "r2"]


def test_superseded_batches_are_deleted_after_their_grace(lake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    put(answer("r1"))
    old = collect(DAY).ref
    put(answer("r2"))
    collect(DAY)
    assert s3.exists(f"{old.uri}/{artifacts.MANIFEST}")
    monkeypatch.setattr("reviewloop.adapters.captures.superseded.GRACE", timedelta(seconds=-60))
    new = collect(DAY).ref
    assert [uri for uri in s3.list_uris(places.captures(DAY)) if not uri.startswith(new.uri)] == []
    audited = {found["Values"][1] for found in glue.registered(lake.replace("-", "_"), "captures_audit")}
    assert audited == {new.batch}
    assert len(rows()) == 2


def test_a_day_without_requests_has_nothing_to_do(lake: str) -> None:
    with pytest.raises(NothingToDo, match="no request was captured on 2026-01-02"):
        collect(DAY)


def test_one_that_is_always_overtaken_gives_up_for_now(lake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    put(answer("r1"))

    def late(*_: object) -> None:
        raise TransientError("another batch came to count meanwhile")

    monkeypatch.setattr(days, "publish", late)
    with pytest.raises(TransientError, match="another batch came to count"):
        collect(DAY)
    assert json.dumps(glue.partitions("captures")) == "[]"
