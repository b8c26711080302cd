"""Which code a job ran with, read from a real git checkout."""

import subprocess
from pathlib import Path

import pytest

from reviewloop.adapters.provenance import DECIDING, Provenance, provenance
from reviewloop.settings import PROJECT_ROOT


def git(root: Path, *words: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    return subprocess.run(["git", "-C", str(root), *identity, *words], check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of two files, committed."""
    monkeypatch.delenv("REVIEWLOOP_GIT_COMMIT", raising=False)
    core = tmp_path / "include/reviewloop/core"
    core.mkdir(parents=True)
    (core / "labels.py").write_text("A = 1\n")
    (tmp_path / "requirements.txt").write_text("numpy==2.4\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "first")
    return tmp_path


def read(root: Path) -> Provenance:
    provenance.cache_clear()
    return provenance(root)


def test_a_clean_checkout_is_its_commit(checkout: Path) -> None:
    found = read(checkout)
    assert (found.git_commit, found.git_dirty) == (git(checkout, "rev-parse", "HEAD"), False)


def test_a_changed_or_a_new_file_makes_it_dirty_but_notes_beside_it_do_not(checkout: Path) -> None:
    (checkout / "notes.txt").write_text("mine")
    assert not read(checkout).git_dirty
    (checkout / "include/new.py").write_text("B = 1\n")
    assert read(checkout).git_dirty


def test_the_code_digest_follows_code_and_the_lock_digest_the_lock(checkout: Path) -> None:
    before = read(checkout)
    (checkout / "include/reviewloop/core/labels.py").write_text("A = 2\n")
    code = read(checkout)
    assert (code.code_digest != before.code_digest, code.lock_digest == before.lock_digest) == (True, True)
    (checkout / "requirements.txt").write_text("numpy==2.5\n")
    lock = read(checkout)
    assert (lock.code_digest == code.code_digest, lock.lock_digest != code.lock_digest) == (True, True)


def test_a_file_that_decides_nothing_leaves_the_code_digest(checkout: Path) -> None:
    before = read(checkout).code_digest
    (checkout / "include/reviewloop/settings.py").write_text("C = 1\n")
    assert read(checkout).code_digest == before


@pytest.mark.parametrize(("told", "commit", "dirty"), [("abc123", "abc123", False), ("abc123-dirty", "abc123", True)])
def test_an_image_is_told_its_commit(checkout: Path, monkeypatch: pytest.MonkeyPatch, told: str, commit: str, dirty: bool) -> None:
    monkeypatch.setenv("REVIEWLOOP_GIT_COMMIT", told)
    found = read(checkout)
    assert (found.git_commit, found.git_dirty) == (commit, dirty)


def test_without_git_nothing_is_claimed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REVIEWLOOP_GIT_COMMIT", raising=False)
    (tmp_path / "requirements.txt").write_text("")
    found = read(tmp_path)
    assert (found.git_commit, found.git_dirty) == ("unknown", True)


@pytest.mark.parametrize("pattern", DECIDING)
def test_every_file_that_decides_exists_in_this_project(pattern: str) -> None:
    assert list(PROJECT_ROOT.glob(pattern)), f"{pattern} matches nothing: a renamed file would no longer change the job key"
