"""Batches made ahead of their use, so that a GPU does not wait for the padding."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Made = TypeVar("Made")
AHEAD = 2


def prefetched(make: Callable[[Item], Made], items: Iterable[Item], ahead: int = AHEAD) -> Iterator[Made]:
    """``map(make, items)`` in a thread of its own, up to ``ahead`` results early; an error is raised at its place."""
    with ThreadPoolExecutor(1, thread_name_prefix="prefetch") as pool:
        waiting: deque[Future[Made]] = deque()
        for item in items:
            waiting.append(pool.submit(make, item))
            if len(waiting) > ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
