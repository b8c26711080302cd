"""Of which batches very many snapshots were made is asked of their manifests once."""

import pytest
from tests.helpers.fake_edges import World, enter

from reviewloop.adapters.lake import artifacts, places, s3
from reviewloop.adapters.lineage import snapshots
from reviewloop.errors import Unavailable

NUM = 12


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(snapshots, "MANY", 10)
    return enter(World(), monkeypatch)


def lay(first: int, last: int) -> list[str]:
    made = [(at, {"day": f"{at % 3}"}) for at in range(first, last)]
    return [artifacts.publish(places.features(), {"a": f"{at}".encode()}, {"batches": batches}).uri for at, batches in made]


def kept() -> list[str]:
    return list(s3.list_uris(places.snapshot_batches()))


def test_who_asked_many_leaves_what_they_said_and_the_next_asks_few(world: World) -> None:
    uris = lay(0, NUM)
    assert snapshots.with_any([("day", "1"), ("other", "2")], uris) == sorted(uris[1::3])
    assert len(kept()) == 1
    newer = lay(NUM, NUM + 2)
    before = world.num_calls
    assert snapshots.with_any([("day", "1")], [*uris, *newer]) == sorted([*uris[1::3], newer[1]])
    assert world.num_calls - before <= 4, "a listing, what is kept, two manifests"
    assert len(kept()) == 1, "two are too few to keep"


def test_one_that_is_gone_holds_none_and_is_asked_again(world: World) -> None:
    (uri,) = lay(1, 2)
    place = s3.split_uri(f"{uri}/{artifacts.MANIFEST}")[1]
    manifest = world.objects.pop(place)
    others = lay(3, 3 + NUM)
    assert uri not in snapshots.with_any([("day", "1")], [uri, *others])
    world.objects[place] = manifest
    assert uri in snapshots.with_any([("day", "1")], [uri, *others])


def test_what_was_spoilt_is_not_believed(world: World) -> None:
    uris = lay(0, NUM)
    found = snapshots.with_any([("day", "1")], uris)
    world.objects[s3.split_uri(kept()[0])[1]] = b"none"
    assert snapshots.with_any([("day", "1")], uris) == found


def test_who_may_not_write_is_answered_all_the_same(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> bool:
        raise Unavailable("denied")

    uris = lay(0, NUM)
    monkeypatch.setattr(s3, "create", refused)
    assert snapshots.with_any([("day", "0")], uris) == sorted(uris[0::3])
    assert kept() == []
