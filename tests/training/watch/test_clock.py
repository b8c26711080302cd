"""Time of steps, on a host and on a GPU, whose events are made up here: no test machine has one."""

import time

import pytest
import torch

from reviewloop.training.watch.clock import DeviceClock, HostClock, clock_of
from reviewloop.training.watch.window import Window
from reviewloop_local.bench.programs import watching

pytestmark = pytest.mark.slow


class Stream:
    """A GPU whose clock a test sets; an event takes the time at which it is reached."""

    now = 0.0
    waits = 0


class Event:
    def __init__(self, enable_timing):
        assert enable_timing

    def record(self, stream):
        self.at = stream.now

    def elapsed_time(self, later):
        assert Stream.waits, "the device was not waited for"
        return (later.at - self.at) * 1000


@pytest.fixture
def device_clock(monkeypatch):
    def wait(device):
        Stream.waits += 1

    monkeypatch.setattr(Stream, "waits", 0)
    monkeypatch.setattr(torch.cuda, "Event", Event)
    monkeypatch.setattr(torch.cuda, "current_stream", lambda device: Stream)
    monkeypatch.setattr(torch.cuda, "synchronize", wait)
    return DeviceClock(torch.device("cuda", 0))


def test_each_device_has_its_clock():
    assert isinstance(clock_of(torch.device("cpu")), HostClock)
    assert isinstance(clock_of(torch.device("cuda")), DeviceClock)


def test_the_host_clock_tells_seconds():
    clock = HostClock()
    begun = clock.stamp()
    time.sleep(0.02)
    assert 0.02 <= clock.seconds(begun, clock.stamp()) < 10


def test_a_window_on_a_gpu_has_the_devices_time_and_waits_once(device_clock):
    window = Window(device_clock, torch.device("cpu"), num_classes=3, world_size=1)
    loss = torch.tensor(0.5)
    for number in range(3):
        window.begin()
        for name, seconds in (("data", 0.0), ("forward", 1.0 + number), ("backward", 2.0)):
            with window.phase(name):
                Stream.now += seconds
        Stream.now += 0.25
        window.end(loss, torch.tensor([0, 1, 1, 2]), 40, loss)
    assert Stream.waits == 0, "a step between two captures must not wait for the device"
    record = window.close(3, 1e-4)
    assert Stream.waits == 1
    assert record.seconds == pytest.approx(1 + 2 + 3 + 6 + 0.75)
    assert record.phases == pytest.approx({"data": 0, "forward": 6, "backward": 6, "optimiser": 0, "other": 0.75})
    assert (record.slowest_step, record.slowest_step_seconds) == (3, pytest.approx(5.25))
    assert record.median_step_seconds == pytest.approx(4.25)
    assert (record.num_rows, record.num_tokens) == (12, 120)
    assert record.class_shares == (0.25, 0.5, 0.25)


def test_a_window_without_steps_is_no_record():
    assert Window(HostClock(), torch.device("cpu"), 3, 1).close(0, 0.1) is None


def test_a_loss_that_the_loop_adds_to_in_place_is_kept_as_it_was():
    window = Window(HostClock(), torch.device("cpu"), num_classes=2, world_size=1)
    running = torch.zeros(())
    for _ in range(2):
        running += 1
        window.begin()
        window.end(running, torch.tensor([0, 1]), 4, running)
    assert window.close(2, 0.1).loss == 1.5


def test_the_cost_of_watching_is_measured(monkeypatch):
    monkeypatch.setattr(watching, "ROWS", 2)
    monkeypatch.setattr(watching, "TOKENS", 8)
    found = watching.measure(20)
    assert found.keys() == {"ratio", "low", "high", "own"}
    assert 0 < found["low"] <= found["ratio"] <= found["high"]
    assert found["own"] > 0


def test_only_the_time_in_the_watcher_is_its_own(monkeypatch):
    monkeypatch.setattr(watching.Watcher, "begin_step", lambda watcher, step: time.sleep(0.01))
    with watching._timed() as spent:
        for step in range(3):
            watching.Watcher.begin_step(None, step)
            time.sleep(0.02)
    assert len(spent) == 3
    assert 0.03 <= sum(spent) < 0.06
