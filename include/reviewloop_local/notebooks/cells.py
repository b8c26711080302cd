"""A notebook of given cells: the same cells give the same bytes."""

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import dedent
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from nbformat import NotebookNode


@dataclass(frozen=True)
class Cell:
    """``source`` is Markdown (headings, paragraphs, lists and code in backticks) or Python; its indentation is taken off."""

    kind: Literal["markdown", "code"]
    source: str


def told(source: str) -> Cell:
    """Words for people."""
    return Cell("markdown", dedent(source).strip())


def code(source: str) -> Cell:
    """Python; the value of its last line is shown."""
    return Cell("code", dedent(source).strip())


def notebook(title: str, cells: Sequence[Cell]) -> "NotebookNode":
    """Not run yet. nbformat would draw the cells' ids at random; here they are their places."""
    from nbformat import v4

    made = [
        (v4.new_code_cell if cell.kind == "code" else v4.new_markdown_cell)(cell.source, id=f"cell-{place:02d}")
        for place, cell in enumerate([told(f"# {title}"), *cells])
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return v4.new_notebook(cells=made, metadata={"kernelspec": kernel, "title": title})
