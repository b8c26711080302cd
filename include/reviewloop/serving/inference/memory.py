"""Whether there is memory for one model more: a load that has not enough is refused before it starts.

The kernel asks nobody: a process that takes more than there is, is killed, with the model that was answering well.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from reviewloop.errors import TransientError
from reviewloop.models.encoder.openvino_runtime import MOST_LENGTHS
from reviewloop.models.kinds.transformer_int8 import WEIGHTS

MEGABYTE: Final = 10**6
PEAK_RATIO: Final = 1.3
"""What a load takes at its peak, for each byte of the model's files: the most that it is allowed, and so what is asked for."""
PASSES: Final = 120 * MEGABYTE
"""Bytes, beside that, for the fullest passes of the warm-up, and for the weights in bf16 that torch keeps during each. Of a small
model as trained they are most of the peak: MiniLM takes 211 MB in all, for 91 MB of files (torch 2.13, AMD EPYC)."""
GRAPH_RATIO: Final = 2.5
"""What one compiled graph takes for each byte of its exported weights: of MiniLM's 23 MB some 55 (OpenVINO 2026.4, two streams)."""


class NotEnoughMemory(TransientError):
    """A model was not loaded, for want of memory; nothing was touched, and a later try may find more."""


def available(root: Path = Path("/")) -> int:
    """Bytes that this process may still take: of the machine, and of each control group that it is in (a container's limit)."""
    return min([psutil.virtual_memory().available, *_left_in_groups(root)])


def needed_for(folder: Path) -> float:
    """Bytes that a load of the model in ``folder`` may take at its peak.

    All files count, also those of a form that will not answer here: which one will is known only once it is loaded.
    """
    exported = folder / WEIGHTS
    graphs = MOST_LENGTHS * GRAPH_RATIO * exported.stat().st_size if exported.is_file() else 0
    return PEAK_RATIO * sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) + graphs + PASSES


def require_room(version: str, folder: Path, left: Callable[[], int]) -> None:
    """Raises ``NotEnoughMemory`` where a load of the model in ``folder`` may take more than the bytes that ``left`` tells."""
    needed, found = needed_for(folder), left()
    if needed > found:
        of = f"{PEAK_RATIO} times its files, its compiled graphs, and {PASSES // MEGABYTE} MB for its first passes"
        needs = f"{math.ceil(needed / MEGABYTE):,} MB of memory while it is loaded ({of})"
        remedy = "give the endpoint more, or end what else takes it: the next looks try again"
        raise NotEnoughMemory(f"version {version} may take {needs}, {found // MEGABYTE:,} MB are available; {remedy}")


@dataclass(frozen=True)
class _Hierarchy:
    """Where control groups of one version lie, and what their files and the lines of ``memory.stat`` are called."""

    mount: str
    limit: str
    used: str
    cached: tuple[str, str]
    mapped: str


# https://docs.kernel.org/admin-guide/cgroup-v2.html#memory and https://docs.kernel.org/admin-guide/cgroup-v1/memory.html
_V2: Final = _Hierarchy("sys/fs/cgroup", "memory.max", "memory.current", ("active_file", "inactive_file"), "file_mapped")
_V1: Final = _Hierarchy(
    "sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes", ("total_active_file", "total_inactive_file"),
    "total_mapped_file",
)  # fmt: skip


def _left_in_groups(root: Path) -> Iterator[int]:
    """Of each group with a limit, from this process's own up to the one that is seen as the root."""
    for line in (_read(root / "proc/self/cgroup") or "").splitlines():
        number, controllers, path = line.split(":", 2)
        kind = _V2 if number == "0" else _V1 if "memory" in controllers.split(",") else None
        if kind is None:
            continue
        own = Path(path.lstrip("/"))
        for group in (own, *own.parents):  # within a container the own one is often seen as the root, under another name
            if (left := _left(root / kind.mount / group, kind)) is not None:
                yield left


def _left(group: Path, kind: _Hierarchy) -> int | None:
    limit, used = _read(group / kind.limit), _read(group / kind.used)
    if limit is None or used is None or not limit.strip().isdecimal():  # "max" is none
        return None
    return int(limit) - int(used) + _reclaimable(group, kind)


def _reclaimable(group: Path, kind: _Hierarchy) -> int:
    """Bytes of files that the kernel keeps for want of another use, and counts as used: a group that has written for days is full
    of them. Those that are mapped are somebody's: a model's weights, say."""
    stat = dict(line.partition(" ")[::2] for line in (_read(group / "memory.stat") or "").splitlines())
    return max(0, sum(int(stat.get(name, 0)) for name in kind.cached) - int(stat.get(kind.mapped, 0)))


def _read(path: Path) -> str | None:
    try:
        return path.read_text()
    except OSError:
        return None
