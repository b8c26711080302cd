import numpy as np
import pytest
from tests.helpers.benched import MACHINE, make_recipe

from reviewloop_local.bench.machine import PEAK_TFLOPS, peak_tflops
from reviewloop_local.bench.ratios import Turn, padding_share, speed_ratio, tokens_per_second
from reviewloop_local.bench.recipe import read_recipe
from reviewloop_local.bench.results import judged
from reviewloop_local.bench.tables import Table


def turns(*seconds: float) -> list[Turn]:
    return [Turn(taken, num_tokens=10, num_read=16) for taken in seconds]


def test_a_speed_is_all_tokens_over_all_seconds():
    assert tokens_per_second([Turn(1.0, 10, 16), Turn(9.0, 20, 24)]) == pytest.approx(3.0)
    with pytest.raises(ValueError, match="nothing was measured"):
        tokens_per_second([])


def test_padding_is_what_was_read_beyond_the_tokens():
    assert padding_share([Turn(1.0, 10, 16), Turn(9.0, 20, 24)]) == pytest.approx(0.25)


def test_a_turn_of_long_rows_counts_for_as_much_as_it_holds():
    long_then_short = [Turn(3.0, 90, 96), Turn(1.0, 30, 32)]
    ratio = speed_ratio(long_then_short, [Turn(6.0, 60, 96), Turn(6.0, 60, 96)])
    assert (ratio.value, ratio.low, ratio.high) == (pytest.approx(3.0), pytest.approx(3.0), pytest.approx(3.0))


def test_a_ratio_of_speeds_is_that_of_the_whole_with_its_interval_around_it():
    ratio = speed_ratio(turns(1.0, 1.2, 0.8, 1.0), turns(5.0, 5.1, 4.9, 5.0))
    assert ratio.value == pytest.approx(5.0)
    assert 4.0 < ratio.low < 5.0 < ratio.high < 6.0


def test_a_machine_that_is_slow_in_a_round_for_everybody_does_not_blur_the_ratio():
    slow_at_times = [1.0, 7.0, 1.0, 3.0, 1.0, 9.0]
    ratio = speed_ratio(turns(*slow_at_times), turns(*(4 * taken for taken in slow_at_times)))
    assert (ratio.low, ratio.high) == (pytest.approx(4.0), pytest.approx(4.0))
    alone = speed_ratio(turns(*slow_at_times), turns(*[4.0] * 6))
    assert alone.high - alone.low > 1


def test_as_fast_as_itself_is_exactly_one():
    same = turns(1.0, 3.0, 2.0)
    ratio = speed_ratio(same, same)
    assert (ratio.value, ratio.low, ratio.high) == (1.0, 1.0, 1.0)


@pytest.mark.parametrize(("mine", "other"), [([], []), ([1.0], [1.0, 2.0])])
def test_turns_that_do_not_pair_give_no_ratio(mine, other):
    with pytest.raises(ValueError, match="must pair"):
        speed_ratio(turns(*mine), turns(*other))


def test_better_predictions_show_as_a_difference_and_equal_ones_as_none():
    labels = [0, 1, 2] * 60
    wrong = [(label + 1) % 3 if place % 4 == 0 else label for place, label in enumerate(labels)]
    part = {"labels": labels, "ours": labels, "customer": wrong, "trainer": labels}
    found = judged({"validation": part, "held_out": part}, seed=1)
    assert set(found) == {"ours", "customer", "trainer"}
    assert found["ours"].validation == found["ours"].held_out == 1.0
    assert found["customer"].held_out == pytest.approx(0.75, abs=0.01)
    less = found["customer"].against_ours
    assert less.low < less.delta < less.high < 0
    equal = found["trainer"].against_ours
    assert (equal.delta, equal.low, equal.high) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("name", "tflops"),
    [
        ("NVIDIA H200", 989.0),
        ("NVIDIA H100 80GB HBM3", 989.0),
        ("NVIDIA H100 PCIe", 756.0),
        ("NVIDIA A100-SXM4-80GB", 312.0),
        ("NVIDIA L4", 121.0),
        ("NVIDIA L40S", 362.0),
        ("NVIDIA A10G", 70.0),
        ("Tesla T4", None),
        ("NVIDIA GeForce RTX 3090", None),
        ("", None),
    ],
)
def test_a_gpu_is_known_by_its_name_or_not_at_all(name, tflops):
    assert peak_tflops(name) == tflops


def test_every_known_gpu_is_found_by_its_own_name():
    assert {name: peak_tflops(f"NVIDIA {name}") for name in PEAK_TFLOPS} == PEAK_TFLOPS


def test_the_share_of_the_peak_counts_six_operations_a_token_and_parameter():
    with_gpu = MACHINE.model_copy(update={"gpu": "NVIDIA A100-SXM4-80GB"})
    assert with_gpu.share_of_peak(52_000) == pytest.approx(6 * 10e6 * 52_000 / 312e12)
    assert with_gpu.model_copy(update={"gpu": "Tesla T4"}).share_of_peak(52_000) is None
    assert MACHINE.share_of_peak(52_000) is None


def test_the_recipe_comes_back_from_its_file_and_wants_whole_batches(tmp_path):
    recipe = make_recipe(tmp_path)
    recipe.path.write_text(recipe.model_dump_json())
    assert read_recipe(recipe.path) == recipe
    assert recipe.steps_per_epoch == 50
    for num_rows in (401, 8, 0):
        with pytest.raises(ValueError, match=f"num_train_rows: {num_rows} is not two or more batches of 8"):
            make_recipe(tmp_path, num_train_rows=num_rows)


def test_a_table_is_markdown_whatever_its_cells_hold():
    table = Table("Speed", ["who", "how"], [["a|b", "1\n2"]], note="A note.")
    assert table.markdown() == "### Speed\n\n| who | how |\n| --- | ---: |\n| a\\|b | 1 2 |\n\nA note.\n"
    assert "| --- | --- |" in Table("t", ["a", "b"], [], is_words=True).markdown()


def test_a_resampled_interval_is_the_same_every_time():
    rng = np.random.default_rng(3)
    some, others = turns(*rng.uniform(1, 2, 9)), turns(*rng.uniform(1, 2, 9))
    assert speed_ratio(some, others) == speed_ratio(some, others)
