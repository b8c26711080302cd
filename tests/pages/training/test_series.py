"""Long series become short ones without hiding what matters."""

import math

import numpy as np
import pytest

from reviewloop.pages.training.series import columns, numbers, thin


def test_what_is_missing_null_or_no_number_is_nan() -> None:
    records = [{"loss": 1}, {"loss": None}, {}, {"loss": "0.5"}, {"loss": True}, {"loss": math.inf}]
    assert numbers(records, "loss").tolist()[::5] == [1.0, math.inf]
    assert np.isnan(numbers(records, "loss")[1:5]).all()


def test_a_path_leads_down_also_where_there_is_nothing_to_lead_to() -> None:
    records = [{"layers": {"layer.0": {"norm": 2.0}}}, {"layers": None}, {"layers": {}}]
    assert numbers(records, "layers", "layer.0", "norm").tolist()[0] == 2.0
    assert np.isnan(numbers(records, "layers", "layer.0", "norm")[1:]).all()


def test_lists_of_unlike_lengths_make_one_table() -> None:
    cpu = columns([{"cpu": [1.0, 2.0]}, {"cpu": [3.0]}, {}, {"cpu": None}], "cpu")
    assert cpu.shape == (4, 2)
    assert cpu[0].tolist() == [1.0, 2.0]
    assert np.isnan(cpu).sum() == 5
    assert columns([{"gpu": [{"use": 0.5}]}, {"gpu": []}], "gpu", "use")[0].tolist() == [0.5]
    assert columns([], "gpu", "use").shape == (0, 0)


def test_few_readings_stay_as_they_are() -> None:
    drawn = thin(np.array([0.0, 1.0, 2.0]), np.array([5.0, np.nan, 7.0]))
    assert drawn.mean[[0, 2], 0].tolist() == [5.0, 7.0]
    assert np.isnan(drawn.mean[1, 0])
    assert drawn.end.tolist() == [1.0, 2.0, 3.0]
    assert drawn.middle.tolist() == [0.0, 1.0, 2.0]


def test_thousands_of_readings_become_few_and_a_short_peak_stays_visible() -> None:
    values = np.ones(7200)
    values[4321] = 50.0
    drawn = thin(np.arange(7200) / 2, values, most=240)
    assert len(drawn.mean) == 240
    assert drawn.high.max() == 50.0
    assert drawn.mean.max() < 3.0
    assert drawn.low.min() == 1.0


def test_a_value_that_is_not_finite_leaves_its_neighbours_alone() -> None:
    drawn = thin(np.arange(4.0), np.array([2.0, np.inf, np.nan, np.nan]), most=2)
    assert drawn.mean[0, 0] == 2.0
    assert drawn.high[0, 0] == 2.0
    assert np.isnan(drawn.mean[1, 0])


@pytest.mark.parametrize("most", [2, 240])
def test_a_pause_is_nothing_read_and_no_group_spans_it(most: int) -> None:
    x = np.array([0.0, 1.0, 2.0, 100.0, 101.0])
    drawn = thin(x, np.array([1.0, 1.0, 1.0, 9.0, 9.0]), [(2.0, 100.0)], most)
    gap = int(np.flatnonzero(np.isnan(drawn.mean[:, 0]))[0])
    assert drawn.end[gap] == 100.0
    assert set(drawn.mean[:gap, 0]) == {1.0}
    assert set(drawn.mean[gap + 1 :, 0]) == {9.0}
    assert drawn.start[1:].tolist() == drawn.end[:-1].tolist()


def test_a_pause_outside_of_the_readings_and_readings_out_of_order_do_no_harm() -> None:
    drawn = thin(np.array([3.0, 1.0, 2.0]), np.array([30.0, 10.0, 20.0]), [(-5.0, 0.0), (9.0, 12.0)])
    assert drawn.mean[:, 0].tolist() == [10.0, 20.0, 30.0]
    assert len(thin(np.array([]), np.array([])).mean) == 0
