"""The page of the ledger on the web server."""

import pytest
from tests.dags.test_pages import anonymous, as_role, client  # noqa: F401 (fixtures)

from reviewloop.adapters.lake import places, s3
from reviewloop.adapters.release import ledger
from reviewloop.core.release.events import object_name
from reviewloop.errors import TransientError
from reviewloop_airflow import stories
from reviewloop_local.bench_trace import stories as made

pytestmark = pytest.mark.contract


def tell():
    made.lay(made.chain(draft for _, drafts in made.versions(3, {}, []) for draft in drafts))


def test_every_story_stands_on_the_page_with_its_report(client):  # noqa: F811
    tell()
    text = client.get("/ledger").text
    assert "version 1 answers" in text
    assert "refused" in text
    assert "rejected" in text
    assert 'href="/reviewloop/pages/reports/model/' in text
    assert '/report.html">passed its gates</a>' in text


def test_a_broken_ledger_is_told_and_one_that_is_away_is_no_page(client, monkeypatch):  # noqa: F811
    tell()
    s3.write_bytes(places.ledger(object_name(2)), b"{}")
    assert "event 00000002.json is not an event as it was written" in client.get("/ledger").text

    def away():
        raise TransientError("S3: away")

    monkeypatch.setattr(ledger, "read_unwitnessed", away)
    assert client.get("/ledger").status_code == 503


def test_it_is_for_those_who_may_read_releases(client, monkeypatch):  # noqa: F811
    monkeypatch.setattr("reviewloop_airflow.pages.refusal", lambda kind, user: "" if kind != stories.KIND else "ask an admin")
    assert client.get("/ledger").status_code == 403


def test_a_stranger_has_to_log_in(anonymous):  # noqa: F811
    assert anonymous.get("/reviewloop/ledger").status_code == 401
