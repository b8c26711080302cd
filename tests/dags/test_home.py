"""The home of the loop on the web server: what it looks up, and for whom."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from tests.dags.test_pages import PAGE, anonymous, as_role, client, store  # noqa: F401 (fixtures)
from tests.helpers import released
from tests.helpers.votes import day, vote

from reviewloop.adapters.alerts import channel
from reviewloop.adapters.lake import artifacts, s3
from reviewloop.adapters.mlflow import registry
from reviewloop.adapters.mlflow.tags import Tag
from reviewloop.adapters.monitoring import response
from reviewloop.adapters.release import ledger
from reviewloop.adapters.retention import sizes
from reviewloop.config import load_config
from reviewloop.core.monitoring.response.state import Answer
from reviewloop.core.release.events import Draft
from reviewloop.errors import TransientError
from reviewloop.refs import AlertRef
from reviewloop_airflow import home, stores

pytestmark = pytest.mark.contract


def monitored(day: str, key: str, fired: bool, word: str) -> None:
    found = {"fired": fired, "reasons": [word], "num_rows": 200, "live_macro_f1": 0.61, "model_version": "1"}
    store(f"reports/drift/day={day}/{key}/verdict.json", json.dumps(found).encode())
    store(f"reports/drift/day={day}/{key}/report.html", PAGE.format("fail" if fired else "pass", word, word).encode())
    store(f"reports/drift/day={day}/{key}/evidently.html")


def landed(day: str) -> None:
    store(f"landings/reviews/day={day}.json", b"{}")


def test_an_empty_lake_has_a_home(client, mlflow_server):  # noqa: F811
    text = client.get("/").text
    assert '<meta name="verdict" content="none: no champion yet">' in text
    assert '<a href="/reviewloop/reports">All reports</a>' in text


def test_the_newest_days_stand_with_the_newest_word_of_every_gate(client, mlflow_server):  # noqa: F811
    for number in range(1, 10):
        landed(f"2026-01-{number:02d}")
    store("reports/quality/2026-01-09/ab/index.html", PAGE.format("fail", "fail", "old").encode())
    store("reports/quality/2026-01-09/cd/index.html", PAGE.format("pass", "corrected", "new").encode())
    store("reports/counts/2026-01-08/ab/report.json", b'{"verdict": "pass"}')
    text = client.get("/").text
    assert "corrected" in text
    assert 'href="/reviewloop/pages/reports/counts/2026-01-08/ab/report.json"' in text
    assert "?day=2026-01-03" in text
    assert "?day=2026-01-02" not in text, "the newest seven"
    assert client.get("/?day=2026-01-09").text.count(">2026-01-09</a>") == 2


def test_a_monitored_day_is_shown_by_its_newest_verdict(client, mlflow_server):  # noqa: F811
    monitored("2026-01-02", "aa", True, "moved far")
    monitored("2026-01-02", "bb", False, "as before")
    monitored("2026-01-03", "cc", True, "complaints doubled")
    text = client.get("/").text
    assert "2 monitored days, 2026-01-02 to 2026-01-03" in text
    assert "<b>1</b><span>of 2 monitored days moved</span>" in text
    assert "2026-01-03: complaints doubled, 200 reviews, macro-F1 0.610, version 1" in text
    assert "moved far" not in text


def test_what_the_reader_may_not_read_is_not_looked_up(as_role, mlflow_server, monkeypatch):  # noqa: F811
    monitored("2026-01-02", "aa", True, "moved far")
    landed("2026-01-02")
    store("reports/quality/2026-01-02/ab/index.html", PAGE.format("fail", "fail", "secret").encode())
    monkeypatch.setattr("reviewloop_airflow.pages.refusal", lambda kind, user: "no" if kind in ("drift", "quality") else "")
    text = as_role("viewer").get("/reviewloop/").text
    assert "moved far" not in text
    assert "secret" not in text
    assert "Not shown, as your role may not read them: Data quality; Drift and live quality." in text


def test_a_question_waits_until_it_is_answered(client, mlflow_server):  # noqa: F811
    ledger.append(lambda _: Draft("asked", "program:ask", "2", "d", {"shown": "q", "replaces": ""}))
    assert "approve or reject version 2" in client.get("/").text
    asked = ledger.read()[-1]
    ledger.append(lambda _: Draft("rejected", "person:ada", "2", "d", {"asked": asked.sha256, "answered_at": ""}))
    assert "approve or reject version 2" not in client.get("/").text


def alarmed() -> None:
    page = store("reports/alerts/ab/index.html")
    for severity, key in (("warning", "old"), ("critical", "silent")):
        channel.raise_alert(AlertRef(key=key, severity=severity, title=f"{key} <b>", asks=True, page_uri=page))
    channel.raise_alert(AlertRef(key="notice", title="told once"))


def test_open_alerts_stand_the_worst_first_with_their_pages_and_go_when_they_are_over(client, mlflow_server):  # noqa: F811
    alarmed()
    text = client.get("/").text
    assert '<meta name="verdict" content="fail: a critical alert is open">' in text
    assert "<b>2</b><span>open alerts, 2 of them answered by nobody</span>" in text
    assert text.index(">silent &lt;b&gt;</a>") < text.index(">old &lt;b&gt;</a>")
    assert 'href="/reviewloop/pages/reports/alerts/ab/index.html"' in text
    assert "told once" not in text
    for key in ("old", "silent"):
        channel.resolve(key)
    assert "<b>0</b><span>open alerts</span>" in client.get("/").text


def test_the_budget_and_the_last_votes_of_the_version_that_answers_stand_with_their_evidence(client, mlflow_server):  # noqa: F811
    version = released.release(
        artifacts.publish(s3.lake_uri("models", "baseline"), {"model.json": b"{}"}).uri, "", {Tag.JOB_KEY: "ab" * 32}
    )
    page = store("reports/drift/day=2026-01-02/ab/report.html")
    votes = [vote(number, "text", version=version).model_copy(update={"page_uri": page}) for number in range(8)]
    now = datetime.now(UTC)
    asked = Answer(what="training", version=version, through=day(1), at=now, by="monitor", run="r")
    old = asked.model_copy(update={"at": now - timedelta(days=400)})
    response.change(lambda state: (state.with_votes([*votes, vote(9, version="7")]).with_answer(asked).with_answer(old), None))
    text = client.get("/").text
    limits = load_config().response.budget
    assert f"<b>1 of {limits.trainings}</b><span>trainings that drift may start in {limits.window_days:g} days</span>" in text
    shown = text.partition('id="response"')[2].partition("</section>")[0]
    assert shown.count('href="/reviewloop/pages/reports/drift/day=2026-01-02/ab/report.html"') == home.NUM_VOTES
    assert day(7) in shown
    assert day(9) not in shown, "another version's days are no votes on this one"


def test_each_store_has_its_size_and_airflows_database_is_asked_itself(client, mlflow_server):  # noqa: F811
    shown = client.get("/").text.partition('id="stores"')[2].partition("</section>")[0]
    assert "Nobody has measured the lake yet" in shown
    store("raw/a", b"12345")
    at = sizes.measure({}).at
    shown = client.get("/").text.partition('id="stores"')[2].partition("</section>")[0]
    for said in ("lake", "raw", "5 B", at[:16].replace("T", " "), "Airflow&#39;s database"):
        assert said in shown
    assert stores.database_size() > 10_000


def test_alerts_and_budget_are_shown_to_who_may_read_their_pages(as_role, mlflow_server, monkeypatch):  # noqa: F811
    alarmed()
    monkeypatch.setattr("reviewloop_airflow.pages.refusal", lambda kind, user: "no" if kind in ("alerts", "responses") else "")
    text = as_role("viewer").get("/reviewloop/").text
    assert "silent" not in text
    assert "Your role may not read it." in text


def test_while_the_registry_is_away_the_days_are_shown_all_the_same(client, mlflow_server, monkeypatch):  # noqa: F811
    def away() -> str:
        raise TransientError("MLflow: no answer")

    landed("2026-01-09")
    monkeypatch.setattr(registry, "ledger_head", away)
    text = client.get("/").text
    assert '<meta name="verdict" content="warn: not judged">' in text
    assert "MLflow: no answer" in text
    assert "?day=2026-01-09" in text


def test_a_year_of_days_is_listed_once_and_read_once(client, mlflow_server, monkeypatch):  # noqa: F811
    for number in range(1, 29):
        monitored(f"2026-01-{number:02d}", "aa", False, "as before")
    client.get("/")
    reads = []
    read = s3.read_bytes
    monkeypatch.setattr(s3, "read_bytes", lambda uri: reads.append(uri) or read(uri))
    text = client.get("/").text
    assert [uri for uri in reads if "/drift/" in uri] == []
    assert f"{min(28, home.NUM_MARKS)} monitored days" in text
