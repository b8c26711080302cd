"""Threads that compute, and that never keep a process from its end."""

import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from queue import SimpleQueue
from typing import Any, Final, TypeVar

T = TypeVar("T")


COMPUTES: Final = 5
"""Niceness of a thread that computes: a third of what the event loop's gets where the two want one core. The loop needs little of
it and is waited for by everybody, and what it refuses under overload it must refuse at once. No more than that, also where nobody
waits for the result: such a thread holds Python's lock at times, and one that is put off for long then keeps everybody waiting."""


def give_way(niceness: int) -> None:
    """Let this thread, and those that it will start, yield to others where cores are few (Linux alone knows it of a thread)."""
    if sys.platform == "linux":
        me = os.PRIO_PROCESS, threading.get_native_id()
        os.setpriority(*me, max(niceness, os.getpriority(*me)))  # a process that was begun with less may not take more


class DaemonPool(Executor):
    """As many threads as are named. Python waits at its end for those of its own pools, also where a model hangs in one.

    ``niceness``: see ``give_way``.
    """

    def __init__(self, num_threads: int, name: str, niceness: int = 0) -> None:
        self._work: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._niceness = niceness
        self._threads = [threading.Thread(target=self._run, name=f"{name}_{place}", daemon=True) for place in range(num_threads)]
        self._lock = threading.Lock()
        self._is_started = False

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> "Future[T]":
        """As every executor."""
        future: Future[T] = Future()

        def work() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                found = fn(*args, **kwargs)
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(found)

        with self._lock:
            if not self._is_started:
                self._is_started = True
                for thread in self._threads:
                    thread.start()
        self._work.put(work)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: ARG002 (of Executor)
        """Let the threads end with what they do; nobody waits for them."""
        for _ in self._threads:
            self._work.put(None)

    def _run(self) -> None:
        if self._niceness:
            give_way(self._niceness)
        while (work := self._work.get()) is not None:
            work()
