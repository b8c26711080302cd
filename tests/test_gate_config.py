"""The list of gates: what it must hold, and that a mistake in it is one clear line."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from reviewloop.config import load_config, overlay, parse_config, read_config
from reviewloop.config.release.release import MUST_ENFORCE
from reviewloop.errors import ConfigError
from reviewloop.settings import settings

Gate = dict[str, Any]


def shipped() -> dict[str, Any]:
    return read_config("test", settings().config_dir)


def refused(change: Callable[[list[Gate]], object]) -> str:
    """The error of the shipped configuration with its gates changed in place."""
    data = deepcopy(shipped())
    change(data["gates"])
    with pytest.raises(ConfigError) as caught:
        parse_config(data)
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 1000
    return message


def named(gates: list[Gate], name: str) -> Gate:
    return next(gate for gate in gates if gate["name"] == name)


def test_a_gate_listed_twice_is_refused() -> None:
    assert "'no_leakage' is listed twice" in refused(lambda gates: gates.append(dict(named(gates, "no_leakage"))))


@pytest.mark.parametrize("metric", MUST_ENFORCE)
def test_a_list_without_a_mandatory_gate_is_refused_and_says_what_it_would_let_through(metric: str) -> None:
    message = refused(lambda gates: gates.remove(next(gate for gate in gates if gate["metric"] == metric)))
    assert f"gates: Value error, list a gate with mode enforce on {metric} (else it lets through {MUST_ENFORCE[metric]})" in message


@pytest.mark.parametrize("mode", ["off", "warn"])
def test_a_mandatory_gate_can_not_be_weakened(mode: str) -> None:
    assert "on leakage.num_shared_texts" in refused(lambda gates: named(gates, "no_leakage").update(mode=mode))


def test_no_gates_at_all_are_refused() -> None:
    assert "list a gate with mode enforce on macro_f1_low" in refused(lambda gates: gates.clear())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"max": None}, "'no_leakage' has neither min, above nor max: it could never fail"),
        ({"min": 2}, "'no_leakage' allows at most 0 and asks for more: it could never pass"),
        ({"above": 0}, "'no_leakage' allows at most 0 and asks for more: it could never pass"),
        ({"rows": "num_rows"}, "'no_leakage' has one of rows and min_rows: give both or neither"),
        ({"min_rows": 0, "rows": "num_rows"}, "min_rows: Input should be greater than or equal to 1 (found 0)"),
        ({"mode": "on"}, "mode: Input should be 'off', 'warn' or 'enforce' (found 'on')"),
        ({"unsure": "maybe"}, "unsure: Input should be 'fail' or 'pass' (found 'maybe')"),
        ({"max": float("nan")}, "max: Input should be a finite number (found nan)"),
        ({"maximum": 0}, "maximum: Extra inputs are not permitted (found 0)"),
        ({"name": "No Leakage"}, "name: String should match pattern"),
        ({"measures": ""}, "measures: String should have at least 1 character (found '')"),
    ],
)
def test_a_mistake_in_one_gate_is_named(change: Gate, message: str) -> None:
    assert message in refused(lambda gates: named(gates, "no_leakage").update(change))


def test_a_profile_changes_one_field_of_one_gate_and_leaves_the_order() -> None:
    base = {"gates": [{"name": "a", "min": 1, "reason": "x"}, {"name": "b", "max": 2}]}
    assert overlay(base, {"gates": [{"name": "b", "max": 3}, {"name": "c", "max": 4}]}) == {
        "gates": [{"name": "a", "min": 1, "reason": "x"}, {"name": "b", "max": 3}, {"name": "c", "max": 4}]
    }


def test_a_profile_that_names_a_gate_twice_or_misspells_it_is_refused() -> None:
    twice = overlay(shipped(), {"gates": [{"name": "no_leakage", "max": 0}, {"name": "no_leakage", "max": 9}]})
    misspelt = overlay(shipped(), {"gates": [{"name": "no_leekage", "max": 9}]})
    for data in (twice, misspelt):
        with pytest.raises(ConfigError, match=r"measures: Field required"):
            parse_config(data)


def test_a_list_of_plain_values_is_replaced_as_before() -> None:
    assert overlay({"edges": [1, 2]}, {"edges": [3]}) == {"edges": [3]}
    assert overlay({"gates": [{"name": "a"}]}, {"gates": []}) == {"gates": []}


@pytest.mark.parametrize("profile", ["local", "test", "team", "aws", "e2e", "sample"])
def test_every_profile_holds_the_same_gates(profile: str) -> None:
    assert [gate.name for gate in load_config(profile).gates] == [gate.name for gate in load_config("local").gates]
