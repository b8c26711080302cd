"""The report pages of the web server: what is shown, what is not, and to whom."""

import pytest
from fastapi.testclient import TestClient

from reviewloop.adapters.lake import s3
from reviewloop.errors import TransientError

pytestmark = pytest.mark.contract

PAGE = '<meta name="verdict" content="{}: {}">\n<meta name="description" content="{}">\n<style>'


@pytest.fixture
def anonymous(airflow_db, lake):
    """A client of the mounted app as Airflow mounts it, with Airflow's own authentication."""
    from airflow.api_fastapi.app import create_app

    with TestClient(create_app(apps="core"), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def client(airflow_db, lake):
    """A client that is logged in, as somebody who may read everything."""
    from airflow.api_fastapi.app import init_auth_manager
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
    from airflow.api_fastapi.core_api.security import get_user

    from reviewloop_airflow.pages import app

    init_auth_manager()
    app.dependency_overrides[get_user] = lambda: SimpleAuthManagerUser(username="ada", role="admin")
    yield TestClient(app)
    app.dependency_overrides.clear()


@pytest.fixture
def as_role(anonymous):
    """The same app for a user of a role."""
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

    def client(role):
        token = get_auth_manager().generate_jwt(SimpleAuthManagerUser(username=role, role=role))
        anonymous.headers["Authorization"] = f"Bearer {token}"
        return anonymous

    return client


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


def test_a_page_that_quotes_sealed_reviews_is_for_those_who_may_train(as_role):
    quoting = {"errors": "11aa/index.html", "behaviour": "22bb/index.html", "novelty": "33cc/index.html"}
    for kind, name in quoting.items():
        store(f"reports/{kind}/{name}", b"a sealed review")
        path = f"/reviewloop/pages/reports/{kind}/{name}"
        refused = as_role("viewer").get(path)
        assert (refused.status_code, "sealed review" in refused.json()["detail"]) == (403, True)
        assert "for those alone who may start sentiment_train: ask an Airflow admin" in refused.json()["detail"]
        page = as_role("viewer").get(path, headers={"Accept": "text/html"})
        assert (page.status_code, "a sealed review" in page.text, "ask an Airflow admin" in page.text) == (403, False, True)
        assert as_role("viewer").get(f"{path}x").status_code == 403, "nor is it told which pages there are"
        for role in ("user", "op", "admin"):
            assert as_role(role).get(path).text == "a sealed review"


def test_any_other_page_is_for_those_who_may_read_the_dag_that_made_it(as_role):
    from reviewloop_airflow.access import MAKERS

    for kind in MAKERS:
        store(f"reports/{kind}/a/index.html", b"counts")
        for role in ("viewer", "user", "op", "admin"):
            assert as_role(role).get(f"/reviewloop/pages/reports/{kind}/a/index.html").text == "counts"


def test_every_kind_of_page_has_its_readers_and_every_maker_is_a_dag(dags):
    from reviewloop.pages.overview.reports import KINDS
    from reviewloop_airflow.access import MAKERS, QUOTES_SEALED, TRAINS

    assert set(MAKERS) | QUOTES_SEALED == set(KINDS)
    assert not set(MAKERS) & QUOTES_SEALED
    assert {*MAKERS.values(), TRAINS} <= set(dags)


def test_the_index_lists_what_its_reader_may_read_and_names_the_rest(as_role):
    store("reports/errors/11aa/index.html", PAGE.format("warn", "3 wrong", "a sealed review").encode())
    store("reports/novelty/33cc/index.html", PAGE.format("warn", "odd", "a sealed review").encode())
    store("reports/quality/2026-01-02/ab/index.html", PAGE.format("pass", "pass", "all well").encode())
    for query in ("", "?kind=errors", "?kind=novelty"):
        text = as_role("viewer").get(f"/reviewloop/reports{query}").text
        assert "a sealed review" not in text
        assert "reports/errors" not in text
        assert "reports/novelty" not in text
        assert "Not shown, as your role may not read them: Behaviour tests of models; Where candidates are wrong." in text
    assert "all well" in as_role("viewer").get("/reviewloop/reports").text
    everything = as_role("user").get("/reviewloop/reports").text
    assert everything.count("a sealed review") == 2
    assert "Not shown" not in everything


READ = [("can_read", "DAGs"), ("can_read", "DAG Runs")]
OF_ONE_DAG = [("can_read", "DAG:reviews_ingest"), ("can_read", "DAG Runs")]
MAY_TRAIN = [*READ, ("can_edit", "DAG:sentiment_train"), ("can_create", "DAG Runs")]
MAY_START_OTHERS = [*READ, ("can_edit", "DAG:reviews_ingest"), ("can_create", "DAG Runs")]


@pytest.mark.parametrize(
    ("permissions", "readable"),
    [
        ([], set()), (OF_ONE_DAG, {"quality"}), (READ, {"quality", "model"}), (MAY_START_OTHERS, {"quality", "model"}),
        ("VIEWER", {"quality", "model"}), (MAY_TRAIN, {"quality", "model", "errors"}), ("USER", {"quality", "model", "errors"}),
    ],
)  # fmt: skip
def test_the_roles_of_fab_decide_it_down_to_one_dag(airflow_db, monkeypatch, permissions, readable):
    from types import SimpleNamespace

    from airflow.providers.fab.auth_manager.fab_auth_manager import FabAuthManager
    from airflow.providers.fab.auth_manager.security_manager.override import FabAirflowSecurityManagerOverride as Roles

    from reviewloop_airflow import access

    named = {"VIEWER": Roles.VIEWER_PERMISSIONS, "USER": Roles.VIEWER_PERMISSIONS + Roles.USER_PERMISSIONS}
    monkeypatch.setattr(access, "get_auth_manager", FabAuthManager)
    user = SimpleNamespace(perms=named[permissions] if isinstance(permissions, str) else permissions)
    assert {kind for kind in ("quality", "model", "errors") if not access.refusal(kind, user)} == readable
    for kind in {"quality", "model"} - readable:
        assert access.refusal(kind, user).startswith(f"this page is of the DAG {access.MAKERS[kind]}, which you may not read: ask")


def test_a_page_comes_with_its_type_and_nothing_on_it_runs(client):
    store("reports/drift/day=2026-01-02/ab/report.html")
    answer = client.get("/pages/reports/drift/day=2026-01-02/ab/report.html")
    assert answer.content == b"<h1>Report</h1>"
    assert answer.headers["content-type"].startswith("text/html")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("sandbox ")
    assert "default-src 'none'" in policy
    assert "allow-scripts" not in policy
    assert "allow-forms" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_page_whose_scripts_draw_charts_is_of_no_origin(client):
    store("reports/drift/day=2026-01-02/ab/evidently.html")
    policy = client.get("/pages/reports/drift/day=2026-01-02/ab/evidently.html").headers["content-security-policy"]
    assert "allow-scripts" in policy
    assert "allow-same-origin" not in policy
    assert "default-src 'none'" in policy
    assert "connect-src" not in policy, "its scripts send nothing anywhere"


def test_a_person_gets_a_record_as_a_page_and_a_program_as_json(client):
    store("reports/counts/2026-01-02/ab/report.json", b'{"verdict": "fail", "reason": "2 <rows> lost"}')
    path = "/pages/reports/counts/2026-01-02/ab/report.json"
    person = {"Accept": "text/html,*/*"}
    page = client.get(path, headers=person)
    assert page.headers["content-type"].startswith("text/html")
    assert "Rows counted: 2026-01-02" in page.text
    assert "2 &lt;rows&gt; lost" in page.text
    assert 'href="?raw=true"' in page.text
    assert 'href="../../../../../?day=2026-01-02"' in page.text
    assert client.get(f"{path}?raw=true", headers=person).json()["verdict"] == "fail"
    assert client.get(path).json()["verdict"] == "fail"


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


def test_the_index_has_a_row_a_day_with_its_verdict_and_hides_the_machinery(client):
    store("reports/quality/2026-01-02/ab/index.html", PAGE.format("fail", "fail", "2 &lt;b&gt; failed").encode())
    store("reports/quality/2026-01-02/ab/accepted.html")
    store("reports/quality/2026-01-02/ab/report.json", b"{}")
    store("reports/quality/2026-01-02/ab/_manifest.json", b"{}")
    store("reports/releases/version=1.json", b'{"approved_by": "ann"}')
    store("reports/other/<b>.html")
    text = client.get("/reports").text
    assert '<a href="/reviewloop/pages/reports/quality/2026-01-02/ab/index.html">2026-01-02</a>' in text
    assert 'mark fail">fail<' in text
    assert "2 &lt;b&gt; failed" in text
    assert ">accepted</a>" in text
    assert '<a href="/reviewloop/pages/reports/releases/version%3D1.json">version 1</a>' in text or (
        '<a href="/reviewloop/pages/reports/releases/version=1.json">version 1</a>' in text
    )
    assert "by ann" in text
    assert "_manifest" not in text
    assert "ab/report.json" not in text, "the page beside it says the same to a person"
    assert "<b>." not in text
    assert text.index("<h2>Releases</h2>") < text.index("<h2>Data quality</h2>") < text.index("<h2>other</h2>")


def test_refused_candidates_are_listed_as_such(client):
    key = "reports/model/" + "ab" * 8
    store(f"{key}/11/report.html", PAGE.format("fail", "refused", "by 1 gate").encode())
    store(f"{key}/22/report.html", PAGE.format("pass", "passed", "no gate refuses it").encode())
    text = client.get("/reports").text
    assert text.count(f">job {'ab' * 8}</a>") == 2
    assert 'mark fail">refused<' in text
    assert 'mark pass">passed<' in text


def test_one_day_or_job_can_be_asked_for(client):
    store("reports/quality/2026-01-02/ab/index.html")
    store("reports/drift/day=2026-01-02/ab/report.html")
    store("reports/quality/2026-01-03/ab/index.html")
    store(f"reports/bias_after/{'cd' * 8}-transformer/index.html")
    day = client.get("/?day=2026-01-02").text
    assert day.count(">2026-01-02</a>") == 2
    assert "2026-01-03" not in day.partition("</style>")[2]
    job = client.get(f"/?job={'cd' * 8}").text
    assert f">job {'cd' * 8}, transformer</a>" in job
    assert "2026-01-02" not in job.partition("</style>")[2].partition("<main>")[2].replace("2026-01-02 ", "")


def test_a_verdict_is_read_anew_only_where_the_page_changed(client, monkeypatch):
    store("reports/quality/2026-01-02/ab/index.html", PAGE.format("fail", "fail", "x").encode())
    assert 'mark fail">fail<' in client.get("/reports").text
    reads = []
    read_head = s3.read_head
    monkeypatch.setattr(s3, "read_head", lambda uri, size: reads.append(uri) or read_head(uri, size))
    client.get("/reports")
    assert reads == []
    store("reports/quality/2026-01-02/ab/index.html", PAGE.format("pass", "pass", "y").encode())
    assert 'mark pass">pass<' in client.get("/reports").text
    assert len(reads) == 1


def test_a_record_that_is_no_json_has_a_row_without_a_verdict(client):
    store("reports/counts/2026-01-02/ab/report.json", b"{")
    assert ">2026-01-02</a>" in client.get("/reports").text
    answer = client.get("/pages/reports/counts/2026-01-02/ab/report.json", headers={"Accept": "text/html"})
    assert answer.content == b"{"


def test_an_empty_lake_has_an_index_too(client):
    from reviewloop.pages.overview.reports import KINDS

    assert client.get("/reports").text.count("Nothing yet.") == len(KINDS)
