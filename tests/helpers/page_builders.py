"""Who makes what people open: found in the source, so that nobody can forget a new one."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
WHERE: Final = ("include/reviewloop", "plugins/reviewloop_airflow")
PAGE: Final = {"kit.page", "kit.banner"}
"""What every page goes through; an architecture of one kit."""
CSV: Final = {"to_csv", "writer", "DictWriter"}


def page_builders() -> set[str]:
    """``module.function`` of every function that makes a whole page, or the header of one that another program made."""
    return {name for name, calls in _functions() if calls & PAGE}


def csv_writers() -> set[str]:
    """``module.function`` of every function that writes CSV."""
    return {name for name, calls in _functions() if {call.rpartition(".")[2] for call in calls} & CSV}


def report_kinds() -> set[str]:
    """Kinds (folders under ``reports/``) that the source writes by name."""
    named = re.compile(r"\breports\(\"(\w+)\"")
    return {kind for folder in WHERE for path in (ROOT / folder).rglob("*.py") for kind in named.findall(path.read_text("utf-8"))}


def _functions() -> Iterator[tuple[str, set[str]]]:
    for folder in WHERE:
        for path in sorted((ROOT / folder).rglob("*.py")):
            module = ".".join(path.relative_to(ROOT / folder).with_suffix("").parts)
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.FunctionDef):
                    yield f"{module}.{node.name}", {ast.unparse(call.func) for call in ast.walk(node) if isinstance(call, ast.Call)}
