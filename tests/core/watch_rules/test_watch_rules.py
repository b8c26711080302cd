"""The rules as a whole, and what they share: patience, silence after speaking, a meaning."""

from typing import get_args

import pytest
from tests.helpers.watched import epoch, fired, gpu, reading, tensors, window

from reviewloop.config import RuleConfig, RuleName, load_config
from reviewloop.core.watch_rules import RULES, meaning
from reviewloop.core.watch_rules.panel import Panel


def stalls(*shares: float) -> list:
    return [window(phases={"data": 5 * share, "forward": 1.0}) for share in shares]


def test_every_rule_that_can_be_configured_exists_under_its_name():
    assert list(RULES) == list(get_args(RuleName))
    assert all(rule.name == name for name, rule in RULES.items())
    assert set(load_config().training.transformer.watch.rules) == set(RULES)


@pytest.mark.parametrize("name", get_args(RuleName))
def test_every_rule_says_what_it_means_and_what_to_do(name):
    sentence, unit = meaning(name)
    assert sentence.endswith(".")
    assert len(sentence) > 20
    assert unit
    assert RULES[name].advice.endswith(".")
    assert "``threshold``" in RULES[name].__doc__


def test_a_rule_waits_for_as_many_breaches_in_a_row_as_its_patience():
    assert not fired("stalled_loader", stalls(0.5, 0.5, 0.1, 0.5, 0.5), threshold=0.3, patience=3)
    seen = fired("stalled_loader", stalls(0.5, 0.1, 0.5, 0.5, 0.5), threshold=0.3, patience=3)
    assert list(seen) == [5]
    assert seen[5].endswith("(3 observations in a row)")


def test_a_rule_that_has_spoken_is_silent_until_all_was_well_for_as_long():
    assert list(fired("stalled_loader", stalls(*[0.5] * 20), threshold=0.3, patience=2)) == [2]
    assert list(fired("stalled_loader", stalls(0.5, 0.5, 0.1, 0.5, 0.5), threshold=0.3, patience=2)) == [2]
    assert list(fired("stalled_loader", stalls(0.5, 0.5, 0.1, 0.1, 0.5, 0.5), threshold=0.3, patience=2)) == [2, 6]


def test_a_sound_training_raises_nothing_with_the_rules_as_shipped():
    panel = Panel(load_config().training.transformer.watch.rules)
    found = []
    for number in range(1, 301):
        found += panel.observe(window(number * 10, loss=0.4 + 0.7 * 0.97**number), number * 10)
        found += panel.observe(tensors(number * 10), number * 10)
        found += panel.observe(reading(number), number * 10)
    for number in range(1, 4):
        found += panel.observe(epoch(number, 0.6 + 0.02 * number), 1000 * number)
    assert found == []


def test_a_finding_carries_the_rule_its_action_the_step_what_was_seen_and_what_to_do():
    rules = {"gpu_memory": RuleConfig(action="stop", threshold=0.9, patience=1)}
    (found,) = Panel(rules).observe(reading(7, gpu=(gpu(), gpu(memory_share=0.97))), 70)
    assert (found.rule, found.action, found.step, found.time) == ("gpu_memory", "stop", 70, 1e9 + 7)
    assert found.saw == "GPU 1 has 97% of its memory in use"
    assert found.advice == RULES["gpu_memory"].advice


def test_a_rule_that_is_off_watches_nothing():
    rules = {"not_finite": RuleConfig(action="off", threshold=0, patience=1)}
    assert Panel(rules).observe(window(finite=False), 10) == []
