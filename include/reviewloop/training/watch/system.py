"""Readings of the machine, taken by a thread of its own while the training computes."""

import logging
import math
import threading
import time
from collections.abc import Callable
from typing import Final

import psutil
import torch

from reviewloop.core.watch_rules.records import GpuReading, SystemReading

log = logging.getLogger(__name__)
_MB: Final = 1e6


class Machine:
    """Takes readings, each over the time since the one before; one thread must take them all."""

    def __init__(self) -> None:
        self._process = psutil.Process()
        self._gpus = range(_num_gpus())
        self._at = time.monotonic()
        self._moved = self._disk_bytes()
        psutil.cpu_percent(percpu=True)  # the first call of each has nothing to compare with
        psutil.cpu_times_percent()
        self._process.cpu_percent()

    def read(self) -> SystemReading:
        """The machine since the last reading."""
        now = time.monotonic()
        seconds, self._at = max(now - self._at, 1e-6), now
        before, self._moved = self._moved, self._disk_bytes()
        read, written = ((after - start) / seconds / _MB for start, after in zip(before, self._moved, strict=True))
        return SystemReading(
            time=time.time(),
            cpu=tuple(psutil.cpu_percent(percpu=True)),
            process_cpu=self._process.cpu_percent(),
            memory_mb=self._process.memory_info().rss / _MB,
            read_mb_s=read,
            write_mb_s=written,
            io_wait_share=getattr(psutil.cpu_times_percent(), "iowait", math.nan) / 100,  # only Linux tells it
            gpu=tuple(map(_read_gpu, self._gpus)),
        )

    def _disk_bytes(self) -> tuple[float, float]:
        """Read and written since the process began; NaN where the system does not count them."""
        try:
            counted = self._process.io_counters()
        except (AttributeError, psutil.Error, OSError):
            return math.nan, math.nan
        return counted.read_bytes, counted.write_bytes


def _num_gpus() -> int:
    """How many GPUs can be read: 0 without one, and without NVML's Python package."""
    if not torch.cuda.is_available():
        return 0
    try:
        _read_gpu(0)
    except Exception as error:  # the package, the driver or the permission is missing: each raises its own kind
        log.info("the GPU is not watched: %s: %s", type(error).__name__, error)
        return 0
    return torch.cuda.device_count()


def _read_gpu(number: int) -> GpuReading:
    """GPU ``number`` as torch counts them. Asked of NVML: torch's own memory_info would open the other ranks' GPUs."""
    used = torch.cuda.device_memory_used(number)
    total = torch.cuda.get_device_properties(number).total_memory
    return GpuReading(torch.cuda.utilization(number) / 100, used / total, used / _MB)


class Sampler:
    """Hands a reading to ``take`` every ``seconds``, from a thread that ends with the program."""

    def __init__(self, seconds: float, take: Callable[[SystemReading], None]) -> None:
        self._seconds = seconds
        self._take = take
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch-system", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; returns when the last reading is taken."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        try:
            machine = Machine()
            while not self._over.wait(self._seconds):
                self._take(machine.read())
        except Exception:  # a training does not end because nobody watches the machine
            log.warning("the machine is no longer watched", exc_info=True)
