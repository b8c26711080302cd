"""Every row of a large day is in one chunk, whatever the limit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewloop.core.scoring.chunks import cut, gaps
from reviewloop.errors import PermanentError


def test_a_day_is_cut_and_one_that_fits_is_left_alone() -> None:
    assert cut({"a": 10, "b": 4, "c": 0}, 4, 9) == {"a": [range(4), range(4, 8), range(8, 10)]}


@pytest.mark.parametrize(
    ("most", "expected"),
    [
        (13, {"a": [4, 4, 2], "b": [4] * 10}),
        (12, {"a": [8, 2], "b": [8] * 5}),
        (6, {"b": [16, 16, 8]}),  # what is a single piece by now needs no task of its own
        (2, {"b": [32, 8]}),
        (1, {}),
    ],
)
def test_chunks_grow_until_they_are_few_enough(most: int, expected: dict[str, list[int]]) -> None:
    assert {day: [len(piece) for piece in pieces] for day, pieces in cut({"a": 10, "b": 40}, 4, most).items()} == expected


@given(st.dictionaries(st.text(max_size=3), st.integers(0, 5000), max_size=6), st.integers(1, 700), st.integers(1, 1024))
def test_together_they_hold_every_row_of_each_large_day_once_and_are_never_too_many(
    days: dict[str, int], chunk_rows: int, most: int
) -> None:
    chunks = cut(days, chunk_rows, most)
    assert sum(map(len, chunks.values())) <= most
    for day, pieces in chunks.items():
        assert [row for piece in pieces for row in piece] == list(range(days[day]))
        assert gaps(pieces[::-1], days[day]) == []


@pytest.mark.parametrize(
    ("read", "missing"),
    [
        ([], [range(9)]),
        ([range(3, 5)], [range(3), range(5, 9)]),
        ([range(5, 9), range(3)], [range(3, 5)]),
        ([range(9)], []),
    ],
)
def test_what_nobody_read_is_named(read: list[range], missing: list[range]) -> None:
    assert gaps(read, 9) == missing


def test_rows_that_were_read_twice_are_no_day() -> None:
    with pytest.raises(PermanentError, match="rows 2 to 3 were read twice"):
        gaps([range(4), range(2, 9)], 9)
