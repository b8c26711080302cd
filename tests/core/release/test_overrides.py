"""A gate that refused, and the people who say that it shall not."""

from dataclasses import replace

import pytest

from reviewloop.config import load_config
from reviewloop.core.gates.gates import GateResult, overall
from reviewloop.core.release import overrides
from reviewloop.core.release.events import Draft, Event, follow

RELEASE = load_config("aws").release
RESULT = GateResult(
    "bias_after_training", "facets", "bias_after.num_rejected", "at most 0", 1.0, "enforce", "fail", True, "fair", "it is 1"
)


def said(*names: str, gate: str = RESULT.name, **changed: str) -> dict[str, list[Event]]:
    events: tuple[Event, ...] = ()
    for name in names:
        facts = {"gate": gate, "reason": f"{name} says so", "gates_digest": "g", "against": "1", **changed}
        events = (*events, follow(events, Draft("overridden", f"person:{name}", None, "d", facts), "now"))
    return overrides.said(events, "d", "g", "1")


def applied(result: GateResult, *names: str, **changed: str) -> GateResult:
    return overrides.applied([result], said(*names, **changed), RELEASE)[0]


def test_fairness_and_leakage_take_two_different_people() -> None:
    for metric in ("bias_after.num_rejected", "leakage.num_shared_texts", "slices.num_significantly_worse"):
        result = replace(RESULT, metric=metric)
        assert applied(result, "ada") == result
        assert applied(result, "ada", "ADA", "ada+2@example.org") == result, "one person under three spellings"
        found = applied(result, "ada", "grace")
        assert (found.verdict, found.blocks) == ("overridden", False)
        assert found.finding == "it is 1; overridden by ada: ada says so; grace: grace says so"
        assert overall([found]) == "warn", "an override is no pass"


def test_another_gate_takes_one() -> None:
    assert applied(replace(RESULT, metric="recall.neutral"), "ada").verdict == "overridden"


@pytest.mark.parametrize("metric", ["served.same_artifact", "lineage.num_missing", "degenerate.num_not_finite"])
def test_some_gates_nobody_overrides(metric: str) -> None:
    result = replace(RESULT, metric=metric)
    assert applied(result, "ada", "grace", "eve") == result
    assert overrides.why_never(vars(result)) is not None


def test_missing_evidence_is_not_overridden() -> None:
    result = replace(RESULT, value=None)
    assert applied(result, "ada", "grace") == result
    assert "evidence is missing" in str(overrides.why_never(vars(result)))


@pytest.mark.parametrize("changed", [{"gates_digest": "other"}, {"against": "2"}, {"gate": "slice_gap"}])
def test_an_override_is_of_one_gate_under_these_gates_and_beside_this_champion(changed: dict[str, str]) -> None:
    assert applied(RESULT, "ada", "grace", **changed) == RESULT


def test_what_does_not_refuse_is_left_as_it_is() -> None:
    passed = replace(RESULT, verdict="pass", blocks=False)
    assert applied(passed, "ada", "grace") == passed
