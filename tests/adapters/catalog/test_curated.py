"""The rows of a noted batch are found also after an erasure, and never those of another delivery."""

from types import SimpleNamespace

import pandas as pd
import pytest
from tests.helpers.fake_edges import World, enter

from reviewloop.adapters.catalog import days
from reviewloop.adapters.catalog.curated import FILE, read_curated
from reviewloop.adapters.lake import artifacts, frames, places
from reviewloop.adapters.lake.artifacts import Artifact
from reviewloop.errors import PermanentError

DAY = "2026-01-02"


def batch(text: str, landed_at: str) -> Artifact:
    rows = pd.DataFrame({"review_id": [1, 2], "text": [text, "The zip broke."]})
    return artifacts.publish(places.curated(DAY), {FILE: frames.to_parquet(rows)}, {"landed_at": landed_at}, "batch={digest}")


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return enter(World(), monkeypatch)


def stands(monkeypatch: pytest.MonkeyPatch, one: Artifact | None) -> None:
    name = one.uri.rpartition("batch=")[2] if one else None
    monkeypatch.setattr(days, "standing", lambda table, day: SimpleNamespace(batch=name))


def empty(world: World, one: Artifact) -> None:
    del world.objects[next(key for key in world.objects if one.uri.endswith(key.removesuffix(f"/{FILE}")) and key.endswith(FILE))]


def test_a_batch_with_rows_is_read_whatever_counts_by_now(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    noted, corrected = batch("Lovely.", "08:00"), batch("Lovely!", "09:00")
    stands(monkeypatch, corrected)
    assert read_curated(noted.uri)["text"].tolist() == ["Lovely.", "The zip broke."]


def test_where_an_erasure_emptied_it_the_one_in_its_place_is_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    noted, without = batch("Lovely.", "08:00"), batch("", "08:00")
    empty(world, noted)
    stands(monkeypatch, without)
    assert read_curated(noted.uri)["text"].tolist() == ["", "The zip broke."]


@pytest.mark.parametrize("counts", [True, False])
def test_another_delivery_is_not_taken_for_it(world: World, monkeypatch: pytest.MonkeyPatch, counts: bool) -> None:
    noted, corrected = batch("Lovely.", "08:00"), batch("Lovely!", "09:00")
    empty(world, noted)
    stands(monkeypatch, corrected if counts else None)
    with pytest.raises(PermanentError, match="another delivery of 2026-01-02 counts now: score it again"):
        read_curated(noted.uri)
