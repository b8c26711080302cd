"""The home of the loop on the web server: what it looks up, and for whom."""

import json

import pytest
from tests.dags.test_pages import PAGE, anonymous, as_role, client, store  # noqa: F401 (fixtures)

from reviewloop.adapters.lake import s3
from reviewloop.adapters.mlflow import registry
from reviewloop.adapters.release import ledger
from reviewloop.core.release.events import Draft
from reviewloop.errors import TransientError
from reviewloop_airflow import home

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
