"""From ``put`` to the lake, through kills, full disks and a lake that is away."""

import gzip
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from reviewloop.adapters.lake import s3
from reviewloop.core.captures import completeness
from reviewloop.errors import PermanentError, TransientError
from reviewloop.serving.captures import capture as room
from reviewloop.serving.captures import spool
from reviewloop.serving.captures.capture import Capture

PLENTY = 10**9
DAY = "2026-01-05"


class Lake:
    """A lake at the edge: keeps what is written, or behaves as ``fault`` says."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.fault: Callable[[], None] = lambda: None

    def write_bytes(self, uri: str, data: bytes, _: str) -> str:
        self.fault()
        self.objects[uri.rpartition("captured/")[2]] = data
        return uri

    def records(self) -> list[dict[str, Any]]:
        return [json.loads(line) for data in self.objects.values() for line in gzip.decompress(data).splitlines()]


@pytest.fixture
def lake(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lake]:
    found = Lake()
    monkeypatch.setattr(s3, "write_bytes", found.write_bytes)
    monkeypatch.setattr(room, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(spool, "SEGMENT_SECONDS", 0.1)
    return found


def raising(error: Exception) -> Callable[[], None]:
    def fault() -> None:
        raise error

    return fault


def record(number: int, day: str = DAY) -> dict[str, Any]:
    return {"received_at": f"{day}T12:00:00+00:00", "n": number}


def until(check: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline, "this never came true"
        time.sleep(0.02)


def started(folder: Path, max_bytes: int = PLENTY) -> Capture:
    capture = Capture(folder, max_bytes)
    capture.start()
    return capture


def test_closing_ships_all_of_it_in_order_and_leaves_nothing_behind(lake: Lake, tmp_path: Path) -> None:
    capture = started(tmp_path)
    for number in range(500):
        capture.put(record(number))
    capture.close()
    assert [one["n"] for one in lake.records()] == list(range(500))
    assert (capture.state().written, capture.state().waiting, capture.state().dropped) == (500, 0, 0)
    assert len(lake.objects) < 10
    assert list(tmp_path.iterdir()) == []


def test_records_come_to_the_lake_within_seconds_and_by_their_day(lake: Lake, tmp_path: Path) -> None:
    capture = started(tmp_path)
    for number, day in enumerate(("2026-01-05", "2026-01-05", "2026-01-06")):
        capture.put(record(number, day))
    until(lambda: capture.state().written == 3)
    days = {key.split("/")[0]: len(gzip.decompress(data).splitlines()) for key, data in lake.objects.items()}
    assert days == {"day=2026-01-05": 2, "day=2026-01-06": 1}
    capture.close()


def test_a_lake_that_comes_back_gets_every_record_once(lake: Lake, tmp_path: Path) -> None:
    lake.fault = raising(TransientError("away"))
    capture = started(tmp_path)
    for number in range(20):
        capture.put(record(number))
    time.sleep(0.5)
    assert capture.state().waiting == 20
    lake.fault = lambda: None
    until(lambda: capture.state().written == 20)
    capture.close()
    assert sorted(one["n"] for one in lake.records()) == list(range(20))


def test_what_the_lake_does_not_take_until_the_end_the_next_process_ships(lake: Lake, tmp_path: Path) -> None:
    lake.fault = raising(TransientError("away"))
    capture = started(tmp_path)
    capture.put(record(1))
    capture.close(timeout_seconds=1)
    assert capture.state().waiting == 1
    lake.fault = lambda: None
    following = started(tmp_path)
    until(lambda: bool(lake.objects))
    following.close()
    assert [one["n"] for one in lake.records()] == [1]
    assert list(tmp_path.iterdir()) == []


def left_by_another(folder: Path, lake: Lake, *numbers: int) -> Path:
    """The spool of a process that ended while the lake was away."""
    lake.fault = raising(TransientError("away"))
    capture = started(folder)
    for number in numbers:
        capture.put(record(number))
    capture.close(timeout_seconds=0.5)
    return capture._spool.folder


def test_a_lake_that_is_away_at_the_start_too_gets_what_the_last_process_left_as_soon_as_it_is_back(
    lake: Lake, tmp_path: Path
) -> None:
    left_by_another(tmp_path, lake, 1)
    following = started(tmp_path)
    time.sleep(0.3)
    lake.fault = lambda: None
    until(lambda: len(lake.objects) == 1)
    following.close()
    assert [one["n"] for one in lake.records()] == [1]


def test_a_lake_that_is_away_at_the_start_is_not_asked_without_a_pause(lake: Lake, tmp_path: Path) -> None:
    left_by_another(tmp_path, lake, 1)
    asked: list[float] = []

    def away() -> None:
        asked.append(time.monotonic())
        raise TransientError("away")

    lake.fault = away
    following = started(tmp_path)
    until(lambda: len(asked) >= 3)
    following.close(timeout_seconds=1)
    assert asked[2] - asked[0] > 0.14, "0.05 s, and twice as long"


def test_a_segment_that_nobody_can_read_keeps_no_other_from_the_lake(lake: Lake, tmp_path: Path) -> None:
    (tmp_path / "0").mkdir()
    (tmp_path / "0" / "000000000001.jsonl").write_text("no record\n")
    left_by_another(tmp_path, lake, 1)
    lake.fault = lambda: None
    following = started(tmp_path)
    until(lambda: len(lake.objects) == 1)
    following.close()
    assert [path.name for path in tmp_path.rglob("*.*")] == ["000000000001.refused"]


def test_of_a_record_that_a_kill_cut_short_the_whole_ones_before_it_are_shipped_and_it_is_told(
    lake: Lake, tmp_path: Path, caplog: Any
) -> None:
    (segment,) = spool.closed_segments(left_by_another(tmp_path, lake, 1, 2))
    whole = segment.read_bytes()
    segment.with_name(segment.name + spool.OPEN).write_bytes(whole + whole[: len(whole) // 3])
    segment.unlink()
    lake.fault = lambda: None
    following = started(tmp_path)
    until(lambda: bool(lake.objects) or bool(list(tmp_path.rglob("*.refused"))))
    following.close()
    assert [one["n"] for one in lake.records()] == [1, 2]
    assert "its last record was cut short by a kill and is lost" in caplog.text
    assert list(tmp_path.iterdir()) == []


def test_what_another_process_left_takes_room_until_it_is_shipped(lake: Lake, tmp_path: Path) -> None:
    folder = left_by_another(tmp_path, lake, *range(20))
    room_for_it = sum(path.stat().st_size for path in folder.iterdir())
    following = started(tmp_path, max_bytes=room_for_it + 10)
    until(lambda: following._spool._beside == room_for_it)
    following.put(record(99))
    assert following.state().dropped == 1
    lake.fault = lambda: None
    until(lambda: following._spool._beside == 0)
    following.put(record(100))
    following.close()
    assert sorted(one["n"] for one in lake.records()) == [*range(20), 100]


def test_a_process_does_not_touch_the_spool_of_one_that_lives(lake: Lake, tmp_path: Path) -> None:
    lake.fault = raising(TransientError("away"))
    one = started(tmp_path)
    one.put(record(1))
    until(lambda: bool(list(tmp_path.rglob("*.jsonl"))))
    lake.fault = lambda: None
    with spool.abandoned(tmp_path) as folders:
        assert folders == []
    one.close()
    assert len(lake.records()) == 1


def test_beyond_its_room_a_record_is_dropped_counted_and_told_from_a_loss(lake: Lake, tmp_path: Path, caplog: Any) -> None:
    lake.fault = raising(TransientError("away"))
    capture = started(tmp_path, max_bytes=500)
    for number in range(20):
        capture.put(record(number))
    dropped = capture.state().dropped
    assert 10 < dropped < 20
    assert "dropped: 500 bytes wait" in caplog.text
    lake.fault = lambda: None
    until(lambda: capture.state().waiting == 0)
    capture.put(record(99))
    capture.close()
    (found,) = completeness(lake.records())
    assert (found.dropped, found.lost, found.last) == (dropped, 0, 21)


def test_while_the_lake_hangs_a_thousand_long_requests_take_bounded_room_and_what_is_dropped_is_known_exactly(
    lake: Lake, tmp_path: Path, caplog: Any
) -> None:
    goes_on = threading.Event()
    lake.fault = lambda: goes_on.wait(30) and None
    reviews = [{"title": None, "text": "x" * 500}] * 256
    max_bytes = 3_000_000
    capture = started(tmp_path, max_bytes)
    for number in range(1000):
        capture.put({**record(number), "reviews": reviews})
    state = capture.state()
    assert state.written == 0
    assert state.dropped == 1000 - state.waiting
    assert 15 < state.waiting < 25, "of 0.13 MB each"
    until(lambda: capture._spool.counts().kept == state.waiting)
    assert sum(path.stat().st_size for path in tmp_path.rglob("*.jsonl*")) <= max_bytes
    goes_on.set()
    until(lambda: capture.state().waiting == 0)
    capture.put(record(1000))
    capture.close()
    (found,) = completeness(lake.records())
    assert (found.dropped, found.lost, found.last) == (state.dropped, 0, 1001)


def test_a_full_disk_drops_and_counts_and_the_endpoint_goes_on(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    capture = started(tmp_path)
    write = os.write
    with monkeypatch.context() as patch:
        patch.setattr(spool.os, "write", lambda file, line: write(file, line[:7]))
        for number in range(5):
            capture.put(record(number))
        until(lambda: capture.state().dropped == 5)
    assert "no space left" in caplog.text
    capture.put(record(6))
    capture.close()
    assert [one["n"] for one in lake.records()] == [6]  # and no half line before it


def test_a_folder_that_is_taken_away_loses_what_was_in_it_and_is_made_anew(lake: Lake, tmp_path: Path, caplog: Any) -> None:
    capture = started(tmp_path)
    capture.put(record(1))
    until(lambda: bool(list(tmp_path.rglob("*.open"))))
    shutil.rmtree(tmp_path)
    until(lambda: capture.state().dropped == 1)
    assert "1 captured records" in caplog.text
    capture.put(record(2))
    until(lambda: capture.state().written == 1)
    capture.put(record(3))
    with spool.abandoned(tmp_path) as folders:
        assert folders == [], "it is held as before"
    capture.close()
    assert capture._spool._bytes == 0
    (found,) = completeness(lake.records())
    assert ([one["n"] for one in lake.records()], found.lost) == ([2, 3], 0)


def test_a_segment_that_cannot_be_closed_is_lost_and_counted_and_the_next_one_is_whole(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    capture = started(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", lambda *_: raising(OSError(5, "input/output error"))())
        capture.put(record(1))
        until(lambda: capture.state().dropped == 1)
    capture.put(record(2))
    capture.close()
    assert [one["n"] for one in lake.records()] == [2]
    assert list(tmp_path.iterdir()) == []


def test_what_the_lake_refuses_stays_here_and_is_counted(lake: Lake, tmp_path: Path, caplog: Any) -> None:
    lake.fault = raising(PermanentError("access denied"))
    capture = started(tmp_path)
    capture.put(record(1))
    until(lambda: capture.state().dropped == 1)
    capture.close()
    assert "1 captured records cannot be shipped and stay in" in caplog.text
    assert len(list(tmp_path.rglob("*.refused"))) == 1


def test_what_the_lake_refuses_takes_room_on_this_disk_in_this_process_and_in_the_next(lake: Lake, tmp_path: Path) -> None:
    lake.fault = raising(PermanentError("access denied"))
    capture = started(tmp_path, max_bytes=300)
    for number in range(40):
        capture.put(record(number))
        time.sleep(0.05)
    assert sum(path.stat().st_size for path in tmp_path.rglob("*.refused")) <= 300
    until(lambda: capture.state().dropped == 40)
    capture.close()
    following = started(tmp_path, max_bytes=300)
    until(lambda: following._spool._beside > 200)
    following.put(record(99))
    assert following.state().dropped == 1
    following.close()


def test_segments_that_wait_for_the_lake_and_are_taken_away_are_counted(lake: Lake, tmp_path: Path) -> None:
    lake.fault = raising(TransientError("away"))
    capture = started(tmp_path)
    capture.put(record(1))
    until(lambda: bool(list(tmp_path.rglob("*.jsonl"))))
    shutil.rmtree(tmp_path)
    lake.fault = lambda: None
    until(lambda: capture.state().dropped == 1)
    assert (capture.state().waiting, capture._spool._bytes) == (0, 0)
    capture.close()


PROCESS = """
import sys, time
from pathlib import Path
from reviewloop.serving.captures.spool import Spool

spool = Spool(Path(sys.argv[1]), 10**9)
spool.start()
print(spool.name, flush=True)
for number in range(10**9):
    spool.put({"received_at": "2026-01-05T12:00:00+00:00", "n": number})
    print(number, time.monotonic(), flush=True)
    time.sleep(0.001)
"""


def test_twenty_kills_lose_no_acknowledged_record_outside_one_window(lake: Lake, tmp_path: Path) -> None:
    """Acknowledged means printed. What a kill may take is what was put within ``FSYNC_SECONDS`` of it."""
    late: list[float] = []
    for _ in range(4):
        running = [
            subprocess.Popen([sys.executable, "-c", PROCESS, str(tmp_path)], stdout=subprocess.PIPE, text=True) for _ in range(5)
        ]
        names = [first_line(process) for process in running]
        time.sleep(0.4)
        for process in running:
            process.send_signal(signal.SIGKILL)
        killed = time.monotonic()
        for process in running:
            process.wait()
        with spool.abandoned(tmp_path) as folders:
            assert sorted(names) == [folder.name for folder in folders]
            for folder in folders:
                for path in spool.closed_segments(folder):
                    assert room.ship(path) > 0
        kept = {(one["spool"], one["n"]) for one in lake.records()}
        for name, process in zip(names, running, strict=True):
            assert process.stdout is not None
            acknowledged = [line.split() for line in process.stdout.read().splitlines() if line.count(".") == 1]
            assert len(acknowledged) > 20
            late += [killed - float(at) for number, at in acknowledged if (name, int(number)) not in kept]
    assert all(seconds < 2 for seconds in late), max(late)  # on an idle machine two windows; a busy one wakes the writer late
    found = completeness(lake.records())
    assert len(found) == 20
    assert all(line.lost == 0 for line in found)


def first_line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()
