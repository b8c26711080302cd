"""Segments make a long ledger quick to read, and are believed only as far as the ledger's own events go on from them."""

import gzip

import pytest
from tests.helpers.fake_edges import World, enter

from reviewloop.adapters.lake import places, s3
from reviewloop.adapters.release import segments
from reviewloop.core.release.events import Draft, Event, object_name, person
from reviewloop.errors import PermanentError, Unavailable
from reviewloop_local.bench_trace import stories

NUM = 29
KEPT = ["00000001-00000010.jsonl.gz", "00000011-00000020.jsonl.gz", "00000021-00000025.jsonl.gz"]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(segments, "SIZE", 10)
    monkeypatch.setattr(segments, "SMALL", 5)
    world = enter(World(), monkeypatch)
    lay(NUM)
    return world


def lay(num: int, by: str = "ada") -> tuple[Event, ...]:
    events = stories.chain(Draft("asked", person(by), str(at)) for at in range(num))
    stories.lay(events)
    return events


def key(uri: str) -> str:
    return s3.split_uri(uri)[1]


def kept() -> list[str]:
    return [uri.rpartition("/")[2] for uri in s3.list_uris(places.ledger_segment())]


def test_whoever_reads_all_leaves_segments_and_the_next_reads_few(world: World) -> None:
    first = segments.read()
    assert (len(first), kept()) == (NUM, KEPT)
    before = world.num_calls
    second = segments.read()
    assert world.num_calls - before < 12, "two listings, three segments, the last of their events, four more"
    assert second.where(version="3") == first.where(version="3")
    assert [event.number for event in second.where(version="3")] == [4]
    assert second.at(NUM) == first.at(NUM)
    assert second.at(NUM + 1) is None


def test_small_segments_give_way_to_a_whole_one(world: World) -> None:
    segments.read()
    honest = [event.to_bytes() for event in lay(32)]
    assert list(segments.read().stored(0, 32)) == honest
    assert kept() == [*KEPT[:2], "00000021-00000025.jsonl.gz", "00000021-00000030.jsonl.gz"], "what was written stays"
    before = world.num_calls
    assert list(segments.read().stored(0, 32)) == honest
    assert world.num_calls - before < 12


@pytest.mark.parametrize("spoilt", ["first", "last", "none", "short", "foreign", "newest"])
def test_a_segment_that_is_not_the_ledger_s_is_not_believed(world: World, spoilt: str) -> None:
    honest = [event.to_bytes() for event in lay(NUM)]
    segments.read()
    name = {"first": 0, "last": 1, "none": 0, "short": 1, "foreign": 0, "newest": 2}[spoilt]
    place = key(places.ledger_segment(kept()[name]))
    lines = gzip.decompress(world.objects[place]).splitlines()
    if spoilt == "foreign":  # sound in itself, both of them
        events = [event.to_bytes() for event in stories.chain(Draft("asked", person("eve"), str(at)) for at in range(30))]
        for at, one in enumerate(kept()[:2]):
            world.objects[key(places.ledger_segment(one))] = gzip.compress(b"\n".join(events[at * 10 : at * 10 + 10]))
    else:
        changed = {
            "first": [lines[0].replace(b"ada", b"eve"), *lines[1:]],
            "last": [*lines[:-1], lines[-1].replace(b"ada", b"eve")],
        }
        data = gzip.compress(b"\n".join(changed.get(spoilt, lines[:-1])))
        world.objects[place] = b"none" if spoilt == "none" else data
    assert list(segments.read().stored(0, NUM)) == honest


def test_what_is_gone_or_changed_in_the_ledger_itself_is_named(world: World) -> None:
    place = key(places.ledger(object_name(23)))
    good = world.objects.pop(place)
    with pytest.raises(PermanentError, match=r"event 00000023\.json is missing before .*00000024\.json"):
        segments.read()
    world.objects[place] = good.replace(b"ada", b"eve")
    with pytest.raises(PermanentError, match=r"event 00000024\.json does not follow the one before it"):
        segments.read()


def test_who_may_not_write_reads_all_the_same(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> bool:
        raise Unavailable("denied")

    monkeypatch.setattr(s3, "create", refused)
    assert len(segments.read()) == NUM
    assert kept() == []


def test_an_empty_ledger_has_no_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    enter(World(), monkeypatch)
    assert len(segments.read()) == 0
