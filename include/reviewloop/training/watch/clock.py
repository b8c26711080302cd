"""Stamps between the phases of a step: host time, or on a GPU the device's own time, since the host runs far ahead of it."""

import time
from typing import Any, Protocol

import torch


class Clock(Protocol):
    """Makes stamps and tells the seconds between two of them."""

    def stamp(self) -> Any:
        """Now."""

    def wait(self) -> None:
        """Until the seconds between all stamps made so far can be told."""

    def seconds(self, earlier: Any, later: Any) -> float:
        """From one stamp to a later one."""


class HostClock:
    """For a device that computes while it is called."""

    def stamp(self) -> float:
        """Seconds of the monotonic clock."""
        return time.perf_counter()

    def wait(self) -> None:
        """Nothing to wait for."""

    def seconds(self, earlier: float, later: float) -> float:
        """The difference."""
        return later - earlier


class DeviceClock:
    """Events in a GPU's stream of work: a stamp is passed when the device gets there, and nothing is held up for it.

    So the phase ``data`` takes the time that the GPU stands idle for data, not the time that the host spends on it.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device

    def stamp(self) -> torch.cuda.Event:
        """An event behind all work queued so far."""
        event: torch.cuda.Event = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
        event.record(torch.cuda.current_stream(self._device))
        return event

    def wait(self) -> None:
        """Until the device has done all its work."""
        torch.cuda.synchronize(self._device)

    def seconds(self, earlier: torch.cuda.Event, later: torch.cuda.Event) -> float:
        """As the device measured it."""
        return float(earlier.elapsed_time(later)) / 1000


def clock_of(device: torch.device) -> Clock:
    """The clock that fits ``device``."""
    return DeviceClock(device) if device.type == "cuda" else HostClock()
