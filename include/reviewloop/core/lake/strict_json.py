"""JSON that every reader reads alike: no key stands twice."""

import json
from typing import Any


class _Wrong(ValueError):
    """Said in words already."""


def strict_json(data: bytes) -> Any:
    """The JSON in ``data``. Raises ``ValueError`` in words where it is none, or gives a key twice."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in pairs:
            if key in found:
                raise _Wrong(f"key {key!r} stands twice; readers differ in which of them they take")
            found[key] = value
        return found

    try:
        return json.loads(data.decode(), object_pairs_hook=once)
    except _Wrong:
        raise
    except RecursionError:
        raise ValueError("is nested too deep to be read") from None
    except ValueError:
        raise ValueError("is no JSON in UTF-8") from None
