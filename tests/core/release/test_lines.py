"""Few of very many events, found without decoding the others."""

import pytest

from reviewloop.core.release.events import Draft, person
from reviewloop.core.release.lines import Lines
from reviewloop.errors import PermanentError
from reviewloop_local.bench_trace import stories

NAMES = ("ada", 'q"1', "a\\b", "é", "1")


def lines() -> Lines:
    facts = [{"replaces": name, "note": '"version":"1"'} for name in NAMES]
    events = stories.chain(Draft("asked", person("ada"), str(at), facts=one) for at, one in enumerate(facts, start=1))
    return Lines([event.to_bytes() for event in events])


def test_many_values_are_found_at_once_as_each_alone_is() -> None:
    held = lines()
    asked = (*NAMES, "nobody")
    found = held.by_value(asked, "version", "replaces", kinds=["asked"])
    assert found == {name: held.where(version=name, replaces=name) for name in asked}
    assert [event.version for event in found["1"]] == ["1", "5"]
    assert held.by_value([], "version", kinds=["asked"]) == {}
    assert held.by_value(["1"], "version", kinds=["approved"]) == {"1": ()}


def test_a_kind_that_stands_among_the_facts_of_another_is_none() -> None:
    drafts = [
        Draft("asked", person("ada"), "1", facts={"a": "", "kind": "approved", "number": 2}),
        Draft("approved", person("ada"), "1"),
    ]
    held = Lines([event.to_bytes() for event in stories.chain(drafts)])
    assert [event.number for event in held.of_kinds("approved")] == [2]
    assert [event.number for event in held.by_value(["1"], "version", kinds=["approved"])["1"]] == [2]


def test_an_event_that_was_changed_is_named() -> None:
    stored = list(lines().stored(0, len(NAMES)))
    stored[2] = stored[2].replace(b"ada", b"eve")
    with pytest.raises(PermanentError, match=r"event 00000004\.json does not follow"):
        Lines(stored)
