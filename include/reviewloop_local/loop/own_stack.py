"""A stack that a command has for itself, beside the one of `make run`: for a demonstration, or for a measurement."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from reviewloop.adapters.lake import s3
from reviewloop.config import load_config
from reviewloop.settings import settings
from reviewloop_local.loop.run import enter
from reviewloop_local.stack.home import Home
from reviewloop_local.stack.ports import Ports, is_free
from reviewloop_local.stack.stack import Stack

PORTS: Final = range(27900, 28900)


@contextmanager
def own_stack(profile: str = "sample") -> Iterator[Stack]:
    """A stack in a folder that goes with it, seen by this process and not started yet (``Stack.up_stores``). It ends with the
    block."""
    with tempfile.TemporaryDirectory(prefix="reviewloop-") as root:
        ports = Ports(*[port for port in PORTS if is_free(port)][:4])
        stack = Stack(Home(Path(root) / "home"), ports, profile=profile)
        enter(stack)
        for cached in (settings, load_config, s3.client):
            cached.cache_clear()
        try:
            yield stack
        finally:
            stack.clean(lambda _: None)
