"""What the person who approves a release is shown."""

import copy
import json
import uuid
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from airflow.providers.standard.exceptions import HITLTimeoutError
from airflow.sdk import DAG
from airflow.sdk.exceptions import TaskAwaitingInput
from airflow.sdk.execution_time import task_runner
from tests.helpers.fake_edges import World, enter

from reviewloop.adapters.lake import artifacts, places, s3
from reviewloop.adapters.mlflow.candidates import candidate_of
from reviewloop.adapters.mlflow.tags import Tag
from reviewloop.adapters.release import ledger
from reviewloop.adapters.release.registration import register_version
from reviewloop.config import load_config
from reviewloop.core.digests import bytes_digest
from reviewloop.core.release.events import Draft, program
from reviewloop.errors import Refused, Unavailable
from reviewloop.refs import QuestionRef
from reviewloop.steps.release.record_answer import record_answer
from reviewloop.steps.release.set_automation import set_automation
from reviewloop_airflow import patience
from reviewloop_airflow.approval import ReleaseApproval
from reviewloop_airflow.release import release_body, release_subject, shown_body, shown_subject

REPORT = {
    "candidate": "transformer",
    "trigger": "drift: 2026-01-04 | new data",
    "comparison": "there is no champion yet",
    "models": {"baseline": {"metrics": {"macro_f1": 0.6612}}, "transformer": {"metrics": {"macro_f1": 0.7034, "accuracy": 0.85}}},
    "gates": [
        {"name": "floor", "verdict": "warn", "finding": "macro_f1 is 0.70 | fine", "reason": "always positive\nscores 0.29",
         "metric": "macro_f1_low", "asked": "at least 0.55", "mode": "warn", "blocks": False}
    ],
}  # fmt: skip


@pytest.fixture
def world(monkeypatch):
    """S3 and the registry, in memory."""
    return enter(World(), monkeypatch)


@pytest.fixture
def candidate(world):
    """A registered version with its gates' report."""
    made = artifacts.publish(s3.lake_uri("models", "transformer"), {"model.json": b"{}"})
    report = s3.write_json(s3.lake_uri("reports/model/k/ab/report.json"), REPORT)
    tags = {
        Tag.JOB_KEY: "k", Tag.KIND: "transformer", Tag.MACRO_F1: "0.7034", Tag.GATE_REPORT_URI: report, Tag.GIT_DIRTY: "true",
        Tag.GIT_COMMIT: "abcdef", Tag.TRAINED_BY: "grace", Tag.MODEL_DIGEST: made.digest,
        Tag.GATE_PAGE_URI: s3.lake_uri("reports/model/k/ab/report.html"),
    }  # fmt: skip
    return candidate_of(register_version(made.uri, "run", tags))


def test_the_question_is_gathered_from_registry_ledger_and_lake(candidate):
    facts = {"verdict": "refused", "refused_by": "fresh_data", "job_key": "k", "against": "", "gates_digest": "g", "report_uri": ""}
    digest = artifacts.open_artifact(candidate.model_uri).digest
    ledger.append(lambda _: Draft("judged", program("gate_model"), None, digest, facts))
    assert release_subject(candidate) == "Release version 1 (transformer, macro-F1 0.703), the first of all?"
    told = release_body(candidate)
    assert "trained because of: drift: 2026-01-04 \\| new data, started by grace, would be the first champion." in told
    assert "refused by fresh\\_data." in told
    assert "**The code was not committed**" in told
    assert "| **warn** | floor | macro\\_f1 is 0.70 \\| fine | at least 0.55 | always positive scores 0.29 |" in told
    assert "[The whole report](/reviewloop/pages/reports/model/k/ab/report.html)" in told
    assert "**The loop releases it 2 seconds after this is asked**" in told
    assert "model card" not in told
    for event in ("00000007", "00000012"):
        s3.write_json(s3.lake_uri("reports/cards/version=1", event, "card.html"), {})
    assert "[Its model card](/reviewloop/pages/reports/cards/version=1/00000012/card.html)" in release_body(candidate)
    alone = candidate.model_copy(update={"page_uri": None})
    assert "(/reviewloop/pages/reports/model/k/ab/report.json)" in release_body(alone)


def test_the_dag_asks_with_three_answers_and_a_reason(dags):
    approve = dags["sentiment_release"].get_task("approve")
    assert approve.options == ["Approve", "Send back", "Reject"]
    assert approve.serialized_params["reason"]["schema"]["type"] == ["null", "string"], "or the buttons stay grey for a yes"
    assert "shown_subject(" in approve.subject
    assert "shown_body(" in approve.body
    asked = dags["sentiment_release"].get_task("ask").op_kwargs
    assert "release_subject(" in asked["subject"]
    assert "release_body(" in asked["body"]


LOOPS = {"level": "full", "decides": "loop", "proposal": "ask"}


def kept():
    """A question that was asked, without a model behind it."""
    data = json.dumps({"subject": "Release version 3?", "body": "| a table |"}).encode()
    digest = bytes_digest(data)
    uri = places.shown(digest)
    s3.create(uri, data)
    ledger.append(lambda _: Draft("asked", program("ask"), "3", "d", {"shown": digest, "replaces": "", **LOOPS}))
    return QuestionRef(version="3", uri=uri, digest=digest, replaces=None)


def test_what_was_kept_is_shown_with_the_digest_that_the_answer_is_bound_to(world):
    question = kept()
    assert shown_subject(question) == "Release version 3?"
    assert shown_body(question).startswith("| a table |\n\n")
    assert question.digest[:16] in shown_body(question)


def put(dags, question, stored, monkeypatch):
    """The task, with what Airflow says that it shows; and what it was told of the question."""
    approve = copy.copy(dags["sentiment_release"].get_task("approve"))
    approve.subject, approve.body = "Release version 3?", "the new words"
    sent = []
    comms = SimpleNamespace(send=lambda msg: sent.append(msg) or SimpleNamespace(subject=approve.subject, body=stored))
    monkeypatch.setattr(task_runner, "SUPERVISOR_COMMS", comms, raising=False)
    return (
        approve,
        sent,
        {"task_instance": SimpleNamespace(id=uuid.uuid4()), "ti": SimpleNamespace(xcom_pull=lambda task_ids: question)},
    )


def test_the_question_waits_for_an_answer_and_silence_is_yes_where_the_loop_decides(dags, world, monkeypatch):
    approve, sent, context = put(dags, kept(), "the new words", monkeypatch)
    with pytest.raises(TaskAwaitingInput) as waits:
        approve.execute(context)
    assert {(message.subject, message.body) for message in sent} == {("Release version 3?", "the new words")}
    assert {tuple(message.defaults) for message in sent} == {("Approve",)}
    assert waits.value.timeout.total_seconds() == load_config().release.objection_seconds


def test_silence_is_no_yes_once_the_level_is_lowered(dags, world, monkeypatch):
    question = kept()
    set_automation("assisted", "ada", "a bad week")
    approve, sent, context = put(dags, question, "the new words", monkeypatch)
    with pytest.raises(TaskAwaitingInput) as waits:
        approve.execute(context)
    assert {message.defaults for message in sent} == {None}
    assert waits.value.timeout.total_seconds() == load_config().release.approval_timeout_seconds


def test_a_question_in_whose_place_airflow_shows_another_is_not_put(dags, world, monkeypatch):
    approve, _, context = put(dags, kept(), "the words of last week", monkeypatch)
    with pytest.raises(Refused, match="still shows the question that was asked here first"):
        approve.execute(context)


def test_a_question_that_was_answered_is_not_put(dags, world, monkeypatch):
    question = kept()
    record_answer(question, "approved", "ada", ledger.now())
    approve, sent, context = put(dags, question, "the new words", monkeypatch)
    with pytest.raises(Refused, match="version 3 was approved by person:ada"):
        approve.execute(context)
    assert sent == []


WHEN = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
ADA = {"id": "7", "name": "ada"}


@pytest.mark.parametrize(
    ("event", "kind", "by", "note"),
    [
        ({"chosen_options": ["Approve"], "responded_by_user": ADA}, "approved", "person:ada", ""),
        (
            {"chosen_options": ["Reject"], "responded_by_user": ADA, "params_input": {"reason": "too old"}},
            "rejected",
            "person:ada",
            "",
        ),
        (
            {"chosen_options": ["Send back"], "responded_by_user": ADA, "params_input": {"reason": "too old"}},
            "sent_back",
            "person:ada",
            "",
        ),
        ({"chosen_options": ["Approve"], "responded_by_user": None}, "approved", "nobody", "within 2 s: approved by timeout"),
        ({"error": "no answer", "error_type": "timeout"}, "unanswered", "nobody", "within 604800 s"),
    ],
)
def test_every_answer_is_in_the_ledger_before_anything_follows(dags, world, monkeypatch, event, kind, by, note):
    question = kept()
    approve = dags["sentiment_release"].get_task("approve")
    monkeypatch.setattr(ReleaseApproval, "skip", lambda *_, **__: None)
    context = {"ti": SimpleNamespace(xcom_pull=lambda task_ids: {"ask": question}[task_ids]), "task": approve}
    told = event if "error" in event else {"params_input": {}, **event, "responded_at": WHEN}
    if "error" in event:
        with pytest.raises(HITLTimeoutError):
            approve.execute_complete(context, told)
    else:
        approve.execute_complete(context, told)
    last = ledger.read()[-1]
    assert (last.kind, last.by, last.version) == (kind, by, "3")
    assert last.facts["note"].endswith(note)
    assert last.facts["reason"] == ("too old" if kind in ("rejected", "sent_back") else "")
    assert last.facts["level"] == "full"
    assert last.facts["answered_at"] == ("" if "error" in event else "2026-01-02T03:04:00+00:00")


def test_a_no_without_a_reason_fails_the_task_and_releases_nothing(dags, world, monkeypatch):
    question = kept()
    approve = dags["sentiment_release"].get_task("approve")
    context = {"ti": SimpleNamespace(xcom_pull=lambda task_ids: question), "task": approve}
    event = {"chosen_options": ["Reject"], "responded_by_user": ADA, "responded_at": WHEN, "params_input": {"reason": None}}
    with pytest.raises(Refused, match="reason: is empty; .*Clear `approve` to ask again"):
        approve.execute_complete(context, event)


def test_the_question_s_words_are_insisted_on_while_the_lake_is_away(monkeypatch):
    """A task that began anew after the answer would ask again."""
    outcomes = [Unavailable("read the question: no answer from AWS"), "the words"]

    def shown(question):
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr(patience.time, "sleep", lambda seconds: None)
    with DAG("d", schedule=None, user_defined_macros={"shown": shown}):
        approve = ReleaseApproval(task_id="approve", subject="{{ shown(1) }}", body="as it is")
    approve.render_template_fields({})
    assert (approve.subject, approve.body, outcomes) == ("the words", "as it is", [])
