"""What a file is that is JSON or nearly so, but not JSON Lines: told from its beginning, for the reason of a refusal."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

_DECODER: Final = json.JSONDecoder()
_PYTHON: Final = re.compile(r"""\{\s*[ub]?'|[:,\[]\s*(None|True|False)\s*[,}\]]""")


def what_else(head: str) -> str | None:
    """In words, what ``head``, the file's beginning, belongs to; ``None`` where nothing is known to look so."""
    text = head.strip()
    line, _, rest = text.partition("\n")
    value, end = _first_value(text)
    alone = end == len(line.rstrip())  # the first line is one value, whole
    if text.startswith("["):
        if alone and rest.strip() and not _holds_objects(value):
            return "its lines are JSON arrays, which do not say what columns their values are of"
        return "it is one JSON array, not an object a line"
    if text.startswith('"') and alone:
        return "its lines are JSON texts, not objects: they were written as JSON twice"
    if not text.startswith("{"):
        return None
    if value is None and _PYTHON.search(line):
        return "its lines are Python dicts, not JSON: json.dumps writes an object, str and repr do not"
    if alone:
        return None
    if 0 < end < len(line):
        what = "commas" if line[end:].lstrip().startswith(",") else "nothing"
        return f"its objects have {what} between them, not a line end alone"
    if end or not line.strip(" {\t\r") or (rest and _opens_only(line)):
        return "its objects are indented, over several lines each"
    return None


def rows_inside(item: Mapping[str, Any]) -> str | None:
    """In words, that the file's only object holds all its rows; ``None`` where it does not look so."""
    inside = [key for key, one in item.items() if isinstance(one, dict) or _holds_objects(one)]
    return f"it is one object with the rows inside (under {inside[0][:40]!r})" if inside else None


def _first_value(text: str) -> tuple[Any, int]:
    """The JSON value at the beginning, and where it ends; ``(None, 0)`` where there is none that is whole."""
    try:
        return _DECODER.raw_decode(text)
    except (ValueError, RecursionError):
        return None, 0


def _holds_objects(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(one, dict) for one in value)


def _opens_only(line: str) -> bool:
    """An object that goes on in the next line: a key and no end."""
    return bool(re.match(r'\{\s*"', line)) and not line.rstrip().endswith("}")
