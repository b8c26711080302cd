"""All that a stack knows, in one folder; and back again.

The databases are copied first, then the catalog, the objects last: what a database names lies in the lake before it is named, so a
copy made while the stack runs may hold objects that nothing names, never the other way round.
"""

import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from reviewloop.files import write_folder
from reviewloop_local.errors import LocalError
from reviewloop_local.stack.home import Home

Say = Callable[[str], None]

DATABASES: Final = ("airflow/airflow.db", "mlflow.db")
_FILES: Final = ("secrets.json", "profile", "airflow/passwords.json", "airflow/migrated")
_FOLDERS: Final = ("keys", "aws/state", "aws/s3")
_CONTENTS: Final = "contents.json"
STORED: Final = {"aws": ("aws/s3", "aws/state"), "mlflow": ("mlflow.db", "mlflow.db-wal", "mlflow.db-shm")}
"""A service that may be restored alone -> what it stores."""


def backup(home: Home, to: Path, say: Say) -> None:
    """Copy the stack's databases, keys, catalog and objects to the new folder ``to``; the stack may run meanwhile.

    Task logs and what can be made again (fetched models, the online store) are left out. Raises ``LocalError`` where there is
    nothing to copy, or ``to`` exists.
    """
    if not (home.root / "secrets.json").exists():
        raise LocalError(f"REVIEWLOOP_HOME: {home.root} is no stack's home; there is nothing to back up")
    if to.exists():
        raise LocalError(f"TO: {to} exists; name a new folder, a backup is never written over another")

    def fill(folder: Path) -> None:
        for name in DATABASES:
            if (home.root / name).exists():
                _copy_database(home.root / name, folder / name)
        for name in _FILES:
            if (home.root / name).exists():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(home.root / name, folder / name)
        for name in _FOLDERS:
            _copy_folder(home.root / name, folder / name)
        folder.chmod(0o700)  # it holds the keys
        (folder / _CONTENTS).write_text(json.dumps(_digests(folder), indent=0, sort_keys=True), encoding="utf-8")

    write_folder(to, fill)
    contents = json.loads((to / _CONTENTS).read_text(encoding="utf-8"))
    size = sum((to / name).stat().st_size for name in contents)
    say(f"{to}: {len(contents):,} files, {size / 1e6:,.0f} MB; it holds the stack's keys: keep it closed to others")


def restore(home: Home, source: Path, say: Say) -> None:
    """Make ``home`` what it was when ``source`` was written. What is there now is moved aside, not deleted.

    Raises ``LocalError`` where ``source`` is no whole backup; every file is held against its digest before anything is touched.
    """
    expected = _checked(source)
    if home.root.exists():
        aside = _aside(home)
        home.root.rename(aside)
        say(f"what was there is in {aside} now; delete it when you are sure")

    def fill(folder: Path) -> None:
        _copy(source, expected, folder)
        folder.chmod(0o700)

    write_folder(home.root, fill)
    say(f"{home.root}: {len(expected):,} files restored; `make run` or `make serve` starts from them")


def restore_part(home: Home, source: Path, part: str, say: Say) -> None:
    """Make what one service stores (``STORED``) what it was when ``source`` was written; the others' data stays as it is.

    The service must be stopped, the rest of the stack may run on. What it has stored is moved aside. Raises ``LocalError`` as
    ``restore`` does, and for a service that stores nothing.
    """
    if part not in STORED:
        raise LocalError(f"PART: {part!r} cannot be restored alone; allowed are {', '.join(STORED)}")
    expected = [name for name in _checked(source) if name.startswith(STORED[part])]
    fresh, aside = home.root / ".restored", _aside(home)
    write_folder(fresh, lambda folder: _copy(source, expected, folder))
    for name in STORED[part]:
        for place, to in ((home.root, aside), (fresh, home.root)):
            if (place / name).exists():
                (to / name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                (place / name).rename(to / name)
    shutil.rmtree(fresh)
    say(f"{part}: {len(expected):,} files restored; what was there is in {aside} now")


def _checked(source: Path) -> list[str]:
    """The files of a whole backup."""
    contents_file = source / _CONTENTS
    if not contents_file.is_file():
        raise LocalError(f"FROM: {source} is no backup (it has no {_CONTENTS}); name a folder that `make backup TO=` wrote")
    expected = json.loads(contents_file.read_text(encoding="utf-8"))
    found = _digests(source)
    damaged = sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))
    if damaged:
        raise LocalError(
            f"FROM: {source}: {len(damaged)} files are not as they were backed up, {damaged[0]} first; nothing restored"
        )
    return sorted(expected)


def _aside(home: Home) -> Path:
    return home.root.with_name(f"{home.root.name}.before-restore-{datetime.now(UTC):%Y%m%dT%H%M%S%f}")


def _copy(source: Path, names: Iterable[str], folder: Path) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source / name, folder / name)


def _copy_folder(source: Path, target: Path) -> None:
    """What lies there, without what is deleted meanwhile (a query's results): nothing names it any more."""
    for folder, _, names in os.walk(source):
        to = target / Path(folder).relative_to(source)
        to.mkdir(parents=True, exist_ok=True)
        for name in names:
            with suppress(FileNotFoundError):
                shutil.copy2(Path(folder) / name, to / name)


def _copy_database(source: Path, target: Path) -> None:
    """SQLite's own online copy: a moment in time, whoever writes meanwhile."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True, timeout=60)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


def _digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / _CONTENTS)
    return {path.relative_to(folder).as_posix(): _digest(path) for path in files}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
