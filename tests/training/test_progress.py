"""Lines that a run leaves of itself: whole, and all of them, whenever it is killed."""

import json
from pathlib import Path

import pytest

from reviewloop.training.progress import Progress


def steps(path: Path) -> list[int]:
    return [json.loads(line)["step"] for line in path.read_text().splitlines()]


def test_half_a_line_of_a_killed_writer_goes_and_the_next_stands_alone(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    Progress(path).write("train", 10, 100, loss=1.0)
    path.write_bytes(path.read_bytes() + b'{"kind": "tra')
    Progress(path).write("train", 20, 100, loss=0.5)
    assert steps(path) == [10, 20]


def test_a_kill_while_half_a_line_is_cut_takes_no_whole_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "metrics.jsonl"
    Progress(path).write("train", 10, 100, loss=1.0)

    def killed(place: Path, _: bytes) -> int:
        place.open("wb").close()  # as far as writing a file anew comes before a kill
        raise SystemExit(137)

    monkeypatch.setattr(Path, "write_bytes", killed)
    Progress(path).write("train", 20, 100, loss=0.5)
    assert steps(path) == [10, 20]
