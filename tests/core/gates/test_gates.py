"""The metric gate: what it lets through, and that it never does so without evidence."""

import json

import pytest
from tests.helpers.judged import FAULTS, GOOD

from reviewloop.config import GateConfig, load_config
from reviewloop.core.gates.gates import Evidence, failed, in_count, judge, judge_all, overall, together

FLOOR = GateConfig(name="floor", measures="macro-F1", metric="macro_f1", min=0.5, reason="why")
RARE = GateConfig(name="rare", measures="recall", metric="recall", min=0.5, rows="support", min_rows=30, reason="why")


def changed(gate: GateConfig, **fields: object) -> GateConfig:
    return gate.model_copy(update=fields)


def of(**seen: float) -> Evidence:
    return Evidence(seen)


@pytest.mark.parametrize(("value", "verdict"), [(0.5, "pass"), (0.4999, "fail"), (float("nan"), "fail"), (float("-inf"), "fail")])
def test_a_floor_is_inclusive_and_nan_is_under_it(value: float, verdict: str) -> None:
    assert judge(FLOOR, of(macro_f1=value)).verdict == verdict


@pytest.mark.parametrize(("value", "verdict"), [(0, "pass"), (1, "fail"), (float("nan"), "fail"), (float("-inf"), "fail")])
def test_a_ceiling_is_inclusive_too(value: float, verdict: str) -> None:
    assert judge(changed(FLOOR, min=None, max=0.0), of(macro_f1=value)).verdict == verdict


@pytest.mark.parametrize(("value", "verdict"), [(0.0001, "pass"), (0.0, "fail"), (-0.1, "fail"), (float("inf"), "fail")])
def test_above_is_not_inclusive_and_infinity_is_no_evidence(value: float, verdict: str) -> None:
    result = judge(changed(FLOOR, min=None, above=0.0), of(macro_f1=value))
    assert (result.verdict, result.asked) == (verdict, "more than 0")


def test_a_missing_metric_fails_and_is_named() -> None:
    result = judge(FLOOR, Evidence({}))
    assert (result.verdict, result.value, result.blocks) == ("fail", None, True)
    assert "macro_f1 was not measured" in result.finding


def test_only_what_is_declared_not_applicable_is_excused() -> None:
    assert judge(FLOOR, Evidence({}, {"macro_f1": "there is none"})).verdict == "not applicable"
    assert judge(FLOOR, Evidence({}, {"accuracy": "there is none"})).verdict == "fail"


def test_a_metric_cannot_be_measured_and_not_applicable_nor_come_from_two_places() -> None:
    with pytest.raises(ValueError, match="macro_f1"):
        Evidence({"macro_f1": 0.1}, {"macro_f1": "excused"})
    with pytest.raises(ValueError, match="measured by two parts: macro_f1"):
        together(of(macro_f1=0.9), of(macro_f1=0.1))
    with pytest.raises(ValueError, match="measured by two parts: macro_f1"):
        together(of(macro_f1=0.1), Evidence({}, {"macro_f1": "excused"}))


def test_the_parts_of_the_evidence_are_one() -> None:
    whole = together(of(a=1.0), Evidence({"b": 2.0}, {"c": "none"}, {"b": "two"}))
    assert whole == Evidence({"a": 1.0, "b": 2.0}, {"c": "none"}, {"b": "two"})


def test_warn_reports_and_off_does_not_look() -> None:
    low = of(macro_f1=0.1)
    for evidence in (low, Evidence({})):
        result = judge(changed(FLOOR, mode="warn"), evidence)
        assert (result.verdict, result.blocks) == ("warn", False)
    assert judge(changed(FLOOR, mode="off"), low).verdict == "off"


@pytest.mark.parametrize("recall", [0.9, 0.1, float("nan")])
def test_too_few_rows_are_not_enough_evidence_whatever_they_say(recall: float) -> None:
    result = judge(RARE, of(recall=recall, support=29))
    assert (result.verdict, result.blocks) == ("not enough evidence", True)
    assert result.finding == "support is 29, too few to judge recall: asked at least 30"
    assert judge(RARE, of(recall=0.9, support=30)).verdict == "pass"
    assert judge(RARE, of(recall=0.1, support=30)).verdict == "fail"


def test_what_few_rows_mean_is_the_owners_choice() -> None:
    few = of(recall=0.9, support=1)
    assert not judge(changed(RARE, unsure="pass"), few).blocks
    assert not judge(changed(RARE, mode="warn"), few).blocks
    assert overall(judge_all([changed(RARE, unsure="pass")], few)) == "warn"
    assert judge(changed(RARE, unsure="pass"), of(recall=0.1, support=30)).blocks


def test_a_missing_metric_is_never_excused_as_few_rows() -> None:
    lenient = changed(RARE, unsure="pass")
    for evidence in (of(support=30), of(recall=0.9), of(recall=0.9, support=float("nan"))):
        assert judge(lenient, evidence).blocks


def test_a_failure_names_what_lies_behind_it_and_a_pass_does_not() -> None:
    evidence = Evidence({"macro_f1": 0.1}, details={"macro_f1": "Dresses 0.1"})
    assert judge(FLOOR, evidence).finding == "macro_f1 is 0.1, asked at least 0.5 (Dresses 0.1)"
    assert judge(changed(FLOOR, min=0.0), evidence).finding == "macro_f1 is 0.1"


def test_the_whole_is_as_bad_as_its_worst_gate() -> None:
    warn = changed(FLOOR, name="soft", mode="warn")
    assert overall(judge_all([FLOOR, warn], of(macro_f1=0.6))) == "pass"
    assert overall(judge_all([warn], of(macro_f1=0.1))) == "warn"
    assert overall(judge_all([warn, FLOOR], of(macro_f1=0.1))) == "fail"
    assert in_count(judge_all([warn, FLOOR], of(macro_f1=0.1))) == "1 fail, 1 warn"


def test_the_shipped_gates_pass_a_good_model() -> None:
    results = judge_all(load_config("local").gates, Evidence(GOOD))
    assert {result.verdict for result in results} == {"pass"}, failed(results)
    assert overall(results) == "pass"


def test_the_good_evidence_holds_what_the_gates_read_and_nothing_else() -> None:
    gates = load_config("local").gates
    assert {name for gate in gates for name in (gate.metric, gate.rows) if name} == set(GOOD)


def test_every_shipped_gate_has_its_planted_fault() -> None:
    assert [gate.name for gate in load_config("local").gates] == list(FAULTS)


@pytest.mark.parametrize("name", FAULTS)
def test_a_gate_stops_its_fault_and_fails_without_its_metric_and_no_other_gate_does(name: str) -> None:
    gates = load_config("local").gates
    ((metric, value),) = FAULTS[name].items()
    rest = {key: seen for key, seen in GOOD.items() if key != metric}
    for evidence in (GOOD | {metric: value}, GOOD | {metric: float("nan")}, rest):
        results = judge_all(gates, Evidence(evidence))
        assert [result.name for result in results if result.verdict in ("fail", "warn")] == [name]
        warns = next(gate.mode for gate in gates if gate.name == name) == "warn"
        assert [result.name for result in failed(results)] == ([] if warns else [name])


def test_a_result_is_plain_json_even_for_nan() -> None:
    for value in (float("nan"), float("inf")):
        text = json.dumps(judge(FLOOR, of(macro_f1=value)).as_json(), allow_nan=False)
        assert json.loads(text)["value"] is None
