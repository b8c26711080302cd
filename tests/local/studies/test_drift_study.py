"""A small draw of the study on a made-up shop: what it prints, and that it notices a monitor that cries wolf or sleeps."""

import re

import numpy as np
import pytest
from tests.helpers.drawn_shop import made_up

from reviewloop_local.studies import drift_study as study

ROWS = 100
DRAWS = 60


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study, "SIZES", (50, ROWS))
    monkeypatch.setattr(study, "RISES", (200,))
    monkeypatch.setattr(study, "MOST", 0.12)  # so few draws cannot show less


def shares(cell: str) -> float:
    """The share that a cell of a table begins with."""
    found = re.match(r"([\d.]+)%", cell)
    assert found is not None, cell
    return float(found[1])


def cells(table: str, row: int) -> list[str]:
    return [cell.strip() for cell in table.splitlines()[2 + row].strip("|").split("|")]


def test_clean_days_seldom_fire() -> None:
    table, kept = study.false_alarms(made_up(), DRAWS)
    assert kept
    assert [cells(table, row)[0] for row in (0, 1)] == ["50", "100"]
    assert all(shares(cells(table, row)[1]) <= 5 for row in (0, 1))


@pytest.mark.parametrize("part", ["joint_alarms", "complaint_alarms"])
def test_a_monitor_that_cries_wolf_fails_the_study(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study, part, lambda *_: np.ones(DRAWS, dtype=bool))
    table, kept = study.false_alarms(made_up(), DRAWS)
    assert not kept
    assert shares(cells(table, 0)[1]) == 100


def test_complaints_that_double_are_seen_and_a_monitor_that_sleeps_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    rated = shares(cells(study.power(made_up(), 12), 0)[1])
    assert rated >= 90
    for part in ("joint_alarms", "complaint_alarms"):
        monkeypatch.setattr(study, part, lambda *_: np.zeros(12, dtype=bool))
    monkeypatch.setattr(study, "null_of", lambda *_: None)
    assert [shares(cell) for cell in cells(study.power(made_up(), 12), 0)[1:]] == [0, 0, 0, 0]


def test_texts_about_something_else_fire_at_once_by_name() -> None:
    told = cells(study.elsewhere(made_up(), 3), 0)
    assert told[:2] == ["50", "50"]
    assert shares(told[2]) == 100
    assert "words" in told[3] or "text" in told[3] or "length" in told[3]


@pytest.mark.parametrize(("hits", "low", "high"), [(0, 0.0, 0.3085), (10, 0.6915, 1.0), (5, 0.1871, 0.8129)])
def test_the_interval_is_clopper_s_and_pearson_s(hits: int, low: float, high: float) -> None:
    assert study.interval(hits, 10) == pytest.approx((low, high), abs=1e-4)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [(["--draws", "0"], "--draws: 0 is not allowed"), (["--csv", "nowhere.csv"], "nowhere.csv is not a file")],
)
def test_a_mistake_is_one_line(arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        study.main(arguments)
    assert told in capsys.readouterr().err
