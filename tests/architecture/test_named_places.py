"""Where a comment or a docstring says that something is, there it is. (For the documents: tests/docs.)"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = {"reviewloop": ROOT / "include", "reviewloop_local": ROOT / "include", "reviewloop_airflow": ROOT / "plugins"}
ROOMS = {path.name for path in (ROOT / "include" / "reviewloop").iterdir() if path.is_dir() and path.name != "__pycache__"}
PROSE = ("Makefile", "Dockerfile", "docker-compose.yaml", "pyproject.toml", "requirements.in", "requirements-dev.in")
FOLDERS = ("include", "plugins", "dags", "tests", "deploy", "scripts", "docs")
DOTTED = re.compile(rf"(?<![\w./-])((?:{'|'.join(sorted([*ROOMS, *PACKAGES]))})(?:\.[A-Za-z_]\w*)+)(?![\w(/])")
PATH = re.compile(rf"(?<![\w./])((?:{'|'.join(FOLDERS)})/[\w./-]*\w/?)(?![\w{{*<])")
FILE_ENDINGS = {"db", "html", "json", "jsonl", "log", "parquet", "yaml"}
"""``config.json`` is a file, not a place in the code."""


def written(path: Path) -> Iterator[tuple[int, str]]:
    """Line and text of everything in the file that only people read."""
    source = path.read_text()
    if path.suffix != ".py":
        comments_alone = path.suffix in (".yaml", ".toml") and path.name != "docker-compose.yaml"
        for number, line in enumerate(source.splitlines(), 1):
            yield number, line.partition("#")[2] if comments_alone else line
        return
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.lineno, node.value.value


@cache
def modules() -> dict[str, str]:
    """Name of every module and package of ours -> its source."""
    found = {}
    for package, home in PACKAGES.items():
        for path in (home / package).rglob("*.py"):
            parts = path.relative_to(home).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path.read_text()
    return found


@cache
def config() -> Any:
    return yaml.safe_load((ROOT / "include" / "config" / "base.yaml").read_text())


def is_there(name: str) -> bool:
    """A module, a name that one holds, a key of the config, or a tag that the code writes. ``reviewloop.`` may be left out."""
    full = name if name.split(".")[0] in PACKAGES else f"reviewloop.{name}"
    if full in modules():
        return True
    parts = full.split(".")
    for place in range(len(parts) - 1, 1, -1):
        if (source := modules().get(".".join(parts[:place]))) is not None:
            if re.search(rf"^\s*(?:def|class|import)? ?{parts[place]}\b", source, re.MULTILINE):
                return True
            break
    if any(f'"{name}"' in source for source in modules().values()):
        return True
    section = config()
    for part in name.split("."):
        if not isinstance(section, Mapping) or part not in section:
            return False
        section = section[part]
    return True


def lost(path: Path) -> Iterator[str]:
    for line, text in written(path):
        names = [name for name in DOTTED.findall(text) if name.split(".")[-1] not in FILE_ENDINGS]
        wrong = [name for name in names if not is_there(name)]
        wrong += [place for place in PATH.findall(text) if not (ROOT / place).exists()]
        yield from (f"{path.name}:{line}: {one}" for one in wrong)


def files() -> list[Path]:
    found = [ROOT / name for name in PROSE]
    for folder in FOLDERS:
        found += [path for path in (ROOT / folder).rglob("*") if path.suffix in (".py", ".yaml", ".sh")]
    return sorted(found)


def test_every_place_that_is_named_is_there() -> None:
    assert len(files()) > 350
    assert [one for path in files() for one in lost(path)] == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("# see core.gates.gates.judge and reviewloop.core.texts", []),
        ("# see core.contract", ["core.contract"]),
        ("# see core.gates.gates.nothing", ["core.gates.gates.nothing"]),
        ("# training.backend.kind is a key, training.backend.sort is none", ["training.backend.sort"]),
        ("# tests/e2e is there, tests/e3e/test_x.py is not", ["tests/e3e/test_x.py"]),
        ("core = contract.core.contract", []),
        ("# the tag reviewloop.job_key, and reviewloop.job_kea", ["reviewloop.job_kea"]),
    ],
)
def test_a_place_that_is_not_there_is_found(tmp_path: Path, text: str, found: list[str]) -> None:
    (tmp_path / "a.py").write_text(f"{text}\n")
    assert list(lost(tmp_path / "a.py")) == [f"a.py:1: {name}" for name in found]
