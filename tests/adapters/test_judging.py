"""By which gates a model is judged: whatever judges changes the digest, whatever only makes a result does not."""

from typing import Any

import pytest

from reviewloop.adapters import judging
from reviewloop.adapters.judging import gates_digest
from reviewloop.adapters.provenance import JUDGING
from reviewloop.config import load_config

CONFIG = load_config()
CHANGES: dict[str, Any] = {
    "gates": CONFIG.gates[:-1],
    "evaluation": CONFIG.evaluation.model_copy(update={"margins": None}),
    "bias": CONFIG.bias.model_copy(update={"facets": ()}),
    "bias_after": CONFIG.bias_after.model_copy(update={next(iter(type(CONFIG.bias_after).model_fields)): None}),
    "behaviour": CONFIG.behaviour.model_copy(update={"min_cases": 1}),
}


@pytest.mark.parametrize("section", CHANGES)
def test_another_section_that_judges_is_another_judge(section: str) -> None:
    changed = CONFIG.model_copy(update={section: CHANGES[section]})
    assert gates_digest(changed) != gates_digest(CONFIG)


def test_what_makes_a_result_or_releases_it_is_no_judge() -> None:
    changed = CONFIG.model_copy(update={"training": CONFIG.training.model_copy(update={"num_resamples": 7})})
    changed = changed.model_copy(update={"release": CONFIG.release.model_copy(update={"approval_max_age_days": 1})})
    assert changed != CONFIG
    assert gates_digest(changed) == gates_digest(CONFIG)


def test_another_suite_of_behaviour_is_another_judge(monkeypatch: pytest.MonkeyPatch) -> None:
    before = gates_digest(CONFIG)
    monkeypatch.setattr(judging, "suite_digest", lambda suite: f"another {suite}")
    assert gates_digest(CONFIG) != before


def test_other_code_of_the_gates_is_another_judge(monkeypatch: pytest.MonkeyPatch) -> None:
    before, asked = gates_digest(CONFIG), []
    monkeypatch.setattr(judging, "code_digest", lambda roots: asked.append(roots) or "other code")
    assert gates_digest(CONFIG) != before
    assert asked == [JUDGING]
