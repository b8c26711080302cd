"""The form in which people answer a queue."""

import copy
import uuid
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from airflow.sdk.exceptions import AirflowSkipException, TaskAwaitingInput
from airflow.sdk.execution_time import task_runner
from tests.helpers.annotated import reviews, snapshot
from tests.helpers.fake_edges import World, enter

from reviewloop.adapters.annotation import queues
from reviewloop.adapters.lake import artifacts, frames
from reviewloop.adapters.release import ledger
from reviewloop.config import load_config
from reviewloop.core.annotation.items import LABELS, Item, item_id
from reviewloop.errors import Refused, Unavailable
from reviewloop_airflow import annotation, patience
from reviewloop_airflow.annotation import QueueForm

WHEN = datetime(2026, 2, 1, 10, tzinfo=UTC)
ADA = {"id": "7", "name": "ada"}


@pytest.fixture
def queue(monkeypatch):
    """A queue of three texts in a lake and a registry in memory."""
    enter(World(), monkeypatch)
    train = reviews(20)
    train.loc[1, "text"] = "**bold** [link](javascript:alert(1)) <img src=x>"
    uri = snapshot(train)
    assert frames.from_parquet(artifacts.open_artifact(uri).read("train.parquet"))["text"][1].startswith("**bold**")
    items = [
        Item(item_id(row.day, row.review_id, row.text_digest), row.day, row.review_id, row.text_digest, "unsure", "positive", "why")
        for row in train.head(3).itertuples()
    ]
    made = queues.publish(uri, items, load_config().annotation.guideline, None)
    queues.show(made)
    return made


def put(dags, queue, monkeypatch, earlier=None):
    """The task and its context, with what Airflow says that it shows; and what it was told."""
    form = copy.copy(dags["reviews_annotate"].get_task("answer_queue"))
    sent = []

    def send(msg):
        sent.append(msg)
        shown = {"subject": msg.subject, "body": msg.body, "params": msg.params}
        return SimpleNamespace(**{**shown, **(earlier or {})})

    monkeypatch.setattr(task_runner, "SUPERVISOR_COMMS", SimpleNamespace(send=send), raising=False)
    pulled = SimpleNamespace(xcom_pull=lambda task_ids: {"propose_queue": queue.ref}[task_ids])
    return form, sent, {"task_instance": SimpleNamespace(id=uuid.uuid4()), "ti": pulled}


def answer(form, context, **event):
    told = {"chosen_options": [QueueForm.KEEP], "params_input": {}, "responded_at": WHEN, "responded_by_user": ADA}
    return form.execute_complete(context, {**told, **event})


def test_each_text_has_a_field_that_may_stay_empty_and_nothing_says_what_is_thought_of_it(dags, queue, monkeypatch):
    form, sent, context = put(dags, queue, monkeypatch)
    with pytest.raises(TaskAwaitingInput) as waits:
        form.execute(context)
    assert waits.value.timeout.total_seconds() == load_config().annotation.wait_seconds
    message = sent[0]
    assert message.options == ["Keep these labels", "Not now"]
    assert message.defaults is None, "nobody's silence is a label"
    assert list(message.params) == [item.item for item in queue.items]
    for number, (shown, field) in enumerate(zip(queues.with_words(queue), message.params.values(), strict=True), 1):
        schema = field["schema"]
        assert (field["value"], schema["type"], schema["enum"]) == (None, ["null", "string"], [*LABELS, None])
        assert schema["title"] == f"{number}. {shown.title}".strip()
        assert field["description"] == shown.text, "plain text: no mark of it comes alive"
    told = f"{message.subject}\n{message.body}"
    assert message.subject == "Which sentiment do these 3 texts have?"
    assert all(rule.split(":")[0] in told for rule in load_config().annotation.guideline.rules)
    assert f"(/reviewloop/pages/reports/annotation/queue={queue.name}/index.html)" in told
    assert "why" not in str(message.params)


def test_an_answer_is_in_the_ledger_with_who_and_when(dags, queue, monkeypatch):
    form, _, context = put(dags, queue, monkeypatch)
    first, second, third = (item.item for item in queue.items)
    answer(form, context, params_input={first: "negative", second: None, third: "unclear"})
    event = ledger.read()[-1]
    assert (event.kind, event.by, event.facts["via"], event.facts["answered_at"]) == (
        "annotated", "person:ada", "airflow", "2026-02-01T10:00:00+00:00",
    )  # fmt: skip
    assert {one["item"]: one["label"] for one in event.facts["answers"]} == {first: "negative", third: "unclear"}
    answer(form, context, params_input={first: "negative", second: None, third: "unclear"})
    assert len(ledger.read()) == 1


@pytest.mark.parametrize(
    "event",
    [
        {"chosen_options": [QueueForm.LATER]},
        {"error": "no answer", "error_type": "timeout"},
    ],
)
def test_silence_and_not_now_are_skipped_and_say_nothing(dags, queue, monkeypatch, event):
    form, _, context = put(dags, queue, monkeypatch)
    with pytest.raises(AirflowSkipException, match="asked again with the next queue"):
        answer(form, context, params_input={queue.items[0].item: "negative"}, **event)
    assert ledger.read() == ()


@pytest.mark.parametrize(
    ("event", "why"),
    [
        ({"params_input": {"r0": "negative"}}, "the answer names 'r0', which this queue does not ask: clear the task"),
        ({"params_input": {"": "fine"}}, "names ''"),
        ({"responded_by_user": None}, "Airflow does not tell who answered"),
        ({"responded_by_user": {"id": "1", "name": " "}}, "names nobody"),
    ],
)
def test_what_is_no_answer_is_refused_and_nothing_is_kept(dags, queue, monkeypatch, event, why):
    form, _, context = put(dags, queue, monkeypatch)
    given = {"params_input": {queue.items[0].item: "negative"}, **event}
    with pytest.raises(Refused, match=why):
        answer(form, context, **given)
    assert ledger.read() == ()


def test_another_word_than_the_four_is_refused(dags, queue, monkeypatch):
    form, _, context = put(dags, queue, monkeypatch)
    with pytest.raises(Refused, match="label 'great' is none of"):
        answer(form, context, params_input={queue.items[0].item: "great"})


@pytest.mark.parametrize("earlier", [{"subject": "another"}, {"params": {}}])
def test_a_queue_in_whose_place_airflow_shows_another_is_not_put(dags, queue, monkeypatch, earlier):
    form, _, context = put(dags, queue, monkeypatch, earlier)
    with pytest.raises(Refused, match="Airflow still shows the queue that was asked here first"):
        form.execute(context)


def test_the_lake_is_insisted_on_once_somebody_has_answered(dags, queue, monkeypatch):
    """A task that began anew would ask again, and the answer would be gone."""
    form, _, context = put(dags, queue, monkeypatch)
    outcomes = [Unavailable("no answer from AWS")]
    record = annotation.record_labels

    def at_first_away(*arguments):
        if outcomes:
            raise outcomes.pop()
        return record(*arguments)

    monkeypatch.setattr(annotation, "record_labels", at_first_away)
    monkeypatch.setattr(patience.time, "sleep", lambda seconds: None)
    answer(form, context, params_input={queue.items[0].item: "negative"})
    assert len(ledger.read()) == 1
