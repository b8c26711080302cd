import pytest

from reviewloop.core.dataset.lengths import choose_length, coverage


def test_the_shortest_length_that_covers_enough_is_chosen() -> None:
    lengths = [10] * 50 + [60] * 43 + [100] * 7
    assert choose_length(lengths, (128, 64, 32), 0.93) == 64
    assert choose_length(lengths, (128, 64, 32), 0.94) == 128
    assert choose_length(lengths, (128, 64, 32), 0.50) == 32


def test_the_longest_allowed_is_taken_when_none_covers_enough() -> None:
    assert choose_length([500] * 10, (32, 64), 0.9) == 64


def test_a_text_of_exactly_the_length_is_held_whole() -> None:
    assert coverage([64, 65], 64) == pytest.approx(0.5)
