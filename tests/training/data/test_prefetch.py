import threading
import time

import pytest

from reviewloop.training.data.prefetch import prefetched


def test_results_come_in_order_and_all_of_them():
    assert list(prefetched(lambda n: n * n, range(50))) == [n * n for n in range(50)]
    assert list(prefetched(lambda n: n, [])) == []
    assert list(prefetched(lambda n: n, [1])) == [1]


def test_work_is_done_ahead_in_another_thread_but_not_without_bounds():
    done: list[int] = []

    def make(n: int) -> str:
        done.append(n)
        return threading.current_thread().name

    source = prefetched(make, range(100), ahead=2)
    assert next(source).startswith("prefetch")
    deadline = time.monotonic() + 10
    while len(done) < 3 and time.monotonic() < deadline:
        time.sleep(0.001)
    assert done == [0, 1, 2]


def test_an_error_is_raised_at_its_place():
    def make(n: int) -> int:
        if n == 3:
            raise ValueError("row 3")
        return n

    source = prefetched(make, range(9))
    assert [next(source) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="row 3"):
        next(source)


def test_a_reader_that_stops_early_leaves_no_thread_behind():
    source = prefetched(lambda n: n, range(1000))
    next(source)
    source.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("prefetch")]
