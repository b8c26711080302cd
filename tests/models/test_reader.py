"""Passes under a budget."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from reviewloop.models.reader import passes


@given(st.lists(st.integers(1, 200), max_size=60), st.integers(1, 500))
def test_every_text_is_in_one_pass_and_no_pass_is_over_its_budget_unless_it_is_one_text(lengths: list[int], budget: int) -> None:
    found = passes(lengths, budget)
    assert sorted(row for rows in found for row in rows) == list(range(len(lengths)))
    for rows in found:
        longest = max(lengths[row] for row in rows)
        assert len(rows) == 1 or longest * len(rows) <= budget
    assert [lengths[row] for rows in found for row in rows] == sorted(lengths, reverse=True)


def test_no_texts_are_no_passes() -> None:
    assert passes(np.array([], dtype=int).tolist(), 100) == []
