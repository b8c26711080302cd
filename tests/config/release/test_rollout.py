"""A plan that could not send anybody back, or that would read nothing, is refused in one clear line."""

import math
from typing import Any

import pytest
from pydantic import ValidationError

from reviewloop.config import load_config
from reviewloop.config.release.rollout import PlanConfig, RolloutConfig

SHADOW = {"name": "shadow", "challenger": 0, "shadow": 1, "requests": 10}
HALF = {"name": "half", "challenger": 0.5, "shadow": 1, "requests": 10}
FULL = {"name": "full", "challenger": 1, "requests": 10}


def plan(*stages: dict[str, Any], guards: tuple[str, ...] = ("errors",), name: str = "mine") -> PlanConfig:
    return PlanConfig.model_validate({"name": name, "stages": stages, "guards": guards})


def test_who_takes_which_plan() -> None:
    taken = {name: load_config(name).rollout.plan for name in ("local", "sample", "test", "e2e", "team", "aws")}
    assert taken == {**dict.fromkeys(("local", "sample", "test", "e2e"), "all_at_once"), "team": "staged", "aws": "staged"}


def test_a_sound_plan_is_taken() -> None:
    assert [stage.name for stage in plan(SHADOW, HALF, FULL, guards=("errors", "slow", "quality")).stages] == [
        "shadow",
        "half",
        "full",
    ]


@pytest.mark.parametrize(
    ("stages", "guards", "words"),
    [
        ((SHADOW,), (), "has no guard: nothing could send the new version back; name some of errors, timeouts"),
        ((), ("errors",), "has no stages; only all_at_once may have none"),
        ((HALF, SHADOW), ("errors",), "the challenger's shares, 0.5, 0, must never fall: that is going back"),
        ((SHADOW, SHADOW), ("errors",), "stages named twice: shadow"),
        ((FULL,), ("quality",), "guard quality has no source: no stage has a shadow"),
        ((SHADOW,), ("slow",), "guard slow has no source: no stage is answered by the challenger"),
        ((FULL,), ("answer_shift",), "guard answer_shift has no source"),
        (({**SHADOW, "shadow": 0},), ("errors",), "has neither challenger nor shadow: nothing would be read"),
        (({**FULL, "shadow": 0.5},), ("errors",), "shadow is of what the champion answers, which is nothing"),
        (({**HALF, "challenger": 1e-7},), ("errors",), "a share is 0 or at least 1e-05"),
        (({**FULL, "labels": 3},), ("errors",), "stage full asks for labels, but by then no review is read by both"),
        (({**SHADOW, "verdict": True},), ("errors",), "asks for a verdict, and guard quality, which gives it, is not named"),
    ],
)
def test_a_plan_that_judges_nothing_is_refused(stages: Any, guards: tuple[str, ...], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        plan(*stages, guards=guards)


def test_all_at_once_is_the_plan_without_any() -> None:
    assert plan(name="all_at_once", guards=()).stages == ()
    with pytest.raises(ValidationError, match="it is the plan without any: give them another name"):
        plan(FULL, name="all_at_once")


WITHOUT_MS = [
    {**one, "sick": None} if one["name"] == "slow" else one for one in load_config().rollout.model_dump(mode="json")["guards"]
]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"plan": "sideways"}, "plan: 'sideways' is none of all_at_once, staged"),
        ({"guards": []}, "plan 'staged' names guard 'not_finite', and rollout.guards does not say its limit"),
        ({"plans": [{"name": "all_at_once"}] * 2, "plan": "all_at_once"}, "'all_at_once' is listed twice"),
        ({"margin": 0}, "greater than 0"),
        ({"guards": WITHOUT_MS}, "plan 'blue_green' names guard 'slow', and has no stage that both answer: give the guard `sick`"),
        ({"max_coverage_gap": 1.1}, "less than or equal to 1"),
        (
            {"guards": [{"name": "errors", "limit": 5}]},
            "guard 'errors': 5 is no share; give a number up to 1, such as 0.01 for 1 %",
        ),
        ({"guards": [{"name": "gone", "limit": 0.01, "sick": 10}]}, "guard 'gone': 10 is no share"),
        ({"plans": [{"name": "mine", "guards": ["errors"], "deadline_hours": math.inf}]}, "less than or equal to 8784"),
        ({"plans": [{"name": "mine", "stages": [{**FULL, "bake_seconds": math.inf}]}]}, "finite number"),
    ],
)
def test_the_section_agrees_with_itself(changed: dict[str, Any], words: str) -> None:
    shipped = load_config().rollout.model_dump(mode="json")
    with pytest.raises(ValidationError, match=words):
        RolloutConfig.model_validate(shipped | changed)
