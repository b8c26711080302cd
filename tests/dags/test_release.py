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

from reviewloop.adapters.lake import places, s3
from reviewloop.adapters.release import ledger
from reviewloop.config import load_config
from reviewloop.core.digests import bytes_digest
from reviewloop.core.release.events import Draft, program
from reviewloop.errors import Refused, Unavailable
from reviewloop.refs import CandidateRef, QuestionRef
from reviewloop_airflow import patience
from reviewloop_airflow.approval import ReleaseApproval
from reviewloop_airflow.release import release_body, release_subject, shown_body, shown_subject

pytestmark = pytest.mark.contract

REPORT = {
    "trigger": "drift: 2026-01-04 | new data",
    "choice": "transformer beats the baseline",
    "comparison": "there is no champion yet",
    "models": {"baseline": {"metrics": {"macro_f1": 0.6612}}, "transformer": {"metrics": {"macro_f1": 0.7034, "accuracy": 0.85}}},
    "gates": [{"name": "floor", "verdict": "pass", "finding": "macro_f1 is 0.70 | fine", "reason": "always positive\nscores 0.29"}],
}


def candidate(uri, page_uri=None):
    named = {"gate_report_uri": uri, "page_uri": page_uri}
    return CandidateRef(version="3", kind="transformer", job_key="k", model_uri="u", macro_f1=0.7034, **named)


def body(lake, page_uri=None):
    uri = s3.write_json(s3.lake_uri("reports/model/k/ab/report.json"), REPORT)
    return release_body(candidate(uri, page_uri))


def test_metrics_of_all_models_stand_side_by_side(lake):
    lines = body(lake).splitlines()
    assert "| on the sealed test part | baseline | transformer |" in lines
    assert "| macro_f1 | 0.661 | 0.703 |" in lines
    assert "| accuracy | - | 0.850 |" in lines


def test_every_gate_is_one_row_whatever_its_words(lake):
    assert "| floor | pass | macro_f1 is 0.70 \\| fine | always positive scores 0.29 |" in body(lake).splitlines()


def test_the_link_goes_to_the_page_where_there_is_one(lake):
    assert "(/reviewloop/pages/reports/model/k/ab/report.json)" in body(lake)
    assert "(/reviewloop/pages/reports/model/k/ab/report.html)" in body(lake, s3.lake_uri("reports/model/k/ab/report.html"))


def test_it_says_why_the_model_was_trained(lake):
    assert "trained because of: drift: 2026-01-04 | new data." in body(lake)


def test_the_question_names_version_kind_and_macro_f1():
    assert release_subject(candidate("r")) == "Release version 3 (transformer, macro-F1 0.703)?"


def test_the_dag_asks_it_and_takes_silence_as_the_configuration_says(dags):
    approve = dags["sentiment_release"].get_task("approve")
    release = load_config().release
    assert (release.on_timeout, approve.defaults) == ("approve", ["Approve"])
    assert approve.response_timeout.total_seconds() == release.approval_timeout_seconds
    assert "shown_subject(" in approve.subject
    assert "shown_body(" in approve.body
    asked = dags["sentiment_release"].get_task("ask").op_kwargs
    assert "release_subject(" in asked["subject"]
    assert "release_body(" in asked["body"]


def kept(lake):
    """A question that was asked, without a model behind it."""
    data = json.dumps({"subject": "Release version 3?", "body": "| a table |"}).encode()
    digest = bytes_digest(data)
    uri = places.shown(digest)
    s3.create(uri, data)
    ledger.append(lambda _: Draft("asked", program("ask"), "3", "d", {"shown": digest, "replaces": ""}))
    return QuestionRef(version="3", uri=uri, digest=digest, replaces=None)


def test_what_was_kept_is_shown_with_the_digest_that_the_answer_is_bound_to(lake, mlflow_server):
    question = kept(lake)
    assert shown_subject(question) == "Release version 3?"
    assert shown_body(question).startswith("| a table |\n\n")
    assert question.digest[:16] in shown_body(question)


def put(dags, stored, monkeypatch):
    """The task, with what Airflow says that it shows."""
    approve = copy.copy(dags["sentiment_release"].get_task("approve"))
    approve.subject, approve.body = "Release version 3?", "the new words"
    sent = []
    comms = SimpleNamespace(send=lambda msg: sent.append(msg) or SimpleNamespace(subject=approve.subject, body=stored))
    monkeypatch.setattr(task_runner, "SUPERVISOR_COMMS", comms, raising=False)
    return approve, sent


def test_the_question_waits_for_an_answer(dags, monkeypatch):
    approve, sent = put(dags, "the new words", monkeypatch)
    with pytest.raises(TaskAwaitingInput):
        approve.execute({"task_instance": SimpleNamespace(id=uuid.uuid4())})
    assert {(message.subject, message.body) for message in sent} == {("Release version 3?", "the new words")}


def test_a_question_in_whose_place_airflow_shows_another_is_not_put(dags, monkeypatch):
    approve, _ = put(dags, "the words of last week", monkeypatch)
    with pytest.raises(Refused, match="still shows the question that was asked here first"):
        approve.execute({"task_instance": SimpleNamespace(id=uuid.uuid4())})


WHEN = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
ADA = {"id": "7", "name": "ada"}


@pytest.mark.parametrize(
    ("event", "kind", "by", "note"),
    [
        ({"chosen_options": ["Approve"], "responded_by_user": ADA}, "approved", "person:ada", ""),
        ({"chosen_options": ["Reject"], "responded_by_user": ADA}, "rejected", "person:ada", ""),
        ({"chosen_options": ["Approve"], "responded_by_user": None}, "approved", "nobody", "within 2 s: approved by timeout"),
        ({"error": "no answer", "error_type": "timeout"}, "unanswered", "nobody", "within 2 s"),
    ],
)
def test_every_answer_is_in_the_ledger_before_anything_follows(dags, lake, mlflow_server, monkeypatch, event, kind, by, note):
    question = kept(lake)
    approve = dags["sentiment_release"].get_task("approve")
    monkeypatch.setattr(ReleaseApproval, "skip", lambda *_, **__: None)
    context = {"ti": SimpleNamespace(xcom_pull=lambda task_ids: {"ask": question}[task_ids]), "task": approve}
    told = event if "error" in event else {**event, "responded_at": WHEN, "params_input": {}}
    if "error" in event:
        with pytest.raises(HITLTimeoutError):
            approve.execute_complete(context, told)
    else:
        approve.execute_complete(context, told)
    last = ledger.read()[-1]
    assert (last.kind, last.by, last.version) == (kind, by, "3")
    assert last.facts["note"].endswith(note)
    assert last.facts["answered_at"] == ("" if "error" in event else "2026-01-02T03:04:00+00:00")


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
