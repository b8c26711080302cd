"""What is named of other people's code is what is used of it: in a worker before it forks, and in requirements.in."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import grimp

from reviewloop_airflow.libraries import LIBRARIES, PARSED

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("include", "plugins", "dags")
OURS = {path.stem for name in SOURCES for path in (ROOT / name).iterdir()}
FOR_DEVELOPERS = {"bench_pages", "notebooks", "sentinel"}
"""Run with what requirements-dev.in names."""
DISTRIBUTIONS = {
    "openlineage": "openlineage-python",
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
    "crowdkit": "crowd-kit",
    "cyclonedx": "cyclonedx-python-lib",
    "packageurl": "packageurl-python",
}
"""Where a module's name is not that of the package that brings it, but for - and _."""


def test_a_worker_imports_beforehand_only_what_a_step_imports() -> None:
    graph = grimp.build_graph("reviewloop", include_external_packages=True, exclude_type_checking_imports=True, cache_dir=None)
    steps = [module for module in graph.modules if module.startswith("reviewloop.steps.")]
    assert len(steps) > 20
    used = set().union(*(graph.find_upstream_modules(step) for step in steps))
    assert [name for name in LIBRARIES if name.split(".")[0] not in used] == [], "no step imports it: take it off LIBRARIES"


PARSE = """
import sys
from collections import Counter
from importlib import import_module
import airflow.dag_processing.processor, airflow.sdk
from reviewloop_airflow.libraries import PARSED, preload
preload(PARSED if sys.argv[1] == "beforehand" else ())
before = set(sys.modules)
for name in sys.argv[2:]:
    import_module(name)
new = Counter(module.partition(".")[0] for module in set(sys.modules) - before)
print(*(f"{name}={number}" for name, number in new.items()))
"""


def modules_of_others(beforehand: bool, tmp_path: Path) -> dict[str, int]:
    """Library -> modules of it that parsing every DAG file imports."""
    dags = [path.stem for path in sorted((ROOT / "dags").glob("*.py"))]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(str(ROOT / name) for name in SOURCES), "AIRFLOW_HOME": str(tmp_path)}
    command = [sys.executable, "-W", "ignore", "-c", PARSE, "beforehand" if beforehand else "later", *dags]
    told = subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout.splitlines()[-1]
    new = {name: int(number) for name, _, number in (pair.partition("=") for pair in told.split())}
    return {name: number for name, number in new.items() if name not in OURS | {"airflow"}}


def test_the_dag_processor_has_what_dag_files_import_before_it_forks(tmp_path: Path) -> None:
    new = modules_of_others(True, tmp_path)
    assert {name: number for name, number in new.items() if number > 30} == {}, "name it in PARSED, or import it where it is used"


def test_the_dag_processor_imports_beforehand_only_what_dag_files_import(tmp_path: Path) -> None:
    new = modules_of_others(False, tmp_path)
    assert [name for name in PARSED if name.split(".")[0] not in new] == [], "no DAG file imports it: take it off PARSED"


@cache
def imported() -> dict[str, str]:
    """Package of requirements.in -> one place that imports it, inside functions too."""
    found: dict[str, str] = {}
    for path in sorted(path for name in SOURCES for path in (ROOT / name).rglob("*.py") if path.parent.name not in FOR_DEVELOPERS):
        for module in modules(ast.parse(path.read_text())):
            top = module.split(".")[0]
            if top not in sys.stdlib_module_names | OURS:
                found.setdefault(distribution(module), str(path.relative_to(ROOT)))
    return found


def modules(tree: ast.AST) -> Iterator[str]:
    """What the code imports when it runs: nothing under ``if TYPE_CHECKING``."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
        else:
            yield from modules(node)


def distribution(module: str) -> str:
    if module.startswith("airflow"):
        parts = module.split(".")
        return f"apache-airflow-providers-{parts[2]}" if parts[1:2] == ["providers"] else "apache-airflow"
    top = module.split(".")[0]
    return DISTRIBUTIONS.get(top, top.replace("_", "-"))


@cache
def named() -> dict[str, str]:
    """Package -> the reason that its line in requirements.in gives, which may be none."""
    found = {}
    for line in (ROOT / "requirements.in").read_text().splitlines():
        requirement, _, reason = line.partition("#")
        if name := re.match(r"[\w.-]+", requirement):
            found[name.group().lower()] = reason.strip()
    return found


def test_every_package_that_is_imported_is_named() -> None:
    assert len(imported()) > 25
    missing = {name: place for name, place in imported().items() if name not in named()}
    assert missing == {}, "name it in requirements.in: what others happen to bring, they may cease to bring"


def test_a_package_that_nothing_imports_says_what_it_is_for() -> None:
    idle = [name for name, reason in named().items() if name not in imported() and not reason]
    assert idle == [], "nothing imports it: say on its line in requirements.in who needs it, or drop it"


def test_what_is_named_is_pinned() -> None:
    pins = {line.split("==")[0].split("[")[0] for line in (ROOT / "requirements.txt").read_text().splitlines()}
    assert sorted(named().keys() - pins) == [], "run make lock"
