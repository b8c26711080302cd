"""A plan that the ledger holds is the plan that was begun."""

import json
from dataclasses import replace

import pytest
from tests.helpers.rollouts import PROMOTED, ledger, plan, started

from reviewloop.config import load_config
from reviewloop.core.rollout.plan import from_facts, plan_of, to_facts
from reviewloop.core.rollout.routing import routing


@pytest.mark.parametrize("name", ["staged", "ab", "blue_green", "linear"])
def test_what_is_written_is_read_back(name: str) -> None:
    chosen = replace(plan(name), labels_needed=617)
    facts = json.loads(ledger(PROMOTED, started(chosen))[1].to_bytes())["facts"]
    assert from_facts(facts) == chosen
    assert to_facts(from_facts(facts)) == to_facts(chosen)


def test_a_rollout_that_began_before_there_was_a_limit_of_coverage_has_none() -> None:
    facts = to_facts(plan())
    assert facts.pop("max_coverage_gap") == "0.2"
    assert from_facts(facts) == replace(plan(), max_coverage_gap=1.0)


@pytest.mark.parametrize("name", ["staged", "ab", "blue_green", "linear"])
def test_the_endpoint_reads_the_shares_that_the_plan_says(name: str) -> None:
    chosen = plan(name)
    found = routing(ledger(PROMOTED, started(chosen)))
    assert found is not None
    first = chosen.stages[0]
    assert (found.stage, found.challenger_share, found.shadow_share) == (first.name, first.challenger, first.shadow)


def test_a_name_that_is_no_plan_names_those_that_are() -> None:
    with pytest.raises(ValueError, match="plan: 'sideways' is none of all_at_once, staged, ab, blue_green, linear"):
        plan_of(load_config().rollout, "sideways")
