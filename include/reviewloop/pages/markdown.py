"""Text from data in Markdown as Airflow shows it: GitHub's, without HTML. Nothing of it may come alive as a link or a picture."""

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

_MARKS: Final = re.compile(r"([\\`*_\[\]<>#|~&])")
_FIRST: Final = re.compile(r"^([-+=]+|\d+[.)])(?=\s|$)")
"""What begins a list, a rule or a heading where a line begins with it."""
_BARE: Final = re.compile(r"(?i)(://|\bwww\.|@)")
"""What makes a link of bare text, whatever is escaped: GitHub's Markdown looks for it after everything else."""
_APART: Final = {"://": ":/ /", "@": " @ "}


def text(value: object) -> str:
    """The value as text in one line: no mark of it means anything, and no address in it is a link."""
    line = " ".join(str(value).split())
    line = _BARE.sub(lambda found: _APART.get(found[1], f"{found[1][:-1]} . "), line)
    marked = _MARKS.sub(r"\\\1", line)
    return _FIRST.sub(lambda found: f"{found[1][:-1]}\\{found[1][-1]}", marked)


def table(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A table. Cells are Markdown already: ``text`` what comes from data."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def bullets(lines: Iterable[str]) -> str:
    """A list. Lines are Markdown already."""
    return "\n".join(f"- {line}" for line in lines)
