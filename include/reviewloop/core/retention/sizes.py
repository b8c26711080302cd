"""How large each store is, as it was when somebody looked."""

from typing import Final

from pydantic import BaseModel, ConfigDict

_UNITS: Final = ("B", "kB", "MB", "GB", "TB", "PB")


class StoreSize(BaseModel):
    """One store, or one part of it. ``trouble`` says why it could not be measured; then the numbers say nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    store: str
    part: str = ""
    num_objects: int = 0
    num_bytes: int = 0
    trouble: str = ""


class Sizes(BaseModel):
    """All of them. ``at`` (ISO 8601, UTC) is empty where nobody has looked yet."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: str = ""
    stores: tuple[StoreSize, ...] = ()


def in_words(num_bytes: float) -> str:
    """``1.5 GB``: powers of 1000, three digits."""
    for unit in _UNITS[:-1]:
        if num_bytes < 999.5:
            return f"{num_bytes:.3g} {unit}"
        num_bytes /= 1000
    return f"{num_bytes:.4g} {_UNITS[-1]}"
