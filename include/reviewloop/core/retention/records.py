"""What was deleted from the lake, as the lake remembers it."""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class Deleted(BaseModel):
    """One thing. ``going``: this is the record of before it went; ``kept``: it was written, or came to count, meanwhile."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str
    key: str
    num_objects: int
    num_bytes: int
    why: str
    state: Literal["going", "gone", "kept", "failed"]
    told: str = ""
    """Why it was kept, or what failed."""


class Record(BaseModel):
    """Of one run: what was to go, by whose word (``person:ada``, ``program:lake_retain``), when (ISO 8601, UTC)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: str
    by: str
    deleted: tuple[Deleted, ...]
