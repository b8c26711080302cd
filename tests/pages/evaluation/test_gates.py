"""The page a person reads: whole, and safe whatever the data holds."""

import re

import numpy as np
import pandas as pd
import pytest
from tests.helpers.contracts import CONTRACT

from reviewloop.config import load_config
from reviewloop.core.evaluation.evaluation import evaluation, to_json, with_predictions
from reviewloop.pages.evaluation.gates import render as rendered
from reviewloop.pages.links import Links


def render(report: dict) -> str:
    siblings = {name: uri.partition("/reports/")[2] for name, uri in report["pages"].items() if "/reports/" in uri}
    return rendered(report, Links(3, job=report["job_key"], siblings=siblings))


@pytest.fixture
def report() -> dict:
    """A refused candidate, from data that tries to break out."""
    place = np.arange(120)
    reviews = pd.DataFrame(
        {
            "review_id": place, "day": "2026-01-01", "title": None, "text": "a b c", "department": "<script>alert(1)</script>",
            "division": "General", "class_name": "Knits", "age": 30, "positive_feedback": 0, "rating": 3, "label": place % 3,
        }
    )  # fmt: skip
    predicted = with_predictions(reviews, np.eye(3)[np.where(place % 3 == 1, 2, place % 3)])
    found = evaluation(predicted, CONTRACT, 100, seed=1, config=load_config("test").evaluation)
    model = {**found, "metrics": to_json(found["metrics"])}
    gate = {
        "name": "neutral_recall_floor", "measures": "share of the <neutral> reviews that it finds", "metric": "recall.neutral",
        "asked": "at least 0.25", "value": 0.0, "mode": "enforce", "verdict": "fail", "blocks": True, "reason": "rare & dear",
        "finding": "recall.neutral is 0, asked at least 0.25",
    }  # fmt: skip
    passed = {**gate, "name": "macro_f1_floor", "verdict": "pass", "blocks": False, "finding": "macro_f1_low is 0.6"}
    warned = {**gate, "name": "slice_gap", "verdict": "warn", "blocks": False}
    return {
        "job_key": "ab" * 32, "trigger": "drift: <b>topics</b>", "verdict": "fail", "reason": gate["finding"],
        "candidate": "baseline", "choice": "baseline: as good", "comparison": "against the champion",
        "gates": [passed, warned, gate], "labels": CONTRACT.labels(),
        "pages": {"bias_after": "s3://lake/reports/bias_after/ab-\"><i>/index.html", "elsewhere": "s3://lake/evaluations/x.html"},
        "models": {"baseline": model, "transformer": model, "champion": {**model, "version": "4"}},
    }  # fmt: skip


def test_the_page_tells_the_verdict_the_gates_and_the_marks(report: dict) -> None:
    page = render(report)
    assert "Candidate: baseline" in page
    assert '<span class="mark fail">refused</span>' in page
    assert "3 gates were asked: 1 fail, 1 warn, 1 pass." in page
    assert "It is refused by 1 of 3 gates" in page
    assert "neutral_recall_floor" in page
    assert "share of the &lt;neutral&gt; reviews that it finds" in page
    assert "at least 0.25" in page
    assert "rare &amp; dear" in page
    assert "Baseline (candidate)" in page
    assert "Champion (version 4)" in page
    assert "Rows: 40 negative, 40 neutral, 40 positive" in page
    assert '0.6667<br><span class="soft">0.' in page, "a mark stands with its interval"
    assert "data:image/svg+xml" in page


def test_what_refuses_comes_first_then_what_warns(report: dict) -> None:
    table = render(report).partition("<h2>Gates</h2>")[2]
    places = [table.index(f"{name}<") for name in ("neutral_recall_floor", "slice_gap", "plain pass", "macro_f1_floor")]
    assert places == sorted(places), "a plain pass is folded"


def test_the_three_facts_to_decide_by_stand_above_the_gates(report: dict) -> None:
    report["evidence"] = {"champion.delta_macro_f1_low": -0.01, "champion.delta_macro_f1_high": 0.02}
    report["models"]["champion"]["metrics"] = report["models"]["champion"]["metrics"] | {"macro_f1": 0.5}
    top = render(report).partition("<h2>Gates</h2>")[0]
    own = report["models"]["baseline"]["metrics"]["macro_f1"]
    facts = [f"<b>{own:.4f}</b>", "macro-F1 of the candidate", "<b>0.5000</b>", "champion, version 4", f"<b>{own - 0.5:+.4f}</b>"]
    places = [top.index(fact) for fact in [*facts, "95 % interval -0.0100 to +0.0200"]]
    assert places == sorted(places)
    assert '<th class="n">Candidate minus champion</th>' in render(report)


def test_without_a_champion_the_facts_say_so(report: dict) -> None:
    del report["models"]["champion"]
    page = render(report | {"comparison": "there is no champion yet"})
    assert "macro-F1 of the champion: there is no champion yet" in page
    assert "Candidate minus champion" not in page


def test_an_accepted_candidate_says_so_and_explains_only_the_words_it_uses(report: dict) -> None:
    page = render(report | {"verdict": "warn", "gates": report["gates"][:2]})
    assert '<span class="mark warn">passed with warnings</span>' in page
    assert "No gate refuses it" in page
    assert "<dt>warn</dt>" in page
    assert "<dt>fail</dt>" not in page


def test_the_pages_about_the_candidate_are_linked_from_where_this_one_lies(report: dict) -> None:
    page = render(report)
    assert '<a href="../../../bias_after/ab-%22%3E%3Ci%3E/index.html">bias_after</a>' in page
    assert f'<a href="../../../../../?job={"ab" * 8}">All of this job</a>' in page
    assert "elsewhere" not in page, "what does not lie under reports/ is not served"


def test_nothing_from_the_data_becomes_markup_and_nothing_is_fetched(report: dict) -> None:
    page = render(report)
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "&lt;b&gt;topics" in page
    assert not re.search(r'src="(?!data:)|url\(|@import|href="(?!\.\./|#)', page)


def test_a_mark_that_is_unknown_is_a_dash(report: dict) -> None:
    assert report["models"]["baseline"]["metrics"]["precision.neutral"] is None
    assert '<td>Precision, neutral</td><td class="n">–</td>' in render(report)
