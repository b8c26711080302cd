"""Kinds with a fault each, as the leaderboard's processes find them by this module's name."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reviewloop.models.learners import majority
from reviewloop.models.learners.protocol import Fitted, Learner, Seen

CHILD = "PLANTED_CHILD"
"""The environment variable that names the file for the id of the process that ``hang`` starts; ``blank`` adds its own name."""


def _leave_child(suffix: str = "") -> None:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
    place = Path(os.environ[CHILD] + suffix)
    place.with_suffix(".tmp").write_text(str(child.pid), encoding="utf-8")
    place.with_suffix(".tmp").rename(place)  # whoever sees it reads a number


def fail(known: Seen, labels: NDArray[np.int64], weights: NDArray[np.float64], seed: int) -> Fitted:
    raise RuntimeError("the planted fault\nand a second line")


def blank(known: Seen, labels: NDArray[np.int64], weights: NDArray[np.float64], seed: int) -> Fitted:
    """Answers with nothing in some rows, and leaves a child behind."""
    if CHILD in os.environ:
        _leave_child(".blank")

    def read(rows: Seen) -> NDArray[np.float64]:
        found = np.full((len(rows), 3), 1 / 3)
        found[::2] = np.nan
        return found

    return Fitted(read, lambda: 1)


def die(known: Seen, labels: NDArray[np.int64], weights: NDArray[np.float64], seed: int) -> Fitted:
    """As a process ends whose memory the kernel takes back."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def hang(known: Seen, labels: NDArray[np.int64], weights: NDArray[np.float64], seed: int) -> Fitted:
    """For ever, deaf to SIGTERM, with a child in a session of its own where a file for its id is named."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if CHILD in os.environ:
        _leave_child()
    time.sleep(600)
    raise AssertionError


LEARNERS = (
    Learner("raises", "It raises.", fail),
    Learner("blank", "It answers NaN.", blank),
    Learner("dies", "It is killed.", die),
    Learner("good", "It answers the shares.", majority.fit),
    Learner("hangs", "It hangs.", hang),
    Learner("late", "It comes after the one that hangs.", majority.fit),
)
