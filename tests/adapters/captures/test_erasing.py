"""One customer's words leave the lake: its objects, partitions and what is shipped later."""

import gzip
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.helpers.captured import DAY, NEXT, answer, feedback, numbered, put, review

from reviewloop.adapters.captures import notes, objects
from reviewloop.adapters.captures.collection import collect
from reviewloop.adapters.catalog import athena, days
from reviewloop.adapters.lake import places, s3
from reviewloop.errors import PermanentError
from reviewloop.steps.captures.erase import erase as erase_review
from reviewloop.steps.captures.erase_unit import erase_unit

pytestmark = pytest.mark.contract

SECRET = "my name is Ada Lovelace"
REVIEWED = "2025-12-31"
WHO = {"by": "Ada", "reason": "she asked"}


def hers(request_id: str, **fields: Any) -> dict[str, Any]:
    return answer(request_id, review("good", 4, REVIEWED), review(SECRET, 5, REVIEWED, title=SECRET), **fields)


def everything() -> bytes:
    """Every byte of the lake, unpacked where it is packed."""
    found = [s3.read_bytes(uri) for uri in s3.list_uris(s3.lake_uri(""))]
    return b"\n".join(gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data for data in found)


def texts() -> list[str | None]:
    found = athena.run("test", "SELECT text FROM captures ORDER BY day, request_id, review_index")["text"]
    return [None if value is None or value != value else str(value) for value in found.astype("object").where(found.notna(), None)]


def erase() -> Any:
    return erase_review("womens_clothing", REVIEWED, 5, **WHO)


def test_a_review_leaves_objects_and_partitions_and_its_request_stays(lake: str) -> None:
    put(hers("r1"), feedback("r1", "negative", 1))
    put(hers("r2", day=NEXT), answer("r3", review("other", 5, "2025-12-30"), day=NEXT), day=NEXT)
    for day in (DAY, NEXT):
        collect(day)
    put(answer("r4", review(SECRET, 5, REVIEWED)))
    assert SECRET.encode() in everything()
    found = erase()
    assert (found.num_reviews, found.days) == (3, (DAY, NEXT))
    assert SECRET.encode() not in everything(), "raw objects, superseded batches and the partition's records"
    assert texts() == ["good", None, None, "good", None, "other"]
    assert [line.lost for line in notes.spools([DAY, NEXT])] == [0]
    gone = athena.run(
        "test", "SELECT sentiment, version, feedback, review_id FROM captures WHERE erased AND request_id = 'r1'"
    ).iloc[0]
    assert (gone["sentiment"], gone["version"], gone["feedback"]) == ("positive", "1", "negative")
    assert athena.run("test", "SELECT review_id FROM captures WHERE erased")["review_id"].isna().all()


def test_who_asked_and_why_is_kept_and_again_changes_nothing(lake: str) -> None:
    put(hers("r1"))
    first = erase()
    kept = s3.read_json(first.uri)
    assert {name: kept[name] for name in ("by", "reason", "dataset", "day", "review_id", "num_reviews")} == {
        "by": "person:Ada", "reason": "she asked", "dataset": "womens_clothing", "day": REVIEWED, "review_id": 5, "num_reviews": 1,
    }  # fmt: skip
    again = erase()
    assert (again.num_reviews, again.days) == (0, ())
    assert len(list(s3.list_uris(places.erasure()))) == 2


def test_what_is_shipped_after_the_erasure_is_erased_as_it_comes_in(lake: str) -> None:
    put(answer("r1"))
    erase()
    put(hers("r2"))
    put({**hers("r3"), "received_at": (datetime.now(UTC) + timedelta(hours=1)).isoformat()})
    found = collect(DAY)
    assert found.num_erased == 1
    assert texts() == ["a lovely dress", "good", None, "good", SECRET], "what she sent after she asked is hers to send"


@pytest.mark.parametrize("where", ["collect", "publish", "write"])
def test_a_kill_in_the_middle_is_ended_by_the_next_collection(lake: str, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    put(hers("r1"))
    put(hers("r2"))
    collect(DAY)
    place = {"collect": (objects, "read"), "publish": (days, "publish"), "write": (notes, "write")}[where]

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(*place, killed)
        with pytest.raises(KeyboardInterrupt):
            erase()
    collect(DAY)
    assert SECRET.encode() not in everything()
    assert texts() == ["good", None, "good", None]


def test_an_object_that_an_endpoint_ships_a_second_time_is_erased_again(lake: str) -> None:
    records = [numbered(hers("r1"), seq=1)]
    put(*records)
    erase()
    put(*records)
    assert SECRET.encode() in everything()
    collect(DAY)
    assert SECRET.encode() not in everything()


def test_all_of_a_unit_is_erased_and_its_requests_are_units_of_their_own(lake: str) -> None:
    put(hers("r1", unit="ada"), hers("r2", unit="ada"), answer("r3", unit="bob"))
    assert erase_unit("ada", **WHO).num_reviews == 4
    assert texts() == [None, None, None, None, "a lovely dress"]
    found = athena.run("test", "SELECT DISTINCT request_id, unit, sticky FROM captures ORDER BY request_id")
    assert [tuple(row) for row in found.itertuples(index=False)] == [("r1", "r1", False), ("r2", "r2", False), ("r3", "bob", True)]


def test_a_unit_that_is_the_review_goes_with_it(lake: str) -> None:
    put(hers("r1", unit=f"womens_clothing/{REVIEWED}/5"), hers("r2", unit="womens_clothing/55"))
    erase()
    found = athena.run("test", "SELECT DISTINCT request_id, unit FROM captures ORDER BY request_id")
    assert list(found["unit"]) == ["r1", "womens_clothing/55"]


@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        ({"by": " "}, "by: ' ' names nobody"),
        ({"reason": ""}, "reason: is blank; say in words"),
        ({"day": "yesterday"}, "day: 'yesterday' is no day; write YYYY-MM-DD"),
    ],
)
def test_a_mistake_gets_a_line_and_erases_nothing(lake: str, wrong: dict[str, str], line: str) -> None:
    put(hers("r1"))
    with pytest.raises(PermanentError, match=line):
        erase_review(**{"dataset": "womens_clothing", "day": REVIEWED, "review_id": 5, **WHO, **wrong})  # type: ignore[arg-type]
    assert SECRET.encode() in everything()
    assert list(s3.list_uris(places.erasure())) == []


def test_a_blank_unit_is_refused(lake: str) -> None:
    with pytest.raises(PermanentError, match="unit: is blank"):
        erase_unit("", **WHO)
