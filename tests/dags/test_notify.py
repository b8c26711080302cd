"""Who is told of what, by which target, and what happens where one is away."""

import asyncio
import json
import logging
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from reviewloop.adapters.alerts import channel
from reviewloop.core.alerts.book import Message, undelivered
from reviewloop.errors import ModelRejected, PermanentError, Unavailable
from reviewloop.refs import AlertRef, CuratedRef
from reviewloop_airflow import alerts, notify
from reviewloop_airflow.notify import failure_line, notify_failure, notify_success, notify_warnings

CURATED = CuratedRef(day="2026-01-02", batch="b", uri="u", digest="d", num_landed=3, num_rows=2, num_quarantined=1)
INSTANCE = SimpleNamespace(dag_id="reviews_ingest", task_id="validate", run_id="r1", log_url="http://web/log", map_index=-1)
TASK = SimpleNamespace(op_args=(CURATED,), op_kwargs={})


def failed(error: Exception | None = None, **other: Any) -> dict[str, Any]:
    return {"ti": INSTANCE, "task": TASK, "exception": error or ValueError("two\nlines"), **other}


class Chat:
    """A target that the variable ``CHAT`` names; ``away`` is raised instead of listening."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.away: Exception | None = None

    def tell(self, value: str, message: Message) -> None:
        if self.away:
            raise self.away
        self.heard.append(notify.subject(message))


@pytest.fixture
def chat(monkeypatch: pytest.MonkeyPatch) -> Chat:
    made = Chat()
    monkeypatch.setattr(notify, "TARGETS", {"CHAT": made.tell})
    monkeypatch.setattr(notify, "ESCALATED", {})
    monkeypatch.setenv("CHAT", "https://hook.example/secret")
    return made


def test_a_failure_is_one_line_with_the_day_and_the_reason() -> None:
    assert failure_line(failed()) == "FAILED reviews_ingest.validate day=2026-01-02 run=r1: two lines (http://web/log)"


@pytest.mark.contract
def test_a_failure_is_told_once_and_is_over_when_the_same_task_succeeds_for_the_day(lake: str, chat: Chat) -> None:
    for _ in range(3):
        notify_failure(failed())
    assert chat.heard == ["[critical] reviews_ingest.validate failed for 2026-01-02"]
    another = SimpleNamespace(op_args=(CURATED.model_copy(update={"day": "2026-01-03"}),), op_kwargs={})
    notify_success({"ti": INSTANCE, "task": another})
    assert len(chat.heard) == 1, "another day mends nothing"
    notify_success({"ti": INSTANCE, "task": TASK})
    notify_success({"ti": INSTANCE, "task": TASK})
    assert chat.heard[1:] == ["[critical] over: reviews_ingest.validate failed for 2026-01-02"]


@pytest.mark.contract
def test_a_gate_that_refuses_speaks_through_the_same_channel_with_its_page(lake: str, chat: Chat) -> None:
    notify_failure(failed(ModelRejected("floor", "0.4 is under 0.55", "s3://lake/reports/model/ab/report.html")))
    assert chat.heard == ["[warning] reviews_ingest.validate refused for 2026-01-02"]
    (message,) = channel.read().messages
    assert message.page_uri == "s3://lake/reports/model/ab/report.html"
    assert "floor: 0.4 is under 0.55" in message.lines[0]


@pytest.mark.contract
def test_what_a_run_warns_of_is_one_message(lake: str, chat: Chat) -> None:
    notify_warnings({"ti": INSTANCE}, [])
    for _ in range(2):
        notify_warnings({"ti": INSTANCE}, [f"column {number} moved" for number in range(40)])
    assert chat.heard == ["[warning] reviews_ingest.validate warns"]
    assert channel.read().messages[0].lines[-1] == "and 30 more, on its page"


@pytest.mark.contract
def test_a_target_that_is_away_is_told_with_the_next_task_that_ends(
    lake: str, chat: Chat, caplog: pytest.LogCaptureFixture
) -> None:
    chat.away = ConnectionError("no route to https://hook.example/secret")
    notify_failure(failed())
    assert [one.failed for one in undelivered(channel.read())] == [{"CHAT": "ConnectionError"}]
    assert "secret" not in caplog.text
    chat.away = None
    notify_success({"ti": SimpleNamespace(**vars(INSTANCE) | {"task_id": "another"}), "task": TASK})
    assert chat.heard == ["[critical] reviews_ingest.validate failed for 2026-01-02"]
    assert undelivered(channel.read()) == []


def test_where_the_lake_is_away_the_targets_are_told_all_the_same(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_: Any) -> None:
        raise Unavailable("no answer from AWS")

    monkeypatch.setattr(channel, "raise_alert", away)
    notify_failure(failed())
    assert chat.heard == ["[critical] reviews_ingest.validate failed for 2026-01-02"]
    chat.away = ConnectionError("x")
    notify_failure(failed())


def test_where_the_book_is_away_a_task_that_succeeded_has(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(*_: Any) -> None:
        raise Unavailable("no answer from AWS")

    monkeypatch.setattr(channel, "resolve", away)
    with caplog.at_level(logging.ERROR):
        notify_success({"ti": INSTANCE, "task": TASK})
    assert "could not be brought up to date" in caplog.text


@pytest.mark.parametrize("task_id", sorted(notify.LOOKS_AFTER))
def test_after_what_moves_the_ledger_or_decides_of_drift_it_is_looked_at_once(
    task_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []
    monkeypatch.setattr(channel, "resolve", lambda *_: None)
    monkeypatch.setattr(notify, "deliver", lambda: looked.append("told"))
    monkeypatch.setattr(notify, "look", lambda: looked.append("looked"))
    notify_success({"ti": INSTANCE, "task": TASK})
    assert looked == ["told"]
    notify_success({"ti": SimpleNamespace(**vars(INSTANCE) | {"task_id": task_id}), "task": TASK})
    assert looked == ["told", "looked", "told"]


def test_there_are_such_tasks(dags: dict[str, Any]) -> None:
    assert {task.task_id for dag in dags.values() for task in dag.tasks} >= notify.LOOKS_AFTER


MESSAGE = Message(
    number=1, key="k", word="escalated", severity="critical", title="Version 2 <waits> {{ 1 + 1 }}", lines=("a <line>", "two"),
    page_uri="", at=channel.now(),
)  # fmt: skip


def test_a_topic_is_told_text_and_no_template(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr(
        "airflow.providers.amazon.aws.hooks.sns.SnsHook.publish_to_target", lambda self, **message: sent.append(message)
    )
    notify.TARGETS["REVIEWLOOP_SNS_TOPIC"]("arn:aws:sns:eu-west-1:1:topic", MESSAGE)
    subject = "[critical] nobody answered: Version 2 <waits> {{ 1 + 1 }}"
    told = {"subject": subject, "message": "a <line>\ntwo", "message_attributes": None}
    assert sent == [{"target_arn": "arn:aws:sns:eu-west-1:1:topic", **told}]


def test_mail_goes_by_airflows_connection_and_no_tag_of_it_is_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[dict[str, Any]] = []
    server = SimpleNamespace(from_email="loop@shop.example", send_email_smtp=lambda **mail: sent.append(mail))
    hook = {"default_conn_name": "smtp_default", "__init__": lambda self, **_: None, "__enter__": lambda self: server}
    made = type("Hook", (), {**hook, "__exit__": lambda self, *_: None})
    monkeypatch.setattr("airflow.providers.smtp.notifications.smtp.SmtpHook", made)
    notify.TARGETS["REVIEWLOOP_ALERT_MAIL"]("ada@shop.example, bob@shop.example", MESSAGE)
    (mail,) = sent
    assert mail["to"] == ["ada@shop.example", "bob@shop.example"]
    assert mail["from_email"] == "loop@shop.example"
    assert mail["html_content"] == "<pre>a &lt;line&gt;\ntwo</pre>"


@pytest.mark.parametrize("status", [200, 500])
def test_a_chat_is_posted_json_and_a_refusal_is_an_error(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(status)

    def post(url: str, **kwargs: Any) -> httpx.Response:
        assert kwargs.pop("timeout") == 10
        return httpx.Client(transport=httpx.MockTransport(answer)).post(url, **kwargs)

    monkeypatch.setattr(httpx, "post", post)
    if status == 500:
        with pytest.raises(httpx.HTTPStatusError):
            notify.TARGETS["REVIEWLOOP_ALERT_WEBHOOK"]("https://hook.example/x", MESSAGE)
        return
    notify.ESCALATED["REVIEWLOOP_ESCALATION_WEBHOOK"]("https://hook.example/x", MESSAGE)
    told = json.loads(asked[0].read())
    assert told["text"] == "[critical] nobody answered: Version 2 <waits> {{ 1 + 1 }}\na <line>\ntwo"
    assert (told["severity"], told["key"], told["word"]) == ("critical", "k", "escalated")


def test_a_message_leads_to_its_page(lake: str) -> None:
    page = MESSAGE.model_copy(update={"page_uri": f"s3://{lake}/reports/model/ab/report.html"})
    assert notify.text(page).splitlines()[-1] == "http://localhost:8080/reviewloop/pages/reports/model/ab/report.html"


class Deadline:
    """What the lake says when a deadline has passed."""

    def __init__(self) -> None:
        self.silence: AlertRef | None = AlertRef(key="monitor/silent", title="No day was monitored for 26 hours", asks=True)
        self.told: list[str] = []


@pytest.fixture
def deadline(monkeypatch: pytest.MonkeyPatch) -> Deadline:
    made = Deadline()
    monkeypatch.setattr(alerts, "silence", lambda: made.silence)
    monkeypatch.setattr(alerts, "tell", lambda found: made.told.append(found.key))
    return made


def missed(state: str) -> dict[str, Any]:
    """The context that Airflow's scheduler hands to a deadline's callback."""
    return {"dag_run": {"dag_run_id": "scheduled__1", "state": state}, "deadline": {"id": "x", "deadline_time": "t"}}


def test_a_night_that_is_not_over_after_26_hours_is_told(deadline: Deadline) -> None:
    asyncio.run(alerts.no_monitor(missed("running")))
    assert deadline.told == ["monitor/silent"]


@pytest.mark.parametrize("state", ["failed", "success"])
def test_a_run_that_is_over_is_told_nothing_of_by_its_deadline(state: str, deadline: Deadline) -> None:
    asyncio.run(alerts.no_monitor(missed(state)))
    assert deadline.told == [], "apache/airflow#60927"


def test_a_late_run_tells_nothing_while_other_days_are_monitored(deadline: Deadline) -> None:
    deadline.silence = None
    asyncio.run(alerts.no_monitor(missed("running")))
    assert deadline.told == []


def test_the_nightly_dag_has_the_deadline_and_the_triggerer_can_import_its_callback(dags: dict[str, Any]) -> None:
    from airflow.sdk._shared.module_loading import import_string
    from airflow.serialization.serialized_objects import DagSerialization

    from reviewloop.config import load_config

    (found,) = dags["reviews_ingest"].deadline
    assert found.interval.total_seconds() == load_config().alerts.silent_hours * 3600
    assert import_string(found.callback.path) is alerts.no_monitor
    assert DagSerialization.to_dict(dags["reviews_ingest"])["dag"]["deadline"]


@pytest.mark.contract
def test_tending_tells_first_what_waits_though_the_rest_is_away(lake: str, chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    channel.raise_alert(AlertRef(key="k", title="something", asks=True))

    def away() -> int:
        raise PermanentError("ledger: event 3 is missing")

    monkeypatch.setattr(alerts, "look_for_alerts", away)
    with pytest.raises(PermanentError):
        alerts.tend_alerts()
    assert chat.heard == ["[warning] something"]
