import _thread
import os
import threading
import weakref

from tests.helpers.slow_endpoint import until

from reviewloop.serving.inference.threads import COMPUTES, WAITS, DaemonPool, native_threads, put_off


class Model:
    def read(self, text: str) -> str:
        return text.upper()


def test_a_thread_that_waits_keeps_nothing_alive_that_it_worked_with() -> None:
    pool, model = DaemonPool(1, "test"), Model()
    gone = weakref.ref(model)
    assert pool.submit(model.read, "so").result(5) == "SO"
    del model
    until(lambda: gone() is None)
    pool.shutdown()


def test_threads_of_libraries_are_told_from_python_s_and_put_off() -> None:
    before, done = native_threads(), threading.Event()
    pool = DaemonPool(1, "test", COMPUTES)
    assert pool.submit(abs, -1).result(5) == 1
    ids: list[int] = []

    def native() -> None:  # as Python knows nothing of a library's thread
        ids.append(threading.get_native_id())
        done.wait(10)

    _thread.start_new_thread(native, ())
    until(lambda: bool(ids))
    late = native_threads() - before
    assert late == set(ids)
    put_off({*late, 2**22 + 1})  # the second has ended, it seems
    niceness = {thread: os.getpriority(os.PRIO_PROCESS, thread) for thread in (*ids, pool._threads[0].native_id)}
    assert list(niceness.values()) == [WAITS, COMPUTES]
    done.set()
    pool.shutdown()
