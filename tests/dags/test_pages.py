"""The report pages of the web server: what is shown, what is not, and to whom."""

import pytest
from fastapi.testclient import TestClient

from reviewloop.adapters.lake import s3
from reviewloop.errors import TransientError

pytestmark = pytest.mark.contract


@pytest.fixture
def anonymous(airflow_db, lake):
    """A client of the mounted app as Airflow mounts it, with Airflow's own authentication."""
    from airflow.api_fastapi.app import create_app

    with TestClient(create_app(apps="core"), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def client(lake):
    """A client that is logged in."""
    from airflow.api_fastapi.core_api.security import get_user

    from reviewloop_airflow.pages import app

    app.dependency_overrides[get_user] = lambda: "someone"
    yield TestClient(app)
    app.dependency_overrides.clear()


def store(key, data=b"<h1>Report</h1>"):
    return s3.write_bytes(s3.lake_uri(key), data)


def test_a_stranger_gets_401_with_a_way_in(anonymous):
    store("reports/quality/a/index.html")
    for path in ("/reviewloop/", "/reviewloop/pages/reports/quality/a/index.html", "/reviewloop/pages/reports/none.html"):
        assert anonymous.get(path).status_code == 401
        page = anonymous.get(path, headers={"Accept": "text/html"})
        assert page.status_code == 401
        assert "Log in to Airflow" in page.text
    assert anonymous.get("/reviewloop/", headers={"Authorization": "Bearer forged"}).status_code in {401, 403}


def test_a_person_with_a_session_cookie_or_a_token_is_let_in(anonymous):
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

    store("reports/quality/a/index.html")
    token = get_auth_manager().generate_jwt(SimpleAuthManagerUser(username="admin", role="admin"))
    path = "/reviewloop/pages/reports/quality/a/index.html"
    assert anonymous.get(path, headers={"Authorization": f"Bearer {token}"}).text == "<h1>Report</h1>"
    assert anonymous.get(path, headers={"Cookie": f"_token={token}"}).text == "<h1>Report</h1>"


def test_a_page_comes_with_its_type_and_in_a_sandbox(client):
    store("reports/drift/day=2026-01-02/ab/report.html")
    answer = client.get("/pages/reports/drift/day=2026-01-02/ab/report.html")
    assert answer.content == b"<h1>Report</h1>"
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["content-security-policy"].startswith("sandbox ")
    assert "allow-same-origin" not in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("name", "kind"), [("a.json", "application/json"), ("a.png", "image/png"), ("a", "application/octet-stream")]
)
def test_the_type_follows_the_name(client, name, kind):
    store(f"reports/x/{name}", b"{}")
    assert client.get(f"/pages/reports/x/{name}").headers["content-type"] == kind


@pytest.mark.parametrize(
    "path",
    [
        "raw/secret.csv", "reports", "reports/", "reports/../raw/secret.csv", "reports/%2e%2e/raw/secret.csv",
        "reports//x", "reports/%2e/x", "reportsx/secret.csv", "%2freports/x", "reports/absent.html",
    ],
)  # fmt: skip
def test_nothing_but_reports_is_served(client, path):
    for key in ("raw/secret.csv", "reportsx/secret.csv", "reports/../raw/secret.csv"):
        store(key, b"secret")
    answer = client.get(f"/pages/{path}")
    assert answer.status_code == 404
    assert "secret" not in answer.text


def test_while_s3_is_away_the_page_says_so(client, monkeypatch):
    def away(uri):
        raise TransientError("look up: no answer from AWS")

    monkeypatch.setattr(s3, "exists", away)
    answer = client.get("/pages/reports/x/a.html")
    assert (answer.status_code, answer.json()["detail"]) == (503, "look up: no answer from AWS")


def test_the_index_lists_pages_by_room_and_hides_the_machinery(client):
    store("reports/quality/2026-01-02/ab/index.html")
    store("reports/quality/2026-01-02/ab/report.json", b"{}")
    store("reports/quality/2026-01-02/ab/_manifest.json", b"{}")
    store("reports/releases/version=1.json", b"{}")
    store("reports/other/<b>.html")
    text = client.get("/").text
    assert 'href="/reviewloop/pages/reports/quality/2026-01-02/ab/index.html"' in text
    assert 'href="/reviewloop/pages/reports/releases/version=1.json"' in text
    assert "_manifest" not in text
    assert "ab/report.json" not in text, "the page beside it says the same to a person"
    assert "<b>" not in text
    assert text.index("Data quality") < text.index("Releases") < text.index("<h2>other</h2>")


def test_the_newest_page_of_a_room_comes_first(client, monkeypatch):
    from datetime import UTC, datetime

    from reviewloop_airflow.pages import Page, render_index

    pages = [
        Page("drift", f"{day}.html", s3.lake_uri(f"reports/drift/{day}.html"), datetime(2026, 1, day, tzinfo=UTC)) for day in (3, 2)
    ]
    text = render_index(pages)
    assert text.index("3.html") < text.index("2.html")


def test_an_empty_lake_has_an_index_too(client):
    from reviewloop_airflow.pages import ROOMS

    assert client.get("/").text.count("Nothing yet.") == len(ROOMS)
