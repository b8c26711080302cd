"""What a program cost, and how that grows with the rows."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from reviewloop_local.errors import LocalError

PROGRAMS: Final = Path(__file__).parent / "programs"


@dataclass(frozen=True)
class Cost:
    """Seconds by the clock and of the processor, and the most memory held, in 10^6 bytes."""

    seconds: float
    processor: float
    peak_mb: float


def measured(program: str, arguments: Sequence[str], include: Path | None = None) -> tuple[Cost, Any]:
    """Run ``programs/<program>`` in a process of its own; its cost and its ref.

    ``include`` is the folder that its imports come from instead of ours: another commit's. Raises ``LocalError`` with the
    program's last line where it fails.
    """
    paths = {"PYTHONPATH": os.pathsep.join(map(str, [include, include.parent / "plugins"]))} if include else {}
    command = [sys.executable, str(PROGRAMS / program), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **paths})  # noqa: S603 (ours)
    if done.returncode:
        told = (done.stderr.strip() or f"exit status {done.returncode}").splitlines()[-1]
        raise LocalError(f"{program} {arguments[0]}: {told}")
    found = json.loads(done.stdout.splitlines()[-1])
    return Cost(found["seconds"], found["processor"], found["peak_mb"]), found["ref"]


def growth(costs: Mapping[int, Cost]) -> float:
    """How many times its share of the clock the largest size takes, beside the one before: 1 is linear, more is worse.

    Of two sizes n < N with costs c and C it is (C / c) / (N / n); what does not depend on the rows makes it smaller.
    """
    (num_fewer, fewer), (num_rows, cost) = sorted(costs.items())[-2:]
    return (cost.seconds / fewer.seconds) / (num_rows / num_fewer)
