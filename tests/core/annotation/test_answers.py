from dataclasses import replace

import pytest

from reviewloop.core.annotation.answers import ANNOTATED, Told, answers, draft
from reviewloop.core.annotation.items import Item, item_id
from reviewloop.core.release.events import Draft, Event, follow
from reviewloop.errors import PermanentError, Refused

ITEMS = [
    Item(item_id("2026-01-01", number, f"d{number}"), "2026-01-01", number, f"d{number}", "unsure", "positive", "unsure: why")
    for number in range(3)
]
TOLD = Told("q1", "ada", "2026-02-01T10:00:00+00:00", "airflow", "1-ab", {ITEMS[0].item: "negative", ITEMS[1].item: "unclear"})


def ledger(*told: Told) -> tuple[Event, ...]:
    """The events, one after another, of all that was new; an event of another kind before them."""
    events = (follow((), Draft("promoted", "person:ada", "1"), "2026-01-01T00:00:00+00:00"),)
    for one in told:
        new = draft(one, ITEMS, events)
        events = (*events, follow(events, new, one.answered_at)) if new else events
    return events


def test_the_ledger_holds_who_when_and_by_which_guideline_and_no_word_of_a_review() -> None:
    events = ledger(TOLD)
    found = answers(events)
    assert [(one.item, one.label, one.by, one.answered_at, one.guideline, one.kind, one.event) for one in found] == [
        (ITEMS[0].item, "negative", "ada", TOLD.answered_at, "1-ab", "unsure", 2),
        (ITEMS[1].item, "unclear", "ada", TOLD.answered_at, "1-ab", "unsure", 2),
    ]
    assert (found[0].day, found[0].review_id, found[0].text_digest, found[0].rated) == ("2026-01-01", 0, "d0", "positive")
    assert events[-1].kind == ANNOTATED
    assert events[-1].facts["via"] == "airflow"
    assert "why" not in events[-1].facts["answers"][0], "why it was asked quotes what a model thinks, and the queue has it"


def test_one_file_twice_is_one_answer_also_where_it_was_uploaded_again_later() -> None:
    assert draft(TOLD, ITEMS, ledger(TOLD)) is None
    assert draft(replace(TOLD, answered_at="2026-03-01T00:00:00+00:00"), ITEMS, ledger(TOLD)) is None


def test_who_fills_in_more_of_the_same_file_adds_what_is_new() -> None:
    more = replace(TOLD, answered_at="2026-02-02T00:00:00+00:00", labels={**TOLD.labels, ITEMS[2].item: "neutral"})
    new = draft(more, ITEMS, ledger(TOLD))
    assert new is not None
    assert [one["item"] for one in new.facts["answers"]] == [ITEMS[2].item]


def test_who_thinks_again_is_heard_and_the_old_file_does_not_take_it_back() -> None:
    later = replace(TOLD, answered_at="2026-02-02T00:00:00+00:00", via="airflow", labels={ITEMS[0].item: "neutral"})
    events = ledger(TOLD, later)
    assert [one.label for one in answers(events)] == ["negative", "unclear", "neutral"], "nothing is overwritten"
    assert draft(TOLD, ITEMS, events) is None, "the file lies in the inbox as it did, and is older than the second thought"
    back = replace(TOLD, answered_at="2026-02-03T00:00:00+00:00")
    assert draft(back, ITEMS, events) is not None, "a file that is uploaded after it is a third thought"


def test_another_person_says_it_for_himself() -> None:
    new = draft(replace(TOLD, by=" grace  hopper"), ITEMS, ledger(TOLD))
    assert new is not None
    assert (new.by, len(new.facts["answers"])) == ("person:grace hopper", 2)


def test_an_item_of_another_queue_is_not_taken() -> None:
    assert draft(replace(TOLD, labels={"r0": "positive"}), ITEMS, ()) is None


def test_nobody_and_no_time_are_no_answer() -> None:
    with pytest.raises(PermanentError, match="names nobody"):
        draft(replace(TOLD, by=" "), ITEMS, ())
    for at in ("yesterday", "2026-02-01T10:00:00"):
        with pytest.raises(Refused, match="is no time with an offset"):
            draft(replace(TOLD, answered_at=at), ITEMS, ())
