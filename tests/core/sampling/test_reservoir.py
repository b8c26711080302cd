import tracemalloc
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from reviewloop.core.sampling.probability import simple_random
from reviewloop.core.sampling.reservoir import Reservoir, reservoir
from reviewloop.errors import PermanentError
from reviewloop_local.studies.sampling_study import chosen_once, naive_merge


def keys(num_rows: int) -> list[str]:
    return [f"review {number}" for number in range(num_rows)]


def of_day(day: str, rows: list[str], size: int = 5) -> Reservoir[str]:
    kept = Reservoir[str](size, 3)
    kept.offer(day, ((key, key.upper()) for key in rows))
    return kept


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 60), min_size=4, max_size=4), st.permutations(range(3)), st.integers(1, 12))
def test_days_read_apart_and_merged_in_any_order_are_the_days_read_in_one(cuts: list[int], order: list[int], size: int) -> None:
    rows, ends = keys(60), sorted(cuts)
    parts = [of_day(f"2026-01-0{number}", rows[start:end], size) for number, (start, end) in enumerate(pairwise(ends), 1)]
    first, second, third = (parts[place] for place in order)
    merged = first.merged(second).merged(third)
    whole = Reservoir[str](size, 3)
    for number, (start, end) in enumerate(pairwise(ends), 1):
        whole.offer(f"2026-01-0{number}", ((key, key.upper()) for key in reversed(rows[start:end])))
    assert merged.rows() == whole.rows()
    assert merged.num_offered == whole.num_offered
    assert merged.inclusion == whole.inclusion


def test_it_takes_the_rows_that_a_sample_of_all_at_once_takes() -> None:
    rows = keys(100)
    days = {"2026-01-01": rows[:30], "2026-01-02": rows[30:]}
    one, other = reservoir(days, 12, 9), simple_random(rows, 12, 9)
    assert one.places.tolist() == other.places.tolist()
    assert np.allclose(np.asarray(one.inclusion), np.asarray(other.inclusion))


def test_half_from_each_day_whatever_their_sizes_is_found_out() -> None:
    observed, expected = chosen_once(naive_merge, range(300))
    assert chisquare(observed, np.full(50, observed.sum() / 50)).pvalue < 1e-6
    assert expected.sum() == pytest.approx(300)


def test_the_memory_is_that_of_the_kept_rows_alone() -> None:
    def peak(num_rows: int) -> int:
        tracemalloc.start()
        kept = Reservoir[bytes](50, 1)
        kept.offer("2026-01-01", ((str(number), bytes(1000)) for number in range(num_rows)))
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert len(kept.rows()) == 50
        return found

    assert peak(20_000) < 1.5 * peak(1000)


def test_a_day_or_a_row_counts_once() -> None:
    first = of_day("2026-01-01", keys(9))
    with pytest.raises(PermanentError, match="the day 2026-01-01 was offered before"):
        first.offer("2026-01-01", [])
    with pytest.raises(PermanentError, match="the day 2026-01-01 is in both"):
        first.merged(of_day("2026-01-01", keys(3)))
    with pytest.raises(PermanentError, match="'review 1' was offered twice"):
        of_day("2026-01-02", ["review 1", "review 1"])
    with pytest.raises(PermanentError, match="size 5 and seed 3 do not merge with size 6 and seed 3"):
        first.merged(of_day("2026-01-02", keys(3), size=6))
    with pytest.raises(PermanentError, match="size 0 must be at least 1"):
        Reservoir[str](0, 1)


def test_before_the_first_row_nothing_is_kept() -> None:
    empty = Reservoir[str](5, 3)
    empty.offer("2026-01-01", [])
    assert (empty.rows(), empty.inclusion) == ([], 0.0)
    assert empty.merged(of_day("2026-01-02", keys(4))).inclusion == 1.0
