"""Readings of the machine: real ones of this one, and a GPU's as the driver would give them."""

import logging
import time
from types import SimpleNamespace

import psutil
import pytest
import torch
from tests.helpers.watching import fired, fresh_model, lines, rule, train, watch

from reviewloop.training.watch import system
from reviewloop.training.watch.system import Machine, Sampler


@pytest.fixture
def two_gpus(monkeypatch):
    """What torch tells of two GPUs, the second nearly full."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "utilization", lambda number: (80, 40)[number])
    monkeypatch.setattr(torch.cuda, "device_memory_used", lambda number: (20, 78)[number] * 10**9)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda number: SimpleNamespace(total_memory=80 * 10**9))


def busy(seconds):
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass


def test_a_reading_of_this_machine_makes_sense():
    machine = Machine()
    busy(0.3)
    seen = machine.read()
    assert len(seen.cpu) == psutil.cpu_count()
    assert all(0 <= core <= 100 for core in seen.cpu)
    assert seen.process_cpu > 1, "it was busy, however many others were"
    assert 50 < seen.memory_mb < 50_000
    assert not seen.gpu or torch.cuda.is_available()
    assert seen.io_wait_share != seen.io_wait_share or 0 <= seen.io_wait_share <= 1


def test_gpus_are_read_where_they_are(two_gpus):
    seen = Machine().read()
    assert [gpu.use for gpu in seen.gpu] == [0.8, 0.4]
    assert [gpu.memory_share for gpu in seen.gpu] == [0.25, 0.975]
    assert [gpu.memory_mb for gpu in seen.gpu] == [20_000, 78_000]


@pytest.mark.parametrize("error", [ModuleNotFoundError("pynvml"), RuntimeError("driver")])
def test_a_gpu_that_cannot_be_asked_is_no_error(two_gpus, monkeypatch, caplog, error):
    def utilization(number):
        raise error

    monkeypatch.setattr(torch.cuda, "utilization", utilization)
    with caplog.at_level(logging.INFO):
        assert Machine().read().gpu == ()
    assert str(error) in caplog.text


def test_a_system_that_counts_no_disk_traffic_is_no_error(monkeypatch):
    def io_counters(self):
        raise psutil.AccessDenied

    monkeypatch.setattr(psutil.Process, "io_counters", io_counters, raising=False)
    seen = Machine().read()
    assert seen.read_mb_s != seen.read_mb_s


def test_the_sampler_reads_until_it_is_stopped():
    seen = []
    sampler = Sampler(0.02, seen.append)
    sampler.start()
    deadline = time.monotonic() + 20
    while len(seen) < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    sampler.stop()
    assert len(seen) >= 3
    num_seen = len(seen)
    time.sleep(0.1)
    assert len(seen) == num_seen


def test_a_sampler_that_was_never_started_can_be_stopped():
    Sampler(1, print).stop()


def test_a_machine_that_cannot_be_read_does_not_end_the_training(tiny_bert, tmp_path, monkeypatch, caplog):
    class Broken:
        def read(self):
            raise RuntimeError("no such file: /proc/stat")

    monkeypatch.setattr(system, "Machine", Broken)
    config = watch(gpu_memory=rule(0.9)).model_copy(update={"system_seconds": 0.01})
    train(fresh_model(tiny_bert), config, tmp_path, 10, data_seconds=0.02)
    assert len(lines(tmp_path, "steps")) == 2
    assert "no such file: /proc/stat" in caplog.text
    assert caplog.text.count("no longer watched") == 1


def test_readings_are_written_and_judged_while_it_trains(tiny_bert, tmp_path, two_gpus):
    config = watch(gpu_memory=rule(0.95, 2)).model_copy(update={"system_seconds": 0.02})
    train(fresh_model(tiny_bert), config, tmp_path, 10, data_seconds=0.05)
    readings = lines(tmp_path, "system")
    assert len(readings) > 3
    assert set(readings[0]) == {
        "time", "cpu", "process_cpu", "memory_mb", "read_mb_s", "write_mb_s", "io_wait_share", "gpu",
    }  # fmt: skip
    assert readings[0]["gpu"][1] == {"use": 0.4, "memory_share": 0.975, "memory_mb": 78_000}
    assert [name for name, _ in fired(tmp_path)] == ["gpu_memory"]
