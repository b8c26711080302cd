"""A small draw of the study: what it promises, and that it notices a promise that is broken."""

from dataclasses import replace

import pytest

from reviewloop.config import load_config
from reviewloop.core.rollout.plan import plan_of
from reviewloop_local.loop.display import new_console
from reviewloop_local.studies import rollout_study as study
from reviewloop_local.studies.rollout_draws import Ended, run


def test_a_small_draw_keeps_the_promises(capsys: pytest.CaptureFixture[str]) -> None:
    assert study.quality_table(new_console(), num_rollouts=200, num_labels=1000)
    assert study.ratio_table(new_console(), num_rollouts=100, num_units=5000)
    told = capsys.readouterr().out
    assert "the same" in told
    assert "-5%" in told


def test_a_small_draw_of_the_whole_plan_keeps_them_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert study.plan_table(new_console(), num_rollouts=20, losses=(0.0, 0.1))
    told = capsys.readouterr().out
    assert "100.0% (83.9% to 100.0%)" in told, "ten points are always seen"


def test_a_plan_that_cries_wolf_and_one_that_sees_too_late_break_the_promise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study, "plan_of", lambda config, name: replace(plan_of(config, name), alpha=1.0))
    assert not study.plan_table(new_console(), num_rollouts=20, losses=(0.0,))
    monkeypatch.setattr(study, "run", lambda *_: Ended("back", "quality", 601, 7.0))
    assert not study.plan_table(new_console(), num_rollouts=5, losses=(0.05,))


@pytest.mark.parametrize(("word", "loss"), [("back", 0.12), ("finish", 0.0)])
def test_a_draw_is_the_same_again_and_ends_as_it_ought_to(word: str, loss: float) -> None:
    plan = plan_of(load_config("team").rollout, "staged")
    first, again = (run(plan, loss, study.TRAFFIC, seed=1) for _ in range(2))
    assert first == again
    assert first.word == word


def test_a_test_that_cries_wolf_breaks_the_promise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study, "QUALITY_ALPHA", 0.9)
    monkeypatch.setattr(study, "log_evidence_worse", lambda a, b: (a - b) * 1.0)
    assert not study.quality_table(new_console(), num_rollouts=100, num_labels=500)
    monkeypatch.setattr(study, "RATIO_ALPHA", 0.5)
    assert not study.ratio_table(new_console(), num_rollouts=100, num_units=1000)


def test_peeking_with_a_test_of_one_look_cries_wolf_in_a_quarter() -> None:
    assert 0.2 < study.naive(*study.pairs(0.0, 500, 3000, seed=3)).any(axis=1).mean() < 0.4


def test_arms_apart_need_three_and_nine_times_the_labels_of_pairs() -> None:
    assert [study.labels_apart(0.05, share) for share in (0.5, 0.1)] == [1486, 4473]
