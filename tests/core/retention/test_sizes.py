"""Sizes in words."""

import pytest

from reviewloop.core.retention.sizes import in_words


@pytest.mark.parametrize(
    ("num_bytes", "words"),
    [(0, "0 B"), (999, "999 B"), (999.6, "1 kB"), (1234, "1.23 kB"), (999_499, "999 kB"), (2.5e9, "2.5 GB"), (4.2e18, "4200 PB")],
)
def test_three_digits_say_enough(num_bytes: float, words: str) -> None:
    assert in_words(num_bytes) == words
