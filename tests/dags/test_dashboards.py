"""The pages on the table of metrics, from the web server to a browser: who reads them, what runs there, what a mouse can do."""

import threading
import time

import pytest
import uvicorn
from tests.conftest import free_port
from tests.dags.test_pages import anonymous, as_role, client, store  # noqa: F401 (fixtures)
from tests.helpers.metric_days import named
from tests.pages.test_hostile_names import NAME, SEEN

from reviewloop.adapters.catalog import glue
from reviewloop.adapters.monitoring import metrics
from reviewloop.core.monitoring.metrics.rows import rows_of
from reviewloop.errors import TransientError
from reviewloop.pages.dashboards.menu import DASHBOARDS
from reviewloop_airflow import scripts

pytestmark = pytest.mark.contract
NUM_DAYS = 8


@pytest.fixture
def recorded(lake):
    """Days in the table, each with its report; a group, every reason and the version are hostile. The days, oldest first."""
    for verdict in named(NUM_DAYS, NAME):
        page = store(f"reports/drift/day={verdict['day']}/ab/report.html", f"<h1>Report of {verdict['day']}</h1>".encode())
        metrics.publish(metrics.standing(verdict["day"]), rows_of(verdict, "ab", page), {})
    return [found.day for found in glue.partitions("metrics")]


def test_a_page_runs_scripts_of_the_server_alone_and_each_day_leads_to_its_report(client, recorded):  # noqa: F811
    for name in DASHBOARDS:
        answer = client.get(f"/dashboards/{name}")
        assert answer.status_code == 200
        assert "could not be shown" not in answer.text, name
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self'" in policy
        assert policy.count("unsafe-inline") == 1, "of the style"
        assert "connect-src" not in policy
        assert "unsafe-eval" not in policy
        assert [line for line in answer.text.splitlines() if "<script src" in line] == [
            f'<script src="{one}" defer></script>' for one in scripts.addresses()
        ]
        for day in recorded:
            assert f'"{day}": "/reviewloop/pages/reports/drift/day={day}/ab/report.html"' in answer.text


def test_an_empty_lake_has_the_pages_too(client, lake):  # noqa: F811
    for name in DASHBOARDS:
        answer = client.get(f"/dashboards/{name}")
        assert (answer.status_code, "could not be shown" in answer.text) == (200, False), name
    assert client.get("/dashboards/other").status_code == 404


def test_who_may_not_read_the_monitors_pages_may_not_read_these(as_role, recorded, monkeypatch):  # noqa: F811
    assert as_role("viewer").get("/reviewloop/dashboards/business").status_code == 200
    monkeypatch.setattr("reviewloop_airflow.pages.refusal", lambda kind, user: "no" if kind == "drift" else "")
    refused = as_role("viewer").get("/reviewloop/dashboards/business")
    assert refused.status_code == 403
    assert "hostile" not in refused.text


def test_a_stranger_gets_the_scripts_and_nothing_else(anonymous, lake):  # noqa: F811
    assert anonymous.get("/reviewloop/dashboards/business").status_code == 401
    for address in scripts.addresses():
        for encoding in ("gzip", "identity"):
            answer = anonymous.get(address, headers={"Accept-Encoding": encoding})
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith("text/javascript")
            assert answer.content == scripts.SCRIPTS[address.partition("?")[0].rpartition("/")[2]]()
    for path in ("pages.py", "..%2fpages", ""):
        assert anonymous.get(f"/reviewloop/scripts/{path}").status_code == 404


def test_what_lies_in_the_lake_is_never_a_script(client):  # noqa: F811
    store("reports/drift/evil.js", b"alert(1)")
    answer = client.get("/pages/reports/drift/evil.js")
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_while_the_lake_is_away_the_page_says_so(client, monkeypatch):  # noqa: F811
    def away(num_days):
        raise TransientError("Glue: no answer")

    monkeypatch.setattr(metrics, "read", away)
    assert client.get("/dashboards/business").status_code == 503


@pytest.fixture
def served(client, recorded):  # noqa: F811
    """The address of the app on a real port, for one who is logged in."""
    from reviewloop_airflow.pages import app

    port = free_port()
    from fastapi import FastAPI

    outer = FastAPI()
    outer.mount("/reviewloop", app)
    server = uvicorn.Server(uvicorn.Config(outer, host="127.0.0.1", port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}/reviewloop"
    server.should_exit = True
    thread.join()


def drawn(tab, url):
    """The page with all its plots drawn."""
    tab.goto(url)
    for place in tab.locator("[data-chart]").all():
        place.scroll_into_view_if_needed()
        place.locator("svg.main-svg").first.wait_for(state="attached", timeout=60_000)
    tab.evaluate("scrollTo({top: 0, behavior: 'instant'})")


@pytest.mark.parametrize(("theme", "width"), [("light", 1500), ("dark", 420)])
def test_in_a_browser_all_is_drawn_nothing_comes_alive_and_the_page_fits(served, browser, theme, width):
    tab, told = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=theme), []
    tab.on("console", lambda message: told.append(message.text))
    tab.on("pageerror", lambda error: told.append(str(error)))
    tab.on("request", lambda request: told.append(request.url) if not request.url.startswith((served, "data:")) else None)
    for name in DASHBOARDS:
        drawn(tab, f"{served}/dashboards/{name}")
        assert tab.evaluate(SEEN) == ["no", 0, 0], name
        assert tab.locator("svg a").count() == 0, "a name is no link either"
        assert "hostile-tag" in tab.inner_text("body"), name
        assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
        ink = tab.evaluate("getComputedStyle(document.querySelector('svg .xtick text')).fill")
        assert ink == {"light": "rgb(28, 36, 48)", "dark": "rgb(230, 235, 241)"}[theme]
    told = [one for one in told if not one.endswith("favicon.ico")]
    assert told == []


def test_a_mouse_asks_zooms_all_plots_goes_back_and_opens_a_days_report(served, browser, recorded):
    tab = browser.new_page(viewport={"width": 1500, "height": 900})
    drawn(tab, f"{served}/dashboards/business")
    plot = tab.locator("[data-chart=complaints]")
    box = plot.locator(".nsewdrag").first.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    tab.mouse.move(x, y)
    tab.locator("[data-chart=complaints] .hoverlayer text").first.wait_for(state="attached")
    said = tab.locator("[data-chart=complaints] .hoverlayer").text_content()
    assert "rated reviews" in said
    assert "%" in said

    def spans():
        return tab.evaluate("[...document.querySelectorAll('[data-drawn]')].map(one => one.layout.xaxis.range.map(Date.parse))")

    whole = spans()
    tab.mouse.move(box["x"] + box["width"] * 0.25, y)
    tab.mouse.down()
    tab.mouse.move(box["x"] + box["width"] * 0.6, y, steps=5)
    tab.mouse.up()
    tab.wait_for_function(
        "from => [...document.querySelectorAll('[data-drawn]')].at(-1).layout.xaxis.range[0].slice(0, 10) > from", arg=recorded[0]
    )
    zoomed = spans()
    assert {end - start for start, end in zoomed} != {end - start for start, end in whole}
    assert len({round(start / 60_000) for start, _ in zoomed}) == 1, "all plots show the same days"
    tab.click("#spans button:last-child")
    tab.wait_for_function(
        "from => Date.parse(document.querySelector('[data-drawn]').layout.xaxis.range[0]) === from", arg=whole[0][0]
    )

    tab.mouse.move(x + 2, y)
    tab.locator("[data-chart=complaints] .hoverlayer text").first.wait_for(state="attached")
    tab.mouse.click(x + 2, y)
    tab.wait_for_url("**/report.html")
    assert tab.inner_text("h1").startswith("Report of 2025-01-0")
