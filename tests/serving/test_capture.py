import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from reviewloop.adapters.lake import s3
from reviewloop.errors import PermanentError, TransientError
from reviewloop.serving.capture import CaptureWriter


class Lake:
    """A lake at the edge: keeps what is written, or behaves as ``fault`` says."""

    def __init__(self) -> None:
        self.written: dict[str, Any] = {}
        self.fault: Callable[[], None] = lambda: None

    def write_json(self, uri: str, value: Any) -> str:
        self.fault()
        self.written[uri.rpartition("captured/")[2]] = value
        return uri


@pytest.fixture
def edge(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lake]:
    found = Lake()
    monkeypatch.setattr(s3, "write_json", found.write_json)
    return found


def raising(error: Exception) -> Callable[[], None]:
    def fault() -> None:
        raise error

    return fault


def test_closing_writes_all_that_waits(edge: Lake) -> None:
    capture = CaptureWriter()
    for number in range(50):
        capture.put(f"{number}.json", {"n": number})
    capture.start()
    capture.close()
    assert edge.written == {f"{number}.json": {"n": number} for number in range(50)}
    assert capture.counts() == {"written": 50, "waiting": 0, "dropped": 0}


def test_a_full_queue_drops_and_counts_without_waiting(edge: Lake, caplog: pytest.LogCaptureFixture) -> None:
    capture = CaptureWriter(max_waiting=2)
    for number in range(5):
        capture.put(f"{number}.json", {})
    assert capture.counts() == {"written": 0, "waiting": 2, "dropped": 3}
    assert "4.json dropped: the queue is full" in caplog.text


def test_a_lake_that_comes_back_gets_the_record(edge: Lake) -> None:
    tries = iter([TransientError("away")])
    recovered = threading.Event()

    def fault() -> None:
        for error in tries:
            raise error
        recovered.set()

    edge.fault = fault
    capture = CaptureWriter()
    capture.start()
    capture.put("a.json", {})
    assert recovered.wait(5)
    capture.close()
    assert capture.counts() == {"written": 1, "waiting": 0, "dropped": 0}


def test_a_lake_that_stays_away_does_not_hold_the_shutdown_and_the_loss_is_counted(edge: Lake) -> None:
    edge.fault = raising(TransientError("away"))
    capture = CaptureWriter()
    capture.put("a.json", {})
    capture.put("b.json", {})
    capture.start()
    capture.close(timeout_seconds=5)
    assert capture.counts() == {"written": 0, "waiting": 0, "dropped": 2}


def test_a_refused_record_is_counted_and_the_next_one_is_written(edge: Lake) -> None:
    faults = iter([PermanentError("AccessDenied")])

    def fault() -> None:
        for error in faults:
            raise error

    edge.fault = fault
    capture = CaptureWriter()
    capture.put("a.json", {})
    capture.put("b.json", {})
    capture.start()
    capture.close()
    assert list(edge.written) == ["b.json"]
    assert capture.counts() == {"written": 1, "waiting": 0, "dropped": 1}
