"""A small draw of the study on a made-up shop: what it prints, and that it notices a target that is missed."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from tests.helpers.drawn_shop import made_up

from reviewloop.core.monitoring.kinds.kinds import TOLD, Kind
from reviewloop.core.monitoring.kinds.naming import Named
from reviewloop_local.studies import live_quality_study as study
from reviewloop_local.studies.planted_kinds import PLANTED, Planted, clean_that_fire, fires, unrated


def test_every_kind_is_planted_and_nothing_too() -> None:
    assert {one.kind for one in PLANTED} == {*TOLD, Kind.NONE} - {Kind.UNKNOWN}


@pytest.mark.parametrize("planted", PLANTED, ids=lambda one: f"{one.kind}{one.note}")
def test_a_planted_day_has_as_many_reviews_and_labels_only_where_somebody_rated(planted: Planted) -> None:
    day = planted.make(made_up(), 100, np.random.default_rng(1))
    assert len(day) == len(day.answers) == len(day.reviews) == 100
    assert (day.num_rated, unrated(day).num_rated) == (100, 0)


def test_clean_days_are_those_that_fire_and_no_others() -> None:
    shop, limits = made_up(), made_up().config.monitor
    null = shop.reference.null(96, 96, limits)
    seldom = list(clean_that_fire(shop, null, 100, 40, np.random.default_rng(3), is_rated=True))
    assert len(seldom) <= 2
    nothing = replace(null, maxima=np.zeros(1999))  # of which any day is beyond all luck
    always = list(clean_that_fire(shop, nothing, 100, 40, np.random.default_rng(3), is_rated=False))
    assert len(always) == 40
    assert all(fires(shop, nothing, day) for day in always)
    assert {day.num_rated for day in always} == {0}


def test_marks_shares_and_concepts_keep_their_targets_in_a_world_that_is_as_assumed() -> None:
    targets = study.Targets()
    shares = study.priors(made_up(), 12, targets)
    assert "| MLLS |" in shares
    assert "| MLLS that knows the days' own calibration |" in shares
    assert "| 15 % changed | 400 | 100.0%" in study.concepts(made_up(), 6, targets)
    assert "| as ever | accuracy |" in study.coverage(made_up(), 12, targets)
    assert targets.missed == []


def test_a_fall_is_found_and_none_is_made_up() -> None:
    targets = study.Targets()
    told = study.fallen(made_up(), 10, targets)
    assert targets.missed == []
    assert "| as it was | 0.0% | 0.0% | 0.0% |" in told


@pytest.mark.parametrize("spoil", ["priors", "concepts", "fallen"])
def test_a_target_that_is_missed_is_named(spoil: str, monkeypatch: pytest.MonkeyPatch) -> None:
    faults: dict[str, tuple[str, Callable[..., object]]] = {
        "priors": ("mlls_shares", lambda *_: study.bbse_shares([0], np.eye(3, dtype=int) * 9, 99, 1)),
        "concepts": ("gaps", lambda *_: ()),
        "fallen": ("falls", lambda *_: ()),
    }
    monkeypatch.setattr(study, *faults[spoil])
    targets = study.Targets()
    getattr(study, spoil)(made_up(), 5, targets)
    assert len(targets.missed) == 1


def test_kinds_that_are_called_by_another_name_are_missed_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study, "fires", lambda *_: True)
    monkeypatch.setattr(study, "clean_that_fire", lambda *_: [None, None])
    monkeypatch.setattr(study, "null_of", lambda *_: None)
    monkeypatch.setattr(study, "name_kind", lambda *_: Named(Kind.PRIOR, "always"))
    targets = study.Targets()
    told = study.kinds(made_up(), 2, 2, targets)
    assert "| prior | all | 2 | 100.0%" in told
    assert "| concept | all | 2 | 0.0% (0.0% to 84.2%) | prior 2 | right on 80 %: missed |" in told
    assert "| none | none | 2 | 0.0%" in told
    assert targets.missed.count("right on 80 %") == 10
    assert targets.missed.count("named on at most 1 %") == 2


@pytest.mark.parametrize(
    ("arguments", "told"), [(["--days", "0"], "--days: 0 is not allowed"), (["--csv", "nowhere.csv"], "nowhere.csv is not a file")]
)
def test_a_mistake_is_one_line(arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        study.main(arguments)
    assert told in capsys.readouterr().err
