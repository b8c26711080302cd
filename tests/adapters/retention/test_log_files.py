"""Old logs go, and nothing else that lies beside them."""

import os
import time
from pathlib import Path

from reviewloop.adapters.retention import log_files

OLD = time.time() - 100 * 86400


def write(path: Path, when: float = OLD) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("12345")
    os.utime(path, (when, when))
    return path


def test_old_logs_go_with_the_folders_that_this_empties_and_the_rest_stays(tmp_path: Path) -> None:
    logs, lineage = tmp_path / "logs", tmp_path / "lineage"
    gone = [
        write(logs / "dag_id=a" / "run_id=1" / "task_id=b" / "attempt=1.log"),
        write(logs / "dag_processor" / "2026-01-01" / "a.py.log"),
        write(logs / "scheduler.log.1"),
        write(lineage / "event-20260101.json"),
    ]
    stay = [
        write(logs / "dag_id=a" / "run_id=2" / "task_id=b" / "attempt=1.log", time.time()),
        write(logs / "airflow.db"),
        write(logs / "passwords.json"),
        write(logs / "server.log.key"),
        write(logs / "event-20260101.json.keep"),
        write(tmp_path / "elsewhere" / "attempt=1.log"),
    ]
    (logs / "latest").symlink_to(tmp_path / "elsewhere")
    (logs / "link.log").symlink_to(stay[-1])
    os.utime(logs / "link.log", (OLD, OLD), follow_symlinks=False)
    assert log_files.expire([str(logs), str(lineage), str(tmp_path / "none")], 90) == (4, 20)
    assert not any(path.exists() for path in gone)
    assert all(path.exists() for path in [*stay, logs / "latest", logs / "link.log"])
    assert not (logs / "dag_processor").exists()
    assert not (logs / "dag_id=a" / "run_id=1").exists()
    assert lineage.exists(), "the folder itself stays"
    assert log_files.expire([str(logs)], 90) == (0, 0)


def test_a_log_that_another_process_deletes_meanwhile_is_no_error(tmp_path: Path, monkeypatch) -> None:
    one, two = write(tmp_path / "a" / "1.log"), write(tmp_path / "a" / "2.log")
    stat = Path.stat

    def and_gone(self: Path, **arguments: bool) -> os.stat_result:
        found = stat(self, **arguments)
        if self == one:
            one.unlink(missing_ok=True)
        return found

    with monkeypatch.context() as patch:
        patch.setattr(Path, "stat", and_gone)
        assert log_files.expire([str(tmp_path)], 90)[0] <= 1
    assert not two.exists()


def test_a_folder_has_the_size_of_its_files(tmp_path: Path) -> None:
    write(tmp_path / "a" / "b"), write(tmp_path / "c")
    (tmp_path / "link").symlink_to(tmp_path / "c")
    assert log_files.size(tmp_path) == (2, 10)
    assert log_files.size(tmp_path / "none") == (0, 0)
