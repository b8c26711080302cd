"""What the gates need beyond the metrics."""

import pandas as pd
import pytest

from reviewloop.core.gates import gates
from reviewloop.core.gates.evidence import (
    FORM_METRICS,
    LINEAGE,
    against_baseline,
    baseline_itself,
    data_age,
    details,
    lineage,
    only_form,
)

FACTS = dict.fromkeys(LINEAGE, "known")


def predictions(*answers: int) -> pd.DataFrame:
    return pd.DataFrame({"label": [0, 1, 2] * 60, "prediction": list(answers) * (180 // len(answers))})


def test_a_better_model_is_above_the_baseline_and_an_equal_one_is_not() -> None:
    better = against_baseline(predictions(0, 1, 2), predictions(0, 1, 1), 500, seed=1)
    assert better.metrics["baseline.delta_macro_f1_low"] > 0.3
    equal = against_baseline(predictions(0, 1, 1), predictions(0, 1, 1), 500, seed=1)
    assert equal.metrics["baseline.delta_macro_f1_low"] == 0


def test_the_baseline_is_not_measured_against_itself() -> None:
    assert baseline_itself().not_applicable["baseline.delta_macro_f1_low"] == "the candidate is the baseline itself"
    assert baseline_itself().metrics == {}


@pytest.mark.parametrize(
    ("last_day", "curated", "days"),
    [
        ("2026-01-01", ["2026-01-01"], 0),
        ("2026-01-01", ["2025-12-30", "2026-03-02", "2026-01-01"], 60),
        ("2026-01-09", ["2026-01-01"], 0),
    ],
)
def test_the_datas_age_is_counted_to_the_newest_curated_day(last_day: str, curated: list[str], days: int) -> None:
    evidence = data_age(last_day, curated)
    assert evidence.metrics == {"data.days_behind": days}
    assert max(curated) in evidence.details["data.days_behind"]


def test_without_a_curated_day_the_age_is_unknown() -> None:
    assert data_age("2026-01-01", []).metrics == {}


def test_a_whole_lineage_misses_nothing() -> None:
    evidence = lineage(FACTS)
    assert (evidence.metrics, evidence.details) == ({"lineage.num_missing": 0.0}, {})


@pytest.mark.parametrize("value", ["", "  ", "unknown", None])
@pytest.mark.parametrize("name", LINEAGE)
def test_every_missing_fact_is_counted_and_named(name: str, value: str | None) -> None:
    facts = {key: known for key, known in FACTS.items() if key != name}
    evidence = lineage(facts if value is None else {**facts, name: value})
    assert evidence.metrics == {"lineage.num_missing": 1.0}
    assert evidence.details["lineage.num_missing"].startswith(name)
    assert ("REVIEWLOOP_GIT_COMMIT" in evidence.details["lineage.num_missing"]) == (name == "git_commit")


def test_a_run_without_facts_lacks_them_all() -> None:
    assert lineage({}).metrics == {"lineage.num_missing": len(LINEAGE)}


def test_the_details_name_the_offenders_weakest_first() -> None:
    report = {
        "slices_worse": ["department=Dresses: accuracy 0.61"],
        "bias_after": {"rejected": ["age_band=60+"], "unjudged": ["division"]},
        "leakage": {"examples": [{"sealed_review_id": 7}]},
        "important": [{"id": "rash", "said": "positive", "right": False}, {"id": "fine", "said": "positive", "right": True}],
        "behaviour": {
            "capabilities": [
                {"kind": "mft", "name": "vocabulary", "rate": 0.9},
                {"kind": "mft", "name": "negation", "rate": 0.2},
                {"kind": "inv", "name": "typos", "rate": None},
            ]
        },
        "flips": [{"facet": "age", "rate": 0.1}, {"facet": "gender", "rate": 0.4}, {"facet": "names", "rate": None}],
        "slices": {"department": [
            {"value": "Tops", "accuracy": 0.9, "num_rows": 80}, {"value": "Jackets", "accuracy": 0.5, "num_rows": 60}]},
    }  # fmt: skip
    assert details(report) == {
        "slices.num_significantly_worse": "department=Dresses: accuracy 0.61",
        "bias_after.num_rejected": "age_band=60+",
        "bias_after.num_facets_unjudged": "division",
        "leakage.num_shared_texts": "review 7",
        "leakage.num_near_duplicates": "review 7",
        "important.num_wrong": "rash: said positive",
        "behaviour.mft.min_rate": "negation 20%; vocabulary 90%",
        "flip.max_rate": "gender 40%; age 10%",
        "slices.department.min_accuracy": "Jackets 0.50 in 60 rows; Tops 0.90 in 80 rows",
    }


def test_a_report_without_these_sections_names_nothing() -> None:
    assert details({"metrics": {}}) == {}


def test_a_long_list_is_cut() -> None:
    assert details({"slices_worse": list("abcdefg")})["slices.num_significantly_worse"] == "a; b; c; d; e and 2 more"


def test_a_model_of_one_form_has_nothing_to_differ_and_one_of_two_without_the_metrics_fails() -> None:
    from reviewloop.config import load_config

    asked = [gate for gate in load_config().gates if gate.metric in FORM_METRICS]
    assert len(asked) == len(FORM_METRICS)
    alone = gates.judge_all(asked, gates.together(only_form("as_trained"), gates.Evidence({"num_rows": 3000})))
    assert not gates.failed(alone)
    unknown = gates.judge_all(asked, gates.Evidence({"num_rows": 3000}))
    assert [result.name for result in gates.failed(unknown)] == ["served_as_trained", "served_no_worse"]
