"""The metric gate: what it lets through, and that it never does so without evidence."""

import json

import pytest

from reviewloop.config import GateConfig, load_config
from reviewloop.core.gates import DELTA, Evidence, failed, judge, judge_all, overall

FLOOR = GateConfig(name="floor", metric="macro_f1", min=0.5, reason="why")
GOOD = {
    "macro_f1": 0.7, "recall.negative": 0.7, "recall.neutral": 0.5, "recall.positive": 0.9,
    "slices.department.min_accuracy": 0.8, DELTA: 0.01, "leakage.num_shared_texts": 0.0,
}  # fmt: skip


@pytest.mark.parametrize(("value", "verdict"), [(0.5, "pass"), (0.4999, "fail"), (float("nan"), "fail"), (float("-inf"), "fail")])
def test_a_floor_is_inclusive_and_nan_is_under_it(value: float, verdict: str) -> None:
    assert judge(FLOOR, Evidence({"macro_f1": value})).verdict == verdict


@pytest.mark.parametrize(("value", "verdict"), [(0, "pass"), (1, "fail"), (float("nan"), "fail")])
def test_a_ceiling_is_inclusive_too(value: float, verdict: str) -> None:
    ceiling = GateConfig(name="ceiling", metric="leaks", max=0, reason="why")
    assert judge(ceiling, Evidence({"leaks": value})).verdict == verdict


def test_a_missing_metric_fails_and_is_named() -> None:
    result = judge(FLOOR, Evidence({}))
    assert (result.verdict, result.value) == ("fail", None)
    assert "macro_f1 was not measured" in result.finding


def test_only_what_is_declared_not_applicable_is_excused() -> None:
    assert judge(FLOOR, Evidence({}, {"macro_f1": "there is none"})).verdict == "not applicable"
    assert judge(FLOOR, Evidence({}, {"accuracy": "there is none"})).verdict == "fail"


def test_a_metric_cannot_be_measured_and_not_applicable() -> None:
    with pytest.raises(ValueError, match="macro_f1"):
        Evidence({"macro_f1": 0.1}, {"macro_f1": "excused"})


def test_warn_reports_and_off_does_not_look() -> None:
    low = Evidence({"macro_f1": 0.1})
    assert judge(FLOOR.model_copy(update={"mode": "warn"}), low).verdict == "warn"
    assert judge(FLOOR.model_copy(update={"mode": "warn"}), Evidence({})).verdict == "warn"
    assert judge(FLOOR.model_copy(update={"mode": "off"}), low).verdict == "off"


def test_the_whole_is_as_bad_as_its_worst_gate() -> None:
    warn = FLOOR.model_copy(update={"name": "soft", "mode": "warn"})
    assert overall(judge_all([FLOOR, warn], Evidence({"macro_f1": 0.6}))) == "pass"
    assert overall(judge_all([warn], Evidence({"macro_f1": 0.1}))) == "warn"
    assert overall(judge_all([warn, FLOOR], Evidence({"macro_f1": 0.1}))) == "fail"


def test_the_shipped_gates_pass_a_good_model() -> None:
    results = judge_all(load_config("local").gates, Evidence(GOOD))
    assert overall(results) == "pass", failed(results)


@pytest.mark.parametrize(
    ("metric", "value", "gate"),
    [
        ("macro_f1", 0.3, "macro_f1_floor"),
        ("recall.negative", 0.1, "negative_recall_floor"),
        ("recall.neutral", 0.0, "neutral_recall_floor"),
        ("recall.positive", 0.5, "positive_recall_floor"),
        ("slices.department.min_accuracy", 0.4, "worst_department_floor"),
        (DELTA, -0.05, "champion_non_inferiority"),
        ("leakage.num_shared_texts", 1, "no_leakage"),
    ],
)
def test_each_shipped_gate_stops_its_fault_and_fails_without_its_metric(metric: str, value: float, gate: str) -> None:
    gates = load_config("local").gates
    assert [result.name for result in failed(judge_all(gates, Evidence(GOOD | {metric: value})))] == [gate]
    assert [result.name for result in failed(judge_all(gates, Evidence(GOOD | {metric: float("nan")})))] == [gate]
    rest = {key: seen for key, seen in GOOD.items() if key != metric}
    assert [result.name for result in failed(judge_all(gates, Evidence(rest)))] == [gate]


def test_a_result_is_plain_json_even_for_nan() -> None:
    text = json.dumps(judge(FLOOR, Evidence({"macro_f1": float("nan")})).as_json(), allow_nan=False)
    assert json.loads(text)["value"] is None
