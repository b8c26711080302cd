"""The watch's verdict: what fired comes first, and a rule that saw nothing is not one that could not look."""

import re
from typing import Any, get_args

import pytest
from tests.helpers.training_records import finding, job, watched

from reviewloop.config import RuleName
from reviewloop.pages.training import rules
from reviewloop.pages.training.history import SeedHistory, Training


def training(*findings: dict[str, Any], **observations: int) -> Training:
    """One in which every rule had 100 observations, except where told otherwise."""
    seen = {**dict.fromkeys(get_args(RuleName), 100), **observations}
    return Training(
        job(), {"best_epoch": 3}, None, [SeedHistory(seed=7, findings=findings, observations=seen, **watched(num_steps=60))]
    )


def results(table: str) -> dict[str, str]:
    """Rule -> its result, as the table shows them."""
    cells = re.findall(r'<tr><td><span class="[^"]*">([^<]*)</span></td><td>([^<]*)', table)
    return {rule: result for result, rule in cells}


def test_the_gravest_comes_first_with_what_it_saw_and_what_to_do() -> None:
    html = rules.cards(
        training(
            finding("step_outliers", "note", 20, 30, "step 16 took 6 times the median", "look at the disk"),
            finding("not_finite", "stop", 60, 90, "the loss is not a number", "lower the learning rate"),
            finding("overfit", "warn", 40, 60, "validation loss rose by 0.3", "train for fewer epochs"),
        )
    )
    order = [html.index(text) for text in ("Stopped the training: Not finite", "Warning: Overfit", "Note: Step outliers")]
    assert order == sorted(order)
    assert "validation loss rose by 0.3<br><b>Do:</b> train for fewer epochs" in html
    assert "step 60, 90 s after the start" in html


def test_a_rule_that_fires_often_is_told_once_with_the_count() -> None:
    html = rules.cards(
        training(*(finding("stalled_loader", "warn", step, step, f"at {step}", "more workers") for step in (10, 20, 50)))
    )
    assert html.count("Stalled loader") == 1
    assert "at 10" in html
    assert "and 2 more, the last at step 50" in html


def test_each_seed_tells_its_own() -> None:
    runs = [SeedHistory(seed=seed, findings=[finding("overfit", "warn", 40, 60, "rose", "stop")]) for seed in (7, 8)]
    html = rules.cards(Training(job(), None, None, runs))
    assert "seed 7, step 40" in html
    assert "seed 8, step 40" in html


def test_a_finding_without_step_time_or_advice_is_shown_too() -> None:
    html = rules.cards(training({"rule": "low_cpu_use", "action": "note", "saw": "idle", "step": None, "time": None}))
    assert "Low CPU use" in html
    assert "at a moment that was not told" in html
    assert "Do:" not in html


def test_a_sound_training_says_how_many_rules_looked() -> None:
    assert "Nothing: 18 rules looked at this training" in rules.cards(training())
    assert "Nothing: 16 rules looked at this training" in rules.cards(training(low_gpu_use=0, gpu_memory=0))


def test_a_rule_that_could_not_have_fired_has_not_judged() -> None:
    patience = job()["watch"]["rules"]["loss_not_decreasing"]["patience"]
    shown = results(rules.table(training(low_gpu_use=0, load_imbalance=0, loss_not_decreasing=patience - 1, overfit=0), {}))
    assert len(shown) == len(get_args(RuleName))
    assert shown["Step outliers"] == "saw nothing"
    assert shown["Low GPU use"] == "not judged: no GPU read"
    assert shown["Load imbalance"] == "not judged: never more than one process"
    assert shown["Loss not decreasing"] == "not judged: too few observations"
    assert shown["Overfit"] == "not judged: nothing to look at"
    assert results(rules.table(training(loss_not_decreasing=patience), {}))["Loss not decreasing"] == "saw nothing"


def test_patience_does_not_reach_from_one_seed_into_the_next() -> None:
    runs = [SeedHistory(seed=seed, observations={"stalled_loader": 2}) for seed in (7, 8)]
    assert results(rules.table(Training(job(), None, None, runs), {}))["Stalled loader"] == "not judged: too few observations"


def test_where_nothing_was_recorded_nothing_is_called_sound() -> None:
    blind = Training(job(), None, None, [SeedHistory(seed=7)])
    assert "no rule could look" in rules.cards(blind)
    assert all(result.startswith("not judged") for result in results(rules.table(blind, {})).values())


def test_the_table_tells_threshold_unit_patience_action_and_meaning() -> None:
    html = rules.table(training(), {"overfit": ("validation loss is above training loss", "nats")})
    row = next(row for row in html.split("<tr>") if "Overfit" in row)
    threshold = job()["watch"]["rules"]["overfit"]["threshold"]
    for told in (f">{threshold:g} <", "nats", ">1<", "warn", "validation loss is above training loss"):
        assert told in row


def test_a_rule_that_is_off_and_a_finding_that_the_job_does_not_name_are_shown_as_such() -> None:
    one = training(finding("overfit", "warn", 40, 60, "rose", "stop"))
    del one.job["watch"]["rules"]["overfit"]
    one.job["watch"]["rules"]["dead_neurons"]["action"] = "off"
    shown = results(rules.table(one, {}))
    assert shown["Overfit"] == "fired"
    assert shown["Dead neurons"] == "off"


@pytest.mark.parametrize("watch", [None, {}, {"rules": None}])
def test_a_job_without_rules_says_so(watch: Any) -> None:
    assert "names no rules" in rules.table(Training(job(watch=watch), None, None, [SeedHistory(seed=7)]), {})
