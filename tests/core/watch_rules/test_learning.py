"""Rules over losses, metrics and labels: each with what makes it fire and what just does not."""

from math import inf, nan

from tests.helpers.watched import epoch, fired, window


def losses(*values: float) -> list:
    return [window(10 * number, loss=value) for number, value in enumerate(values, 1)]


def test_a_loss_that_stays_where_it_began_is_seen():
    seen = fired("loss_not_decreasing", losses(1.10, *[1.08] * 9), threshold=0.1, patience=10)
    assert seen == {10: "the loss is 1.080; it began at 1.100 and should be down by 10% (10 observations in a row)"}


def test_a_loss_that_fell_enough_and_then_stands_still_is_not():
    assert not fired("loss_not_decreasing", losses(1.10, 1.0, 0.9, *[0.98] * 40), threshold=0.1, patience=10)


def test_one_lucky_window_does_not_hide_that_nothing_is_learnt():
    assert fired("loss_not_decreasing", losses(1.1, 1.1, 1.1, 1.1, 0.9, *[1.1] * 5), threshold=0.1, patience=10)


def test_a_loss_that_comes_back_up_is_seen():
    assert fired("loss_not_decreasing", losses(1.1, 0.5, 0.5, *[1.3] * 20), threshold=0.1, patience=10)


def test_a_loss_that_is_no_number_is_left_to_another_rule():
    assert not fired("loss_not_decreasing", losses(1.1, *[nan] * 30), threshold=0.1, patience=2)


def test_overfit_is_a_validation_loss_that_rises_far_above_the_training_loss():
    epochs = [epoch(1, train_loss=0.6, validation_loss=0.50), epoch(2, train_loss=0.3, validation_loss=0.55)]
    seen = fired("overfit", epochs, threshold=0.8)
    assert seen == {2: "epoch 2: the validation loss rose from 0.500 to 0.550, 83% above the training loss of 0.300"}


def test_a_gap_with_a_validation_loss_that_still_falls_is_no_overfit():
    epochs = [epoch(1, train_loss=0.6, validation_loss=0.60), epoch(2, train_loss=0.2, validation_loss=0.59)]
    assert not fired("overfit", epochs, threshold=0.8)


def test_a_validation_loss_that_rises_a_little_is_no_overfit():
    epochs = [epoch(1, train_loss=0.6, validation_loss=0.50), epoch(2, train_loss=0.3, validation_loss=0.53)]
    assert not fired("overfit", epochs, threshold=0.8)


def test_an_epoch_trained_in_parts_cannot_show_overfit():
    epochs = [epoch(1, validation_loss=0.50), epoch(2, train_loss=nan, validation_loss=9.0)]
    assert not fired("overfit", epochs, threshold=0.8)


def test_overtraining_is_epochs_that_bring_nothing():
    epochs = [epoch(number, mark) for number, mark in enumerate((0.60, 0.70, 0.701, 0.702), 1)]
    seen = fired("overtraining", epochs, threshold=0.002, patience=2)
    assert seen == {4: "epoch 4: macro-F1 is 0.7020, epoch 3 had 0.7010 (2 observations in a row)"}


def test_an_epoch_that_brings_something_starts_the_count_again():
    epochs = [epoch(number, mark) for number, mark in enumerate((0.60, 0.70, 0.69, 0.71, 0.70), 1)]
    assert not fired("overtraining", epochs, threshold=0.002, patience=2)


def test_one_loss_that_is_not_finite_is_seen_wherever_in_the_window_it_was():
    seen = fired("not_finite", [window(10), window(20, finite=False)], threshold=0)
    assert seen == {2: "steps 11 to 20: loss or gradient became NaN or infinite"}


def test_a_validation_loss_that_is_not_finite_is_seen():
    assert fired("not_finite", [epoch(1), epoch(2, validation_loss=nan)], threshold=0).keys() == {2}
    assert fired("not_finite", [epoch(1, validation_loss=inf)], threshold=0).keys() == {1}


def test_a_huge_loss_is_still_finite():
    assert not fired("not_finite", [window(loss=1e30), epoch(1, validation_loss=1e30, train_loss=nan)], threshold=0)


def test_batches_of_nearly_one_class_are_seen():
    seen = fired("class_imbalance", [window(class_shares=(0.05, 0.04, 0.91))], threshold=0.9)
    assert seen == {1: "class 2 has 91.0% of the last 320 rows"}


def test_batches_of_the_usual_imbalance_are_not():
    assert not fired("class_imbalance", [window(class_shares=(0.05, 0.05, 0.9))], threshold=0.9)
