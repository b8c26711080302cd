"""Threads that compute, and that never keep a process from its end."""

import os
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Final, TypeVar

T = TypeVar("T")


COMPUTES: Final = 5
"""Niceness of a thread that computes: a third of what the event loop's gets where the two want one core. The loop needs little of
it and is waited for by everybody, and what it refuses under overload it must refuse at once. No more than that, also where nobody
waits for the result: such a thread holds Python's lock at times, and one that is put off for long then keeps everybody waiting."""


WAITS: Final = 19
"""Niceness of threads that a library computes in without Python's lock, where nobody waits for the result: what is
left over is theirs."""


def give_way(niceness: int) -> None:
    """Let this thread, and those that it will start, yield to others where cores are few (Linux alone knows it of a thread)."""
    if sys.platform == "linux":
        me = os.PRIO_PROCESS, threading.get_native_id()
        os.setpriority(*me, max(niceness, os.getpriority(*me)))  # a process that was begun with less may not take more


def native_threads() -> set[int]:
    """Ids of this process's threads that Python did not start: those of libraries. Empty where the system does not tell."""
    try:
        found = {int(path.name) for path in Path("/proc/self/task").iterdir()}
    except OSError:  # no Linux
        return set()
    while None in (ours := {thread.native_id for thread in threading.enumerate()}):
        time.sleep(0.001)  # one that is just being started does not know its id yet
    return found - ours


def put_off(threads: set[int]) -> None:
    """Let these, as ``native_threads`` tells them, compute only where nobody else wants the core. There is no way back: a process
    may not take more than it has once given away."""
    for thread in threads:
        with suppress(ProcessLookupError):  # one that has ended meanwhile
            os.setpriority(os.PRIO_PROCESS, thread, WAITS)


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
            del work  # a model that it read with must not live on in a thread that waits, and end in the way of the next request
