"""How the rooms are kept: which way imports go, what a folder holds, and where a test stands."""

import ast
import re
from collections.abc import Iterable, Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "include" / "reviewloop"
MAX_MODULES = 16
TEST_ROOMS = {
    "local": ROOT / "include" / "reviewloop_local",
    "dags": ROOT / "dags",
    "deploy": ROOT / "deploy",
    "docs": ROOT / "docs",
}
"""Rooms of tests that mirror another folder than that of their name in ``reviewloop``."""
NO_MIRROR = {"architecture", "compatibility", "e2e", "helpers"}
"""They look at everything at once."""
MARKUP = re.compile(
    r"</?(a|b|body|br|code|div|em|h[1-6]|head|hr|html|img|li|mark|ol|p|pre|script|span|strong|style|svg|table|tbody|td|th|thead|title|tr|ul)"
    r"(\s[^<>]*)?/?>"  # a tag
    r"|<(div|p|span|svg|table|td|a|img)(\s|$)|\bstyle\s*="  # one that another string goes on with
    r"|[.#]?[a-z][\w.#>: -]*\{\s*[a-z-]+\s*:[^{}]*\}"  # a rule of CSS
)


def imports(*packages: str) -> grimp.ImportGraph:
    """What imports what when it runs, inside functions too."""
    return grimp.build_graph(*packages, exclude_type_checking_imports=True, cache_dir=None)


def circle(edges: Iterable[tuple[str, str]]) -> str | None:
    """One way round, in words; None where there is none."""
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for importer, imported in sorted(edges):
        sorter.add(importer, imported)
    try:
        sorter.prepare()
    except CycleError as error:
        return " imported by ".join(error.args[1])
    return None


def edges_of(graph: grimp.ImportGraph) -> list[tuple[str, str]]:
    return [(module, imported) for module in graph.modules for imported in graph.find_modules_directly_imported_by(module)]


def circles_in_folders(graph: grimp.ImportGraph) -> Iterator[str]:
    """Of every folder in which some part is both above and below another."""
    edges = edges_of(graph)
    for folder in sorted(module for module in graph.modules if graph.find_children(module)):
        inside = [pair for pair in edges if all(module.startswith(f"{folder}.") for module in pair)]
        parts = {tuple(module.removeprefix(f"{folder}.").split(".")[0] for module in pair) for pair in inside}
        if found := circle(pair for pair in parts if pair[0] != pair[1]):
            yield f"{folder}: {found}"


def markup_in(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and (found := MARKUP.search(node.value)):
                yield f"{path.name}:{node.lineno}: {found.group()}"


def crowded(folder: Path) -> Iterator[str]:
    for room in [folder, *(path for path in sorted(folder.rglob("*")) if path.is_dir())]:
        num_modules = sum(path.name != "__init__.py" for path in room.glob("*.py"))
        if num_modules > MAX_MODULES:
            yield f"{room.name}: {num_modules} modules"


def stray_tests(tests: Path) -> Iterator[str]:
    for path in sorted(tests.rglob("test_*.py")):
        first, *rest = path.relative_to(tests).parent.parts or ("",)
        if first not in NO_MIRROR and not (TEST_ROOMS.get(first, PACKAGE / first)).joinpath(*rest).is_dir():
            yield str(path.relative_to(tests))


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = imports("reviewloop", "reviewloop_local", "reviewloop_airflow")
    assert len(graph.modules) > 250
    assert circle(edges_of(graph)) is None


def test_within_a_folder_imports_go_one_way() -> None:
    assert list(circles_in_folders(imports("reviewloop"))) == []


def test_core_holds_no_markup() -> None:
    assert list(markup_in(PACKAGE / "core")) == []
    assert len(list(markup_in(PACKAGE / "pages"))) > 20, "where there is markup it is seen"


@pytest.mark.parametrize("name", sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py")))
def test_a_folder_holds_no_more_than_one_takes_in(name: str) -> None:
    assert list(crowded(PACKAGE / name)) == []


def test_every_test_stands_where_its_source_does() -> None:
    assert list(stray_tests(ROOT / "tests")) == []


@pytest.fixture
def planted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Path:
    """A package with faults, named after the test: what was imported once is known for good."""
    folder = tmp_path / f"planted_{request.node.name[:30]}"
    (folder / "low").mkdir(parents=True)
    for path in (folder, folder / "low"):
        (path / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    return folder


def test_a_circle_through_a_function_is_found_and_one_for_types_is_none(planted: Path) -> None:
    name = planted.name
    (planted / "a.py").write_text(f"from {name} import b\n")
    for_types = f"from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from {name} import a\n"
    (planted / "b.py").write_text(for_types)
    assert circle(edges_of(imports(name))) is None
    (planted / "b.py").write_text(f"def late():\n    from {name} import a\n")
    assert circle(edges_of(imports(name))) in {f"{name}.{x} imported by {name}.{y} imported by {name}.{x}" for x, y in ("ab", "ba")}


def test_an_import_that_climbs_is_found_without_a_circle_of_modules(planted: Path) -> None:
    name = planted.name
    (planted / "low" / "one.py").write_text(f"from {name} import high\n")
    (planted / "low" / "two.py").touch()
    (planted / "high.py").write_text(f"from {name}.low import two\n")
    graph = imports(name)
    assert circle(edges_of(graph)) is None
    (found,) = circles_in_folders(graph)
    assert found.startswith(f"{name}: ")
    assert {"high", "low"} <= set(found.split())


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<p>a</p>", True), ('<div class="x', True), ("<svg viewBox='0 0 1 1'>", True), ("color:red' style='x", True),
        (".soft{color:#52606d}", True), ("td { padding: 0 }", True),
        ("p < 0.05, q > 0.1", False), ("{name}: {value}", False), ("array<struct<a:bigint>>", False), ("<br", False),
    ],
)  # fmt: skip
def test_markup_is_told_from_words(tmp_path: Path, text: str, found: bool) -> None:
    (tmp_path / "a.py").write_text(f"TEXT = {text!r}\n")
    assert bool(list(markup_in(tmp_path))) == found


def test_a_full_folder_and_a_stray_test_are_found(tmp_path: Path) -> None:
    for number in range(MAX_MODULES):
        (tmp_path / f"m{number}.py").touch()
    assert list(crowded(tmp_path)) == []
    (tmp_path / "more.py").touch()
    assert list(crowded(tmp_path)) == [f"{tmp_path.name}: 17 modules"]
    for path in (
        "core/bias/test_x.py",
        "local/loop/test_x.py",
        "e2e/test_x.py",
        "test_x.py",
        "core/gone/test_x.py",
        "gone/test_x.py",
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    assert list(stray_tests(tmp_path)) == ["core/gone/test_x.py", "gone/test_x.py"]
