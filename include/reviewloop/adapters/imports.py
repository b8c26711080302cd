"""What a program hangs on: the modules of its own package that it imports, and the digest of what their code means.

The source is read and nothing is imported, so that this works for any checkout, and in an image without git.
"""

import ast
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Final

from reviewloop.core.digests import bytes_digest
from reviewloop.errors import PermanentError

TYPES_ONLY: Final = ("TYPE_CHECKING", "typing.TYPE_CHECKING")
"""Tests of an ``if`` whose body no program runs."""


def reached(source: Path, starts: Iterable[str], closed: Iterable[str] = ()) -> dict[str, ast.Module]:
    """The modules ``starts`` and all that they import, by their dotted names, however far down; inside functions too.

    ``source`` is the folder that holds the package. What lies in the modules ``closed`` is not entered. A module brings the
    packages that it lies in, whose ``__init__`` runs first. Raises ``PermanentError`` naming a module that is not there.
    """
    barred = tuple(closed)
    for name in barred:
        module_file(source, name)
    found: dict[str, ast.Module] = {}
    waiting = list(starts)
    while waiting:
        name = waiting.pop()
        if name not in found and not within(name, barred):
            file = module_file(source, name)
            found[name] = tree = _parsed(file.read_bytes(), str(file))
            package = name if file.name == "__init__.py" else name.rpartition(".")[0]
            waiting += _imported(source, tree, package)
            waiting += [name.rpartition(".")[0]] if "." in name else []
    return found


def module_file(source: Path, name: str) -> Path:
    """The file of the module ``name``; raises ``PermanentError`` where there is none."""
    file = _find(source, name)
    if file is None:
        raise PermanentError(f"{name}: no such module under {source}; where it was renamed or moved, name it as it is now")
    return file


def within(name: str, modules: Iterable[str]) -> bool:
    """Whether the module ``name`` is one of ``modules``, or lies in one of them."""
    return any(name == module or name.startswith(f"{module}.") for module in modules)


def meanings(modules: dict[str, ast.Module]) -> dict[str, str]:
    """SHA-256 of what each module says to Python: its syntax tree without docstrings, comments and the way it is written.

    The tree is that of the Python that runs: another minor version may give another digest.
    """
    return {name: _meaning(tree) for name, tree in modules.items()}


# Programs that share most of their modules are asked about one after the other: the same text is read once a process.


@lru_cache(maxsize=1024)
def _parsed(text: bytes, file: str) -> ast.Module:
    return ast.parse(text, file)


@lru_cache(maxsize=1024)
def _meaning(tree: ast.Module) -> str:
    return bytes_digest(ast.dump(_Silent().visit(tree)).encode())


class _Silent(ast.NodeTransformer):
    """Drops texts that stand alone, which do nothing: docstrings, and those under a constant or a field."""

    def visit_Expr(self, node: ast.Expr) -> ast.Expr | None:
        return None if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str) else node


def _imported(source: Path, tree: ast.Module, package: str) -> Iterator[str]:
    """Names of the modules that ``tree``, a module in ``package``, imports from its own top package."""
    top = package.partition(".")[0]
    for node in _imports(tree):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names if within(one.name, [top]))
            continue
        above = package.split(".")[: len(package.split(".")) + 1 - node.level] if node.level else []
        module = ".".join(filter(None, [*above, node.module]))
        if within(module, [top]):
            yield module
            yield from (name for one in node.names if _find(source, name := f"{module}.{one.name}"))


def _imports(tree: ast.Module) -> Iterator[ast.Import | ast.ImportFrom]:
    """Every import that may run: not those of ``if TYPE_CHECKING``."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        types_only = isinstance(node, ast.If) and ast.unparse(node.test) in TYPES_ONLY
        inside = node.orelse if types_only else ast.iter_child_nodes(node)  # type: ignore[attr-defined]
        waiting += [child for child in inside if not isinstance(child, ast.expr)]


def _find(source: Path, name: str) -> Path | None:
    place = source.joinpath(*name.split("."))
    return next((file for file in (place / "__init__.py", place.with_suffix(".py")) if file.is_file()), None)
