"""``model.json``: what every model folder says of itself."""

import json
from pathlib import Path
from typing import Any, get_args

from reviewloop.core.reviews import SENTIMENTS
from reviewloop.errors import PermanentError
from reviewloop.refs import ModelKind

ABOUT = "model.json"
"""In every model folder: ``kind``, ``labels`` in the order of the columns, ``max_seq_length`` for a transformer."""


def read_about(folder: Path) -> dict[str, object]:
    """``model.json`` of a model folder. Raises ``PermanentError`` where it is missing."""
    path = folder / ABOUT
    if not path.is_file():
        raise PermanentError(f"{folder.name}: no {ABOUT}; this is not a model folder")
    about: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))
    return about


def checked_about(folder: Path) -> dict[str, Any]:
    """``model.json`` of ``folder``. Raises ``PermanentError`` when it names no known kind, or other classes than ours."""
    about = read_about(folder)
    if about.get("labels") != list(SENTIMENTS):
        raise PermanentError(f"{folder.name}: model.json: labels: {about.get('labels')!r} is not {list(SENTIMENTS)!r}")
    if about.get("kind") not in get_args(ModelKind):
        raise PermanentError(f"{folder.name}: model.json: kind: {about.get('kind')!r} is not one of 'baseline', 'transformer'")
    return about
