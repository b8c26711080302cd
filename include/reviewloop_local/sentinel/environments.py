"""Environments of their own, each from locks of its own, made by the project's own scripts; and what fails in one."""

import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from reviewloop_local.errors import LocalError
from reviewloop_local.sentinel.pins import loosened, read_pins, within_majors
from reviewloop_local.stack.home import PROJECT_ROOT

LOCKS: Final = ("requirements.txt", "requirements-dev.txt")
_FAST: Final = ("-n", "2", "--dist", "loadfile", "--no-loadscope-reorder", "-m", "not contract and not e2e and not slow")
"""As `make test-fast` runs them."""
WHOLE_RUN: Final = "the run itself"
"""Fails where pytest could not say which test does."""


class Unresolvable(Exception):
    """These versions do not go together."""


def pins_of(folder: Path) -> dict[str, str]:
    """What both locks of ``folder`` pin."""
    return {name: version for lock in LOCKS for name, version in read_pins((folder / lock).read_text(encoding="utf-8")).items()}


def compile_locks(folder: Path, wanted: Mapping[str, str] | None, root: Path = PROJECT_ROOT) -> dict[str, str]:
    """Locks in ``folder``: the newest within the majors of those of ``root``, or (``wanted``) those with these versions moved.

    What has to move along with the wanted versions does, all else stays. Returns the pins. Raises ``Unresolvable``.
    """
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "scripts").mkdir(parents=True)
    for name in ("lock.py", "pip-install"):
        shutil.copy(root / "scripts" / name, folder / "scripts" / name)
    pins = pins_of(root)
    for lock in ("requirements.txt", "requirements-dev.txt", "requirements-cuda.txt"):
        shutil.copy(root / lock, folder / lock)
    moved = "".join(f"{name}=={version}\n" for name, version in sorted((wanted or {}).items()))
    (folder / "majors.txt").write_text(within_majors(pins) + moved + pips_constraints(), encoding="utf-8")
    for name in ("requirements.in", "requirements-dev.in"):
        text = loosened((root / name).read_text(encoding="utf-8"), pins)
        (folder / name).write_text(f"-c majors.txt\n{text}", encoding="utf-8")
    env = {**os.environ, "UPGRADE": "" if wanted is not None else "1"}
    done = _quietly([sys.executable, str(folder / "scripts" / "lock.py")], folder, env)
    if done.returncode:
        raise Unresolvable(done.stderr[-2000:])
    return pins_of(folder)


def pips_constraints() -> str:
    """What this machine's pip is told to stay below: it installs what uv compiles, and uv does not read pip's settings."""
    told = _quietly([sys.executable, "-m", "pip", "config", "list"], Path.cwd(), os.environ).stdout
    named = [path for paths in re.findall(r"^[\w:]+\.constraint='(.*)'$", told, re.MULTILINE) for path in paths.split()]
    return "".join(f"{Path(path).read_text(encoding='utf-8')}\n" for path in dict.fromkeys(named))


def install(folder: Path) -> Path:
    """The Python of a fresh environment with what the locks of ``folder`` pin. Raises ``Unresolvable`` where that does not go."""
    home = folder / "venv"
    made = _quietly([sys.executable, "-m", "venv", "--clear", str(home)], folder, os.environ)
    if made.returncode:
        raise LocalError(f"sentinel: no environment in {home}: {made.stderr[-500:]}")
    python = home / "bin" / "python"
    done = _quietly(
        [str(folder / "scripts" / "pip-install"), str(python), *(str(folder / lock) for lock in LOCKS)], folder, os.environ
    )
    if done.returncode:
        raise Unresolvable((done.stdout + done.stderr)[-2000:])
    return python


def failing_tests(
    python: Path, only: Collection[str] = (), root: Path = PROJECT_ROOT, options: Sequence[str] = _FAST
) -> frozenset[str]:
    """The fast tests that fail with this Python: ``path::function``, or a path that does not load.

    ``only`` names tests whose files alone are run.
    """
    files = [] if WHOLE_RUN in only else sorted({test.partition("::")[0] for test in only})
    report = python.parent.parent / "report.xml"
    report.unlink(missing_ok=True)
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(str(root / name) for name in ("include", "plugins"))}
    words = ["-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junit-xml={report}", "-o", "junit_family=xunit1"]
    done = subprocess.run([str(python), *words, *options, *files], cwd=root, env=env, stdout=sys.stderr, check=False)  # noqa: S603
    found = read_failures(report.read_text(encoding="utf-8")) if report.exists() else frozenset()
    return found or (frozenset({WHOLE_RUN}) if done.returncode not in {0, 5} else frozenset())


def read_failures(report: str) -> frozenset[str]:
    """Of pytest's JUnit report with ``xunit1`` names. A file that does not load is named with dots, without an ending."""
    cases: Iterable[ElementTree.Element] = ElementTree.fromstring(report).iter("testcase")  # noqa: S314 - pytest wrote it
    failed = [case for case in cases if {child.tag for child in case} & {"failure", "error"}]
    return frozenset(_name(case) for case in failed)


def _name(case: ElementTree.Element) -> str:
    name = str(case.get("name"))
    if case.get("file") and case.get("classname"):
        return f"{case.get('file')}::{name.partition('[')[0]}"
    return case.get("file") or f"{name.replace('.', '/')}.py"


def _quietly(command: Sequence[str], folder: Path, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, env=dict(env), capture_output=True, text=True, check=False)  # noqa: S603 - our own words
