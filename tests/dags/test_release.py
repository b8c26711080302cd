"""What the person who approves a release is shown."""

import pytest

from reviewloop.adapters.lake import s3
from reviewloop.config import load_config
from reviewloop.refs import CandidateRef
from reviewloop_airflow.release import release_body, release_subject

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


def test_marks_of_all_models_stand_side_by_side(lake):
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
    assert "release_subject(" in approve.subject
    assert "release_body(" in approve.body
