import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewloop.core.dataset.balance import Balance, balanced, class_weights
from reviewloop.core.texts import text_digest

counts = st.tuples(*[st.integers(1, 60)] * 3)
powers = st.floats(0, 1)


def train(counts: tuple[int, ...]) -> pd.DataFrame:
    labels = [label for label, count in enumerate(counts) for _ in range(count)]
    return pd.DataFrame({"label": labels, "text_digest": [text_digest(str(i)) for i in range(len(labels))]}).sample(
        frac=1, random_state=1
    )


@settings(deadline=None)
@given(counts, powers)
def test_the_mean_weight_is_one_and_the_rarer_class_never_weighs_less(counts: tuple[int, ...], power: float) -> None:
    rows = balanced(train(counts), "weight", power)
    assert rows["weight"].mean() == pytest.approx(1)
    weights = class_weights(rows["label"], power)
    ranked = [weights[label] for label in sorted(range(3), key=lambda label: counts[label])]
    assert ranked == pytest.approx(sorted(ranked, reverse=True))


def test_the_square_root_weights_of_a_known_mix() -> None:
    weights = class_weights(pd.Series([0] * 10 + [1] * 15 + [2] * 75), 0.5)
    # share ** -0.5 is 3.162, 2.582, 1.155; its mean over the rows is 1.570
    assert weights == pytest.approx({0: 2.015, 1: 1.645, 2: 0.736}, abs=0.001)


@pytest.mark.parametrize("mode", ["weight", "oversample", "undersample", "none"])
def test_rows_of_a_sample_weigh_what_they_stand_for(mode: Balance) -> None:
    taken = train((20, 20, 20))  # of classes of which there are 10, 20 and 70 in a hundred
    rows = balanced(taken.assign(sampling_weight=taken["label"].map({0: 0.3, 1: 0.6, 2: 2.1})), mode, 0.0)
    assert rows["weight"].mean() == pytest.approx(1)
    assert (rows.groupby("label")["weight"].sum() / len(rows)).tolist() == pytest.approx([0.1, 0.2, 0.7])


def test_the_classes_of_a_sample_are_balanced_by_what_was_there() -> None:
    taken = train((20, 20, 20))
    rows = balanced(taken.assign(sampling_weight=taken["label"].map({0: 0.3, 1: 0.6, 2: 2.1})), "weight", 1.0)
    assert (rows.groupby("label")["weight"].sum() / len(rows)).tolist() == pytest.approx([1 / 3] * 3)


@pytest.mark.parametrize("mode", ["weight", "oversample", "undersample"])
def test_power_one_makes_the_classes_equal(mode: Balance) -> None:
    rows = balanced(train((20, 30, 50)), mode, 1.0)
    masses = rows.groupby("label")["weight"].sum()
    assert masses.tolist() == pytest.approx([masses.iloc[0]] * 3)


@settings(deadline=None)
@given(counts, st.sampled_from(["weight", "oversample", "undersample", "none"]))
def test_power_zero_leaves_every_row_as_it_is(counts: tuple[int, ...], mode: Balance) -> None:
    rows = train(counts).reset_index(drop=True)
    pd.testing.assert_frame_equal(balanced(rows, mode, 0.0), rows.assign(weight=1.0))


@settings(deadline=None)
@given(counts, powers)
def test_oversampling_keeps_every_row_and_repeats_evenly(counts: tuple[int, ...], power: float) -> None:
    before = train(counts)
    rows = balanced(before, "oversample", power)
    assert set(rows["text_digest"]) == set(before["text_digest"])
    copies = rows.groupby("label")["text_digest"].value_counts()
    assert (copies.groupby("label").max() - copies.groupby("label").min() <= 1).all()
    assert (rows["label"] == counts.index(max(counts))).sum() == max(counts)


@settings(deadline=None)
@given(counts, powers)
def test_undersampling_repeats_nothing_and_keeps_the_smallest_class_whole(counts: tuple[int, ...], power: float) -> None:
    rows = balanced(train(counts), "undersample", power)
    assert rows["text_digest"].is_unique
    assert (rows["label"] == counts.index(min(counts))).sum() == min(counts)


@settings(deadline=None)
@given(counts, powers, st.sampled_from(["oversample", "undersample"]))
def test_the_order_of_the_rows_does_not_decide_which_are_taken(counts: tuple[int, ...], power: float, mode: Balance) -> None:
    rows = train(counts)
    one, other = balanced(rows, mode, power), balanced(rows.iloc[::-1], mode, power)
    assert sorted(one["text_digest"]) == sorted(other["text_digest"])
