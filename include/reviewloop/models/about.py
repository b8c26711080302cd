"""``model.json``: what every model folder says of itself."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from reviewloop.core.reviews import SENTIMENTS
from reviewloop.errors import PermanentError
from reviewloop.models.kinds.table import AS_TRAINED, FORMS, KINDS, Form, Loader

ABOUT = "model.json"
"""In every model folder: ``kind``, ``labels`` in the order of the columns, ``form`` (``as_trained`` where it does not say), and
what its kind asks for (see ``models.kinds.table``)."""


def read_about(folder: Path) -> dict[str, object]:
    """``model.json`` of a model folder. Raises ``PermanentError`` where it is missing, or no JSON object."""
    path = folder / ABOUT
    if not path.is_file():
        raise PermanentError(f"{folder.name}: no {ABOUT}; this is not a model folder")
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise _wrong(folder, f"is not JSON: {error}") from None
    if not isinstance(about, dict):
        raise _wrong(folder, f"is a {type(about).__name__}, not an object")
    return about


def checked_about(folder: Path) -> dict[str, Any]:
    """``model.json`` of ``folder``, its ``form`` filled in: that of a model that can be loaded.

    Raises ``PermanentError`` when it names other classes than ours, a kind or form that is not known, or a form that nothing
    here loads; and where the folder, or ``model.json``, lacks what that kind needs.
    """
    about: dict[str, Any] = {"form": AS_TRAINED, **read_about(folder)}
    if about.get("labels") != list(SENTIMENTS):
        raise _wrong(folder, f"labels: {about.get('labels')!r} is not {list(SENTIMENTS)!r}")
    kind, form = about.get("kind"), about["form"]
    forms = KINDS.get(str(kind))
    if forms is None:
        raise _wrong(folder, f"kind: {kind!r} is not one of {_listed(KINDS)}")
    if form not in FORMS:
        raise _wrong(folder, f"form: {form!r} is not one of {_listed(FORMS)}")
    if form not in forms:
        raise _wrong(folder, f"form: {form!r} of a {kind} cannot be loaded; what can be is {_listed(forms)}")
    loader = forms[form]
    for fact in loader.facts:
        if fact not in about:
            raise _wrong(folder, f"{fact}: is missing; a {kind} needs it")
    for name in loader.files:
        if not any(folder.glob(name)):
            raise PermanentError(f"{folder.name}: no {name}; a {kind}, {form}, is made of {', '.join((ABOUT, *loader.files))}")
    return about


def loader_of(about: dict[str, Any], form: Form | None = None) -> Loader:
    """What loads the model of a ``checked_about``, in its own form or in another one that its folder holds (``forms_of``)."""
    return KINDS[about["kind"]][form or about["form"]]


def forms_of(about: dict[str, Any]) -> tuple[Form, ...]:
    """The forms in which the model of a ``checked_about`` may answer, the preferred one first."""
    return (about["form"],) if about["form"] == AS_TRAINED else (about["form"], AS_TRAINED)


def _wrong(folder: Path, what: str) -> PermanentError:
    return PermanentError(f"{folder.name}: {ABOUT}: {what}")


def _listed(words: Iterable[str]) -> str:
    return ", ".join(map(repr, words))
