"""One hostile name goes through everything that people open, and nothing of it comes alive: in a parser, and in a browser.

The builders are found in the source (``tests.helpers.page_builders``): a new one without a case here fails. The name is harmless:
were it alive, there would be an element ``hostile-tag``, or a mark on the document.
"""

import csv
import io
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.core.bias.after.test_verdicts import AFTER, answered, deaf_to_petite, judged
from tests.core.bias.after.test_verdicts import BIAS as BIAS_OF_ANSWERS
from tests.helpers.carded import card_of
from tests.helpers.contracts import CONTRACT
from tests.helpers.explained import explain
from tests.helpers.live_quality import beside_the_verdict
from tests.helpers.metric_days import named, table
from tests.helpers.page_builders import csv_writers, page_builders
from tests.helpers.profiled import curated
from tests.helpers.rollouts import START, evidence, plan, rollout
from tests.helpers.training_records import finding, job
from tests.helpers.watched_products import a_report
from tests.pages.annotation.test_answers import of_answers
from tests.pages.annotation.test_queue import of_queue
from tests.pages.bias import test_before as before
from tests.pages.data.test_label_errors import COUNTS, a_list
from tests.pages.data.test_labelling import of_functions
from tests.pages.data.test_reading import SUREST
from tests.pages.data.test_reading import report as of_reading
from tests.pages.errors import test_page as errors
from tests.pages.evaluation.test_behaviour import hostile
from tests.pages.evaluation.test_behaviour import report as behaviour_report  # noqa: F401 (a fixture)
from tests.pages.evaluation.test_gates import report as gates_report  # noqa: F401 (a fixture)
from tests.pages.evaluation.test_leaderboard import of_judgement, of_search
from tests.pages.monitoring.test_response import of_response
from tests.pages.monitoring.test_skew import PAIR, a_comparison, of_skew
from tests.pages.overview.test_alerts import of_alerts
from tests.pages.overview.test_home import a_home
from tests.pages.profile import test_page as profile
from tests.pages.profile.test_exploration import of_exploration
from tests.pages.release.test_ledger import of_ledger
from tests.pages.serving.test_captures import SPOOL, a_day
from tests.pages.serving.test_captures import found as captured
from tests.pages.test_notebook import of_notebook

from reviewloop.adapters.evidently_report import compare
from reviewloop.adapters.expectations import suites
from reviewloop.core.formulas import as_written
from reviewloop.core.lake.manifests import check_names
from reviewloop.core.rollout.machine import decide
from reviewloop.core.rollout.report import report as rollout_report
from reviewloop.errors import PermanentError
from reviewloop.explain import written as explained
from reviewloop.pages.annotation.answers import answers_page
from reviewloop.pages.annotation.queue import queue_page
from reviewloop.pages.bias.after import bias_after_page
from reviewloop.pages.dashboards.audit import audit_page
from reviewloop.pages.dashboards.business import business_page
from reviewloop.pages.dashboards.days import Days
from reviewloop.pages.dashboards.engineering import engineering_page
from reviewloop.pages.dashboards.science import science_page
from reviewloop.pages.data.label_errors import label_errors_page
from reviewloop.pages.data.labelling import labelling_page
from reviewloop.pages.data.quality import quality_page
from reviewloop.pages.data.reading import reading_page
from reviewloop.pages.errors.page import error_page
from reviewloop.pages.evaluation.behaviour import behaviour_page
from reviewloop.pages.evaluation.gates import render as gates_page
from reviewloop.pages.evaluation.leaderboard import leaderboard_page
from reviewloop.pages.kit import Verdict
from reviewloop.pages.links import Link, Links
from reviewloop.pages.monitoring.drift import drift_page, with_banner, without_charts
from reviewloop.pages.monitoring.products import products_page
from reviewloop.pages.monitoring.response import response_page
from reviewloop.pages.monitoring.skew import skew_page
from reviewloop.pages.notebook import notebook_page
from reviewloop.pages.overview.alerts import alerts_page
from reviewloop.pages.overview.home import home_page
from reviewloop.pages.overview.reports import Report, index_page
from reviewloop.pages.profile.exploration import exploration_page, map_figures
from reviewloop.pages.profile.page import profile_page
from reviewloop.pages.record import record_page
from reviewloop.pages.release.card import card_page
from reviewloop.pages.release.ledger import ledger_page
from reviewloop.pages.release.rollout import rollout_page
from reviewloop.pages.serving.captures import captures_page
from reviewloop.pages.training.history import SeedHistory, Training
from reviewloop.pages.training.page import training_page
from reviewloop.query import written as queried

ALIVE = "document.documentElement.dataset.alive='yes'"
NAME = (
    f"=1+1\"'><hostile-tag onfocus={ALIVE} autofocus tabindex=1>&lt;hostile-tag&gt;</style></title></textarea>"
    "</template></svg>--></script>"
    f'<svg onload="{ALIVE}"><img src=x onerror="{ALIVE}"><script>{ALIVE}</script><a href="javascript:{ALIVE}">\u202eevil\u2066'
)
LINKS = Links(3, day=NAME, job=NAME, siblings={NAME: "quality/2026-01-02/ab/index.html"}, dag_run="")

Pages = dict[str, str]


def _evidently() -> str:
    rows = pd.DataFrame({"prediction": [NAME, "b"] * 100, "length": np.arange(200.0) % 30})
    return with_banner(compare(rows, rows.assign(prediction=NAME)).page, NAME, True, [NAME], LINKS).decode()


def _data_docs() -> str:
    import great_expectations.expectations as gxe

    rows = pd.DataFrame({"title": [NAME, "fine", NAME + "2"], "number": [1, 2, 3]})
    suite = [
        gxe.ExpectColumnValuesToBeInSet(column="title", value_set=["fine"], notes="titles"),
        gxe.ExpectColumnValuesToMatchRegex(column="title", regex="^fine$", notes="pattern"),
        gxe.ExpectColumnValuesToBeUnique(column="title", notes="unique"),
        gxe.ExpectColumnDistinctValuesToBeInSet(column="title", value_set=["fine"], notes="distinct"),
        gxe.ExpectColumnMostCommonValueToBeInSet(column="title", value_set=["fine"], notes="most common"),
    ]
    return suites.run_suite("s", rows, suite, "2026-01-02").page(LINKS)


def _training() -> str:
    fired = finding(NAME, NAME, 10, 20, NAME, NAME)
    layers = [{"step": 1, "layers": {NAME: {"gradient_norm": 1.0}}}]
    run = SeedHistory(seed=7, findings=[fired], tensors=layers, num_unreadable=3)
    about = job(base_model=NAME, labels=[NAME], extra=NAME)
    training = Training(about, None, {"error": NAME, "trace": NAME}, [run], log_tail=NAME)
    return training_page(training, {"loss": ValueError(NAME)}, {}, LINKS)


def _rollout() -> Mapping[str, Any]:
    """A report in which every text is hostile, but for the words that the page looks up."""
    of = rollout(plan(), 1)
    at = START + timedelta(hours=3)
    found = evidence(of, answers={NAME: 9})
    told = rollout_report(of, found, decide(of, found, at), "", (), at)
    known = {"decision", "word", "state", "stage", "name", "who", "deadline", "verdict"}

    def spoil(value: Any, key: str = "") -> Any:
        if isinstance(value, Mapping):
            return {name: spoil(one, name) for name, one in value.items()}
        if isinstance(value, list):
            return [spoil(one, key) for one in value]
        return NAME if isinstance(value, str) and key not in known else value

    event = {"event": 9, "at": NAME, "kind": NAME, "by": NAME, "told": NAME}
    return spoil(told) | {"missing": [{"what": NAME, "have": 1, "need": 2, "seconds": None}], "history": [event], "asks": NAME}


def _products() -> Mapping[str, Any]:
    theme = {"name": NAME, "num_texts": 1, "words": [NAME]}
    found = a_report(NAME, f"small {NAME} small") | {"not_judged": [NAME], "themes": [theme], "day": NAME}
    return found | {"about": [one | {"themes": [theme]} for one in found["about"]], "labels": dict.fromkeys(found["levels"], NAME)}


@pytest.fixture(scope="module")
def made() -> Pages:
    """Every page but two, whose data come from fixtures."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(before, "NASTY", NAME)
        patch.setattr(before, "LINKS", LINKS)
        patch.setattr(errors, "EVIL", NAME)
        unhappy = before.page(before.frame(unhappy=NAME))
        wrong = error_page(errors.report(errors.predicted(900, evil=True)), LINKS)
    petite = judged(deaf_to_petite(answered(6000)).replace({"division": {"Petite": NAME}}))
    rows = curated(300, department=NAME)
    rows.loc[5:6, "text"] = [f"{NAME} one two three four five six", f"{NAME} one two three four five six seven"]
    check = dict.fromkeys(("suite", "note", "observed", "allowed"), NAME) | {"severity": "reject", "success": False}
    signal = {"name": NAME, "slice": NAME, "family": NAME, "statistic": 0.4, "alpha": 0.0025, "words": NAME}
    drift = {
        "fired": True, "reasons": [NAME], "findings": [NAME], "num_rows": 200, "num_reference_rows": 1500, "live_macro_f1": 0.3,
        "model_version": NAME, "smallest_change": {"before": 0.1, "words": NAME}, "signals": [
            signal | {"verdict": "moved", "chance": 0.001}, signal | {"verdict": "as before", "chance": 0.5},
            signal | {"verdict": "not measured", "chance": None},
        ],
    } | beside_the_verdict(NAME)  # fmt: skip
    unlike = pd.DataFrame({"review_id": [NAME], "text": [NAME], "share": [0.9]})
    record = {"verdict": NAME, "reason": NAME, NAME: [{NAME: NAME}, {NAME: 1}], "names": [NAME, NAME], "deep": {NAME: {NAME: NAME}}}
    unusual = of_reading(reason=NAME, day=NAME, model_version=NAME, warnings=[NAME])
    unusual["shares"] = [share | {"label": NAME, "answer": NAME} for share in unusual["shares"]]
    contradicted = SUREST.assign(review_id=NAME, label=NAME, answer=NAME, text=NAME)
    told = Verdict("fail", NAME, NAME)
    of_days = Days(table(named(3, NAME)), {"2025-01-01": NAME, "2025-01-02": ""}), [Link(NAME, "/reviewloop/")], []
    of_captures = captured(a_day(day=NAME, arms={NAME: 1}), num_lost=1)
    unlike_answers = a_comparison(PAIR | {"where": NAME, "sentiment": NAME}, verdict="skew", left=NAME, right=NAME)
    return {
        "adapters.expectations.suites.page": _data_docs(),
        "explain.written": explained(explain(NAME, {"evil": 2.0}), "html", NAME),
        "pages.annotation.answers.answers_page": answers_page(of_answers(NAME), LINKS),
        "pages.annotation.queue.queue_page": queue_page(NAME, of_queue(NAME), LINKS),
        "pages.overview.alerts.alerts_page": alerts_page(of_alerts(NAME, NAME, NAME), LINKS),
        "pages.bias.after.bias_after_page": bias_after_page(NAME, petite, BIAS_OF_ANSWERS, AFTER, CONTRACT.labels(), LINKS),
        "pages.bias.before.bias_page": unhappy,
        "pages.release.card.card_page": card_page(card_of(NAME), LINKS),
        "pages.serving.captures.captures_page": captures_page(NAME, of_captures, [SPOOL | {"spool": NAME}], LINKS),
        "pages.dashboards.audit.audit_page": audit_page(*of_days),
        "pages.dashboards.business.business_page": business_page(*of_days),
        "pages.dashboards.engineering.engineering_page": engineering_page(*of_days),
        "pages.dashboards.science.science_page": science_page(*of_days),
        "pages.monitoring.drift.drift_page": drift_page(NAME, drift, unlike, LINKS),
        "pages.monitoring.drift.with_banner": _evidently(),
        "pages.monitoring.drift.without_charts": without_charts(NAME, True, [NAME], ValueError(NAME), LINKS),
        "pages.errors.page.error_page": wrong,
        "pages.data.label_errors.label_errors_page": label_errors_page(a_list(NAME), COUNTS, LINKS),
        "pages.data.labelling.labelling_page": labelling_page(of_functions(NAME), LINKS),
        "pages.evaluation.leaderboard.leaderboard_page": leaderboard_page(of_search(NAME), of_judgement(NAME), LINKS),
        "pages.release.ledger.ledger_page": ledger_page(of_ledger(NAME), [Link(NAME, "/reviewloop/")], lambda uri: uri),
        "pages.notebook.notebook_page": notebook_page(of_notebook(NAME)),
        "pages.overview.home.home_page": home_page(a_home(NAME), [Link(NAME, "/reviewloop/reports")]),
        "pages.monitoring.products.products_page": products_page(_products(), LINKS),
        "pages.profile.exploration.exploration_page": exploration_page(
            of_exploration(NAME), map_figures(of_exploration(NAME)), LINKS
        ),
        "pages.profile.page.profile_page": profile_page(
            profile.made(rows, curated(200)), {"age": ValueError(NAME)}, LINKS, profile.sample_of(NAME)
        ),
        "pages.data.quality.quality_page": quality_page(NAME, "fail", 9, {NAME: 2}, [check], {NAME: NAME}, LINKS),
        "pages.data.reading.reading_page": reading_page(unusual, contradicted, LINKS),
        "pages.record.record_page": record_page(NAME, record, "?raw=true", LINKS),
        "pages.overview.reports.index_page": index_page(
            [Report(NAME, NAME, "/p/x", datetime(2026, 1, 3, tzinfo=UTC), told, (Link(NAME, "/d"),))], {"day": NAME}
        ),
        "pages.monitoring.response.response_page": response_page(of_response(name=NAME, under_way=NAME), LINKS),
        "pages.release.rollout.rollout_page": rollout_page(_rollout(), LINKS),
        "pages.monitoring.skew.skew_page": skew_page(of_skew(unlike_answers, verdict="skew", name=NAME), LINKS),
        "pages.training.page.training_page": _training(),
    }


@pytest.fixture(scope="module")
def of_behaviour(behaviour_report: Mapping[str, Any]) -> str:  # noqa: F811
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.pages.evaluation.test_behaviour.NASTY", NAME)
        return behaviour_page(NAME, hostile(behaviour_report), LINKS)


@pytest.fixture
def pages(made: Pages, of_behaviour: str, gates_report: dict[str, Any]) -> Pages:  # noqa: F811
    told = dict.fromkeys(("trigger", "reason", "choice", "comparison"), NAME)
    gates = [gate | dict.fromkeys(("measures", "reason", "finding", "asked"), NAME) for gate in gates_report["gates"]]
    judged = gates_report | told | {"gates": gates, "labels": dict.fromkeys(gates_report["labels"], NAME)}
    return made | {
        "pages.evaluation.behaviour.behaviour_page": of_behaviour,
        "pages.evaluation.gates.render": gates_page(judged, LINKS),
    }


class Elements(HTMLParser):
    """What a parser takes for markup. Evidently's own scripts are its; an attribute that runs is nobody's."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [tag] if tag == "hostile-tag" else []
        self.found += [f"{tag} {name}" for name, value in attrs if name.startswith("on") or (value or "").startswith("javascript:")]


def test_every_builder_has_its_case(pages: Pages) -> None:
    cases = set(pages) - {"explain.written"}
    assert not page_builders() - cases, f"give each a page made of NAME in `made`: {sorted(page_builders() - cases)}"
    assert not cases - page_builders(), f"they make no page any more: {sorted(cases - page_builders())}"
    assert csv_writers() == {"query.csv_for_people", "predict._write", "core.annotation.files.queue_csv"}


def test_the_name_is_on_every_page_and_nothing_of_it_is_markup(pages: Pages) -> None:
    for name, page in pages.items():
        assert "hostile-tag" in page, f"{name}: the name is not there at all"
        assert Elements(page).found == [], name


SEEN = """() => {
  const roots = [document, ...[...document.querySelectorAll('*')].map(one => one.shadowRoot).filter(Boolean)];
  const count = what => roots.reduce((sum, root) => sum + root.querySelectorAll(what).length, 0);
  return [document.documentElement.dataset.alive || 'no', count('hostile-tag'), count('a[href^="javascript:"]')];
}"""


@pytest.mark.contract
def test_in_a_browser_nothing_of_it_comes_alive(pages: Pages, browser: Any, tmp_path: Path) -> None:
    alive = tmp_path / "alive.html"
    alive.write_text(f"<!doctype html><meta charset=utf-8><p>{NAME}", encoding="utf-8")
    tab, asked = browser.new_page(), []
    tab.goto(alive.as_uri())
    assert tab.evaluate(SEEN) == ["yes", 1, 1], "the name itself is alive, so the others are a proof"
    tab.on("request", lambda request: asked.append(request.url))
    for name, page in pages.items():
        path = tmp_path / f"{name}.html"
        path.write_text(page, encoding="utf-8")
        tab.goto(path.as_uri())
        assert tab.evaluate(SEEN) == ["no", 0, 0], name
        assert "hostile-tag" in tab.content(), name
        if name == "pages.monitoring.drift.with_banner":
            tab.wait_for_selector(".js-plotly-plot svg", timeout=60_000)  # its scripts draw under the page's policy
        assert [url for url in asked if not url.startswith(("data:", path.as_uri()))] == [], name
        asked.clear()


CELLS: Mapping[str, Callable[[], str]] = {
    "query.csv_for_people": lambda: queried(pd.DataFrame({NAME: [NAME, "fine"], "n": [-1, 2]}), "csv"),
}


@pytest.mark.parametrize("writer", CELLS)
def test_no_cell_of_a_csv_is_a_formula_and_the_name_is_not_lost(writer: str) -> None:
    head, first, _ = list(csv.reader(io.StringIO(CELLS[writer]())))
    assert head[0] == first[0] == f"'{NAME}"
    assert as_written(first[0]) == NAME
    assert first[1] == "-1"


def test_it_is_no_name_of_a_file() -> None:
    with pytest.raises(PermanentError, match="signs that cannot be seen"):
        check_names("s3://b/x", [NAME])
