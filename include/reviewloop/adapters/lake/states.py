"""One object that holds a state: read, changed by whoever is first, and made again of what stands then by whoever is not."""

from collections.abc import Callable
from typing import Final, TypeVar

from pydantic import BaseModel

from reviewloop.adapters.lake import claims
from reviewloop.errors import TransientError

S = TypeVar("S", bound=BaseModel)
T = TypeVar("T")
_MAX_TRIES: Final = 50
"""Writers that may be first, one after the other, before this one gives up for now."""


def read(uri: str, kind: type[S]) -> S:
    """The state as it stands; that of nothing (``kind()``) where none was ever written."""
    claim = claims.read(uri)
    return kind.model_validate(claim.note) if claim else kind()


def change(uri: str, kind: type[S], make: Callable[[S], tuple[S, T]]) -> T:
    """Let ``make`` turn what stands into what shall stand; returns what it says beside it.

    ``make`` is asked again whenever another writer was first, and its change is written only where it is one. Raises
    ``TransientError`` after too many other writers.
    """
    for _ in range(_MAX_TRIES):
        claim = claims.read(uri)
        before = kind.model_validate(claim.note) if claim else kind()
        after, said = make(before)
        if after == before:
            return said
        note = after.model_dump(mode="json")
        if (claims.update(claim, **note) if claim else claims.take(uri, **note)) is not None:
            return said
    raise TransientError(f"{uri}: {_MAX_TRIES} other writers were first, one after the other")
