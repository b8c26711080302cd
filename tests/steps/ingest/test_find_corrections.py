"""A correction is found once it lies in the inbox, and is one no more when it was landed."""

import pytest
from tests.steps.ingest.test_ingest import DAY, put

from reviewloop.adapters.lake import claims, places
from reviewloop.errors import NothingToDo, PermanentError
from reviewloop.steps.ingest.find_corrections import find_corrections
from reviewloop.steps.ingest.land import land

pytestmark = pytest.mark.contract
OTHER = "2026-01-05"


def corrected() -> list[str]:
    try:
        return [found.day for found in find_corrections()]
    except NothingToDo:
        return []


def test_a_day_that_was_never_landed_is_not_begun(lake: str) -> None:
    put(b"first")
    put(b"", name="")  # the folder itself, as some tools make one
    assert corrected() == []


def test_another_object_is_a_correction_until_it_is_landed(lake: str) -> None:
    put(b"first")
    put(b"other", day=OTHER)
    land(DAY)
    land(OTHER)
    assert corrected() == []
    uri = put(b"second")
    (found,) = find_corrections()
    assert (found.day, found.uri) == (DAY, uri)
    assert find_corrections() == [found], "looked at again, it is the same correction"
    land(DAY)
    assert corrected() == []
    put(b"first")
    assert corrected() == [DAY], "what lay there before is a correction too"


def test_a_second_object_beside_the_first_is_told_by_the_run_that_it_starts(lake: str) -> None:
    put(b"first")
    land(DAY)
    put(b"second", name="more.csv")
    assert corrected() == [DAY]
    with pytest.raises(PermanentError, match="found 2"):
        land(DAY)


def test_an_object_that_came_just_before_the_record_of_another_landing_is_found(lake: str) -> None:
    put(b"first")
    land(DAY)
    uri = put(b"second")
    record = claims.read(places.landing(DAY))
    assert record is not None
    claims.update(record, **record.note)  # as a slow machine notes it that read the first object
    assert [found.uri for found in find_corrections()] == [uri]
