"""The form of an event and the chain of all: what is written is read again, and nothing else is."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewloop.core.release.events import (
    MAX_NUMBER,
    NOBODY,
    Draft,
    Event,
    canonical,
    follow,
    object_name,
    person,
    program,
    read_chain,
)
from reviewloop.errors import PermanentError

WORDS = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True)
TEXTS = st.text(st.characters(exclude_categories=("Cs",)))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-MAX_NUMBER, MAX_NUMBER) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)
KINDS = st.sampled_from(["registered", "judged", "asked", "approved", "rejected", "promoted", "rolled_back", "something_newer"])
DRAFTS = st.builds(
    Draft, KINDS, TEXTS, st.none() | TEXTS, st.none() | TEXTS, st.dictionaries(WORDS, VALUES, max_size=4)
)  # fmt: skip


def chain(*drafts: Draft) -> tuple[Event, ...]:
    events: tuple[Event, ...] = ()
    for number, draft in enumerate(drafts):
        events += (follow(events, draft, f"2026-01-01T00:00:{number:02d}+00:00"),)
    return events


def stored(events: tuple[Event, ...]) -> dict[str, bytes]:
    return {object_name(event.number): event.to_bytes() for event in events}


THREE = chain(*(Draft("promoted", "person:ada", str(number)) for number in range(1, 4)))


@given(st.lists(DRAFTS, max_size=5))
def test_what_is_written_is_read_again(drafts: list[Draft]) -> None:
    events = chain(*drafts)
    assert read_chain(stored(events)) == events
    assert [event.number for event in events] == list(range(1, len(drafts) + 1))


@given(VALUES)
def test_the_bytes_do_not_depend_on_the_order_of_keys(value: object) -> None:
    def turned(one: object) -> object:
        if isinstance(one, dict):
            return {key: turned(one[key]) for key in reversed(list(one))}
        return [turned(inner) for inner in one] if isinstance(one, list) else one

    assert canonical(turned(value)) == canonical(value)
    assert json.loads(canonical(value)) == value


@pytest.mark.parametrize(
    ("value", "written"),
    [
        # RFC 8785, section 3.2.2.2: what is escaped, and how; all else is UTF-8 as it is
        ({"s": '\u20ac$\u000f\nA\'B"\\\\"/'}, b'{"s":"\xe2\x82\xac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'),
        ({"b": 1, "B": [True, None], "a_b": "\u007f\u2028"}, b'{"B":[true,null],"a_b":"\x7f\xe2\x80\xa8","b":1}'),
    ],
)
def test_the_bytes_are_those_of_the_scheme(value: object, written: bytes) -> None:
    assert canonical(value) == written


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ({"a": 0.5}, "event.a: 0.5 is a float"), ({"a": float("nan")}, "event.a: nan"), ({"a": [2**53]}, r"event.a\[0\]: .* 2\^53"),
        ({"a": "\ud800"}, "event.a: half of a surrogate pair"), ({"ä": 1}, "not an ASCII word"), ({1: 1}, "not an ASCII word"),
        ({"a": b"x"}, "is a bytes"), ({"a": -(2**53)}, r"event\.a: .* 2\^53"),
    ],
)  # fmt: skip
def test_what_a_ledger_cannot_hold_is_named(value: object, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        canonical(value)


@pytest.mark.parametrize("kind", ["", "Promoted", "rolled back", "promoted!"])
def test_a_kind_is_a_word(kind: str) -> None:
    with pytest.raises(ValueError, match=r"event\.kind"):
        follow((), Draft(kind, NOBODY), "now")


def test_a_missing_event_is_named() -> None:
    found = stored(THREE)
    del found["00000002.json"]
    with pytest.raises(PermanentError, match=r"event 00000002\.json is missing before 00000003\.json"):
        read_chain(found)


@pytest.mark.parametrize(
    ("name", "data", "named"),
    [
        ("00000002.json", replace(THREE[1], version="9").to_bytes(), r"event 00000003\.json does not follow"),
        ("00000002.json", replace(THREE[1], before="").to_bytes(), r"event 00000002\.json does not follow"),
        ("00000003.json", THREE[1].to_bytes(), r"event 00000003\.json does not follow"),
        ("00000003.json", replace(THREE[2], number=9).to_bytes(), r"event 00000003\.json does not follow"),
        ("00000002.json", THREE[1].to_bytes() + b"\n", r"event 00000002\.json is not an event as it was written"),
        ("00000002.json", b"{", r"event 00000002\.json is not an event"),
        ("00000002.json", b"[]", r"event 00000002\.json is not an event"),
        ("00000002.json", b'{"kind":"a","kind":"b"}', r"event 00000002\.json is not an event"),
        ("00000002.json", THREE[1].to_bytes().replace(b"{}", b'{"x":1.0}'), r"event 00000002\.json is not an event"),
        ("draft.json", b"{}", r"event 00000004\.json is missing before draft\.json"),
    ],
)
def test_a_changed_event_is_named(name: str, data: bytes, named: str) -> None:
    with pytest.raises(PermanentError, match=named):
        read_chain(stored(THREE) | {name: data})


@given(st.integers(0, 2), st.data())
def test_no_byte_but_the_last_event_s_can_change_unseen(place: int, data: st.DataObject) -> None:
    found = stored(THREE)
    name = object_name(place + 1)
    at = data.draw(st.integers(0, len(found[name]) - 1))
    changed = bytearray(found[name])
    changed[at] ^= data.draw(st.integers(1, 255))
    found[name] = bytes(changed)
    try:
        events = read_chain(found)
    except PermanentError:
        return
    assert place == 2, "the last event has no witness in the chain"
    assert events[:2] == THREE[:2]


def test_nobody_and_no_program_is_a_person() -> None:
    assert {person("nobody"), person("program:x")} & {NOBODY, program("x")} == set()
    assert person("  Ada \n Lovelace ") == "person:Ada Lovelace"
    with pytest.raises(PermanentError, match="names nobody"):
        person(" ")
