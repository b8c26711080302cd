"""What is compiled for an environment, and which tests fail in one; and the whole watch with a planted break."""

import sys
from pathlib import Path

import pytest

from reviewloop_local.sentinel import __main__ as sentinel
from reviewloop_local.sentinel import environments
from reviewloop_local.sentinel.environments import Unresolvable, compile_locks, failing_tests
from reviewloop_local.stack.home import PROJECT_ROOT

SUITE = """
import os, pytest
def test_well(): pass
@pytest.mark.parametrize("at", [1, 2])
def test_bad(at): assert os.environ.get("MENDED")
@pytest.mark.slow
def test_slow(): assert False
"""
LOCKER = (
    "import os, pathlib, sys; pathlib.Path('asked').write_text(os.environ['UPGRADE']); sys.exit(os.environ.get('NO') and 'no way')"
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    (root / "scripts").mkdir(parents=True)
    (root / "scripts" / "lock.py").write_text(LOCKER)
    (root / "scripts" / "pip-install").touch()
    (root / "requirements.in").write_text("torch==2.13.0\n")
    (root / "requirements-dev.in").write_text("-c requirements.txt\nruff\n")
    (root / "requirements.txt").write_text("torch==2.13.0\nnumpy==2.3.1\n")
    (root / "requirements-dev.txt").write_text("ruff==0.14.1\n")
    (root / "requirements-cuda.txt").touch()
    (root / "test_some.py").write_text(SUITE)
    (root / "pytest.ini").write_text("[pytest]\nmarkers =\n  slow\n")
    return root


def test_the_newest_are_asked_for_within_majors(project: Path, tmp_path: Path) -> None:
    folder = tmp_path / "newest"
    assert compile_locks(folder, None, project) == {"torch": "2.13.0", "numpy": "2.3.1", "ruff": "0.14.1"}
    assert (folder / "asked").read_text() == "1"
    assert (folder / "requirements.in").read_text() == "-c majors.txt\ntorch>=2.13.0\n"
    assert (folder / "majors.txt").read_text().startswith("numpy<3\nruff<1\ntorch<3\n")


def test_what_pip_is_told_to_stay_below_holds_here_too(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "below.txt").write_text("torch<=2.13.99")
    monkeypatch.setenv("PIP_CONSTRAINT", str(tmp_path / "below.txt"))
    compile_locks(tmp_path / "newest", None, project)
    assert "torch<3\ntorch<=2.13.99\n" in (tmp_path / "newest" / "majors.txt").read_text()


def test_a_trial_moves_what_it_is_told_and_keeps_the_rest(project: Path, tmp_path: Path) -> None:
    folder = tmp_path / "trial"
    compile_locks(folder, {"numpy": "2.4.0"}, project)
    assert (folder / "asked").read_text() == "", "what is pinned stays"
    assert (folder / "majors.txt").read_text().startswith("numpy<3\nruff<1\ntorch<3\nnumpy==2.4.0\n")
    assert "numpy==2.3.1" in (folder / "requirements.txt").read_text(), "from where it starts"


def test_what_does_not_go_together_is_told(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO", "1")
    with pytest.raises(Unresolvable, match="no way"):
        compile_locks(tmp_path / "trial", {"numpy": "2.4.0"}, project)


def test_failing_tests_are_named_by_function_and_slow_ones_left_out(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = tmp_path / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    quick = ("-m", "not slow", "-p", "no:xdist")
    assert failing_tests(python, root=project, options=quick) == {"test_some.py::test_bad"}
    monkeypatch.setenv("MENDED", "1")
    assert failing_tests(python, root=project, options=quick) == frozenset()
    (project / "test_other.py").write_text("import no_such_library")
    assert failing_tests(python, root=project, options=quick) == {"test_other.py"}, "a file that does not load"
    assert failing_tests(python, {"test_some.py::test_bad"}, project, quick) == frozenset(), "only those files are run"
    assert failing_tests(python, root=project, options=("--no-such-option",)) == {environments.WHOLE_RUN}


CHANGED = {"numpy": ("2.3.1", "2.4.0"), "torch": ("2.13.0", "2.14.0"), "pandas": ("2.3.0", "2.4.0")}


def test_the_pin_that_broke_a_test_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Environments are stand-ins: a test fails where numpy is new, another with the lock, too; pandas moves with torch only."""
    made: dict[str, set[str]] = {}

    def compiled(folder: Path, wanted: dict[str, str] | None, root: Path = PROJECT_ROOT) -> dict[str, str]:
        made[folder.name] = set(CHANGED if wanted is None else wanted)
        if "pandas" in made[folder.name] and "torch" not in made[folder.name]:
            raise Unresolvable("pandas needs torch")
        return {name: new if name in made[folder.name] else old for name, (old, new) in CHANGED.items()}

    def failing(python: Path, only: frozenset[str] = frozenset()) -> frozenset[str]:
        always = {"tests/a.py::test_ours"}
        return frozenset(always | ({"tests/a.py::test_numbers"} if "numpy" in made.get(python.name, set()) else set()))

    monkeypatch.setattr(sentinel, "compile_locks", compiled)
    monkeypatch.setattr(sentinel, "pins_of", lambda root: {name: old for name, (old, _) in CHANGED.items()})
    monkeypatch.setattr(sentinel, "install", lambda folder: folder)
    monkeypatch.setattr(sentinel, "failing_tests", failing)
    text, is_well = sentinel.watch(tmp_path)
    assert not is_well
    assert "| tests/a.py::test_numbers | numpy 2.3.1 -> 2.4.0 |" in text
    assert "no library's doing: `tests/a.py::test_ours`" in text
    assert "| torch | 2.13.0 | 2.14.0 |" in text

    as_it_was = {name: old for name, (old, _) in CHANGED.items()}
    monkeypatch.setattr(sentinel, "compile_locks", lambda folder, wanted: as_it_was)
    assert sentinel.watch(tmp_path) == (sentinel.shown({}, {}, (), "Every pin is the newest of its major."), True)
