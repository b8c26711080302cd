"""A stack's home, saved and gone back to."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from reviewloop_local.__main__ import _restore
from reviewloop_local.errors import LocalError
from reviewloop_local.stack.backup import backup, restore, restore_part
from reviewloop_local.stack.home import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    made.make()
    made.secrets()
    (made.root / "aws" / "s3" / "lake").mkdir(parents=True)
    (made.root / "aws" / "s3" / "lake" / "an object").write_bytes(b"one")
    (made.root / "aws" / "state").mkdir()
    (made.root / "aws" / "state" / "glue.json").write_text("{}")
    (made.logs / "mlflow.log").write_text("a log")
    with closing(sqlite3.connect(made.root / "mlflow.db")) as database:
        database.execute("CREATE TABLE versions (n INTEGER)")
        database.execute("INSERT INTO versions VALUES (1)")
        database.commit()
    return made


def versions(home: Home) -> list[int]:
    with closing(sqlite3.connect(home.root / "mlflow.db")) as database:
        return [n for (n,) in database.execute("SELECT n FROM versions ORDER BY n")]


def test_what_was_lost_is_there_again(home: Home, tmp_path: Path) -> None:
    keys = home.secrets()
    with closing(sqlite3.connect(home.root / "mlflow.db")) as writer:
        writer.execute("INSERT INTO versions VALUES (2)")  # not committed: somebody writes meanwhile
        backup(home, tmp_path / "saved", lambda _: None)
        writer.commit()
    (home.root / "aws" / "s3" / "lake" / "an object").unlink()
    said: list[str] = []
    restore(home, tmp_path / "saved", said.append)
    assert versions(home) == [1]
    assert home.secrets() == keys
    assert (home.root / "aws" / "s3" / "lake" / "an object").read_bytes() == b"one"
    assert not (home.logs / "mlflow.log").exists()
    aside = Home(next(tmp_path.glob("home.before-restore-*")))
    assert versions(aside) == [1, 2], "what was there is kept"
    assert str(aside.root) in said[0]


def test_a_backup_is_closed_to_others(home: Home, tmp_path: Path) -> None:
    backup(home, tmp_path / "saved", lambda _: None)
    assert (tmp_path / "saved").stat().st_mode & 0o077 == 0


def test_a_backup_is_never_written_over_another(home: Home, tmp_path: Path) -> None:
    backup(home, tmp_path / "saved", lambda _: None)
    with pytest.raises(LocalError, match=r"^TO: .*saved exists; name a new folder"):
        backup(home, tmp_path / "saved", lambda _: None)


def test_a_damaged_backup_touches_nothing(home: Home, tmp_path: Path) -> None:
    backup(home, tmp_path / "saved", lambda _: None)
    (tmp_path / "saved" / "aws" / "s3" / "lake" / "an object").write_bytes(b"two")
    with pytest.raises(LocalError, match=r"1 files are not as they were backed up, aws/s3/lake/an object first; nothing restored$"):
        restore(home, tmp_path / "saved", lambda _: None)
    assert versions(home) == [1]
    assert not list(tmp_path.glob("home.before-restore-*"))


def test_what_is_no_backup_is_refused(home: Home, tmp_path: Path) -> None:
    with pytest.raises(LocalError, match=r"^FROM: .*nothing is no backup"):
        restore(home, tmp_path / "nothing", lambda _: None)
    with pytest.raises(LocalError, match=r"^REVIEWLOOP_HOME: .*elsewhere is no stack's home; there is nothing to back up$"):
        backup(Home(tmp_path / "elsewhere"), tmp_path / "saved", lambda _: None)


def test_one_service_is_gone_back_to_alone(home: Home, tmp_path: Path) -> None:
    backup(home, tmp_path / "saved", lambda _: None)
    with closing(sqlite3.connect(home.root / "mlflow.db")) as database:
        database.execute("INSERT INTO versions VALUES (2)")
        database.commit()
    later = home.root / "aws" / "s3" / "lake" / "a later object"
    later.write_bytes(b"later")

    restore_part(home, tmp_path / "saved", "mlflow", lambda _: None)
    assert versions(home) == [1]
    assert later.read_bytes() == b"later", "the other service keeps what it has"
    assert versions(Home(next(tmp_path.glob("home.before-restore-*")))) == [1, 2], "what was there is kept"

    restore_part(home, tmp_path / "saved", "aws", lambda _: None)
    assert not later.exists()
    assert (home.root / "aws" / "s3" / "lake" / "an object").read_bytes() == b"one"
    assert (home.logs / "mlflow.log").exists(), "nothing else is touched"


def test_a_damaged_backup_or_a_service_that_stores_nothing_touches_nothing(home: Home, tmp_path: Path) -> None:
    backup(home, tmp_path / "saved", lambda _: None)
    with pytest.raises(LocalError, match=r"^PART: 'airflow-scheduler' cannot be restored alone; allowed are aws, mlflow$"):
        restore_part(home, tmp_path / "saved", "airflow-scheduler", lambda _: None)
    (tmp_path / "saved" / "aws" / "s3" / "lake" / "an object").write_bytes(b"two")
    with pytest.raises(LocalError, match="nothing restored"):
        restore_part(home, tmp_path / "saved", "mlflow", lambda _: None)
    assert not list(tmp_path.glob("home.before-restore-*"))


def test_an_object_that_goes_while_the_stack_is_copied_stops_no_backup(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    objects = home.root / "aws" / "s3" / "lake"
    for number in range(3):
        (objects / f"result {number}").write_bytes(b"of a query")
    copy = shutil.copyfile

    def slow_copy(source: Any, target: Any, **rest: Any) -> Any:
        if Path(source).parent == objects:
            for result in objects.glob("result *"):
                result.unlink()  # the snapshot has read them
        return copy(source, target, **rest)

    monkeypatch.setattr(shutil, "copyfile", slow_copy)
    backup(home, tmp_path / "saved", lambda _: None)
    monkeypatch.undo()
    restore(home, tmp_path / "saved", lambda _: None)
    assert (home.root / "aws" / "s3" / "lake" / "an object").read_bytes() == b"one"


def test_a_running_service_is_stopped_for_its_restore_and_started_again(home: Home, tmp_path: Path) -> None:
    calls: list[str] = []
    stack: Any = SimpleNamespace(
        home=home,
        is_running=lambda: True,
        stop_part=lambda name: calls.append(f"stop {name}"),
        start_part=lambda name: calls.append(f"start {name}"),
    )
    backup(home, tmp_path / "saved", lambda _: None)
    with pytest.raises(LocalError, match=r"the stack runs: `make stop` first, then restore; or name the one service"):
        _restore(stack, tmp_path / "saved", "")
    with pytest.raises(LocalError, match=r"^PART: 'airflow' cannot"):
        _restore(stack, tmp_path / "saved", "airflow")
    assert calls == []
    _restore(stack, tmp_path / "saved", "mlflow")
    assert calls == ["stop mlflow", "start mlflow"]
    (tmp_path / "saved" / "profile").write_text("damaged")
    with pytest.raises(LocalError, match="nothing restored"):
        _restore(stack, tmp_path / "saved", "mlflow")
    assert calls == ["stop mlflow", "start mlflow"] * 2, "it goes on with what it has"
