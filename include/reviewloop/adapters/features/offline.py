"""All rows that a group ever had: one artifact of the lake, which a pointer names that only one writer at a time can move."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, TypeVar
from uuid import uuid4

import pandas as pd
from pydantic import BaseModel, ConfigDict

from reviewloop.adapters.lake import artifacts, frames, places, s3, states
from reviewloop.config import GroupConfig
from reviewloop.core.features import history
from reviewloop.core.features.as_of import CREATED, EVENT, TAKEN_BACK
from reviewloop.core.features.values import dtypes
from reviewloop.errors import PermanentError, Superseded, TransientError
from reviewloop.refs import FeaturesRef

T = TypeVar("T")

FILE: Final = "rows.parquet"


class Held(BaseModel):
    """Which artifact has a group's rows; of which snapshot they speak last, and since when (ISO 8601, UTC) that is known."""

    model_config = ConfigDict(frozen=True)

    uri: str = ""
    snapshot: str = ""
    generation: int = 0
    known_at: str = ""
    num_rows: int = 0
    is_deleted: bool = False
    """By a person: it is not published until it is created again."""


def held(group: GroupConfig) -> Held:
    """What the group has now; all of it empty before the first publication."""
    return states.read(_pointer(group), Held)


def rows(group: GroupConfig) -> pd.DataFrame | None:
    """Its rows; None where it has none."""
    now = held(group)
    try:
        return _read(group, now)
    except PermanentError:  # deleted since the pointer was read: an erasure leaves none of before
        again = held(group)
        if again == now:
            raise
        return _read(group, again)


@dataclass(frozen=True)
class Grown:
    """All rows of a group, and what the snapshot says (``history.accumulated``)."""

    rows: pd.DataFrame
    said: pd.DataFrame


def grow(group: GroupConfig, features: FeaturesRef, make: Callable[[], pd.DataFrame]) -> Grown | None:
    """Add what the snapshot says otherwise; None where the group was deleted, or the snapshot says nothing of it.

    ``make`` gives what the snapshot says. It is asked after the rows were looked at, and anew at each try: an erasure that came
    before is in what it gives, and one that comes later moves the pointer. The same snapshot again changes nothing. Raises
    ``Superseded`` where a newer one was published.
    """

    def grown(now: Held) -> tuple[Held, Grown | None]:
        said = pd.DataFrame() if now.is_deleted else make()
        if said.empty:
            return now, None
        if now.snapshot not in {"", features.uri} and features.generation < now.generation:
            raise Superseded(f"superseded: {group.name} speaks of snapshot {now.snapshot.rpartition('/')[2][:16]}, which is newer")
        before, at = _read(group, now), _later(now.known_at)
        found = history.accumulated(before, said, group.key, group.names, at)
        if found is before:
            return now.model_copy(update={"snapshot": features.uri, "generation": features.generation}), Grown(found, said)
        about = Held(snapshot=features.uri, generation=features.generation, known_at=at.isoformat())
        return _kept(group, found, about), Grown(found, said)

    return _move(group, grown)


def forget(group: GroupConfig, key: object) -> bool:
    """Rewrite the rows without a trace of the key, and delete what held it; whether there was one. Idempotent."""

    def forgotten(now: Held) -> tuple[Held, bool]:
        before = _read(group, now)
        left = before if before is None else history.without(before, group.key, [key])
        if left is None or left is before:
            return now, False
        return _kept(group, left, now), True

    return _move(group, forgotten)


def delete(group: GroupConfig) -> int:
    """Delete all rows; gives how many there were. Nothing is published to the group until ``create``. Idempotent."""
    return _move(group, lambda now: (Held(is_deleted=True), now.num_rows))


def create(group: GroupConfig) -> Held:
    """Let the group be published (again); gives what it has."""
    return _move(group, lambda now: ((Held() if now.is_deleted else now),) * 2)


def _move(group: GroupConfig, make: Callable[[Held], tuple[Held, T]]) -> T:
    """Let ``make`` say what the pointer names next; what was there before, others' unfinished rows among it, is deleted then.

    Whoever wrote rows and did not move the pointer before us never will: it asks for the pointer as it was.
    """

    def moved(now: Held) -> tuple[Held, tuple[T, list[str], bool]]:
        there = list(s3.list_folders(f"{_folder(group)}/"))
        try:
            after, said = make(now)
        except PermanentError as error:
            if held(group) == now:
                raise
            raise TransientError(f"{group.name}: its rows were replaced while they were read; try again ({error})") from None
        return after, (said, [name for name in there if not after.uri.endswith(f"/{name}")], after.uri != now.uri)

    said, old, is_moved = states.change(_pointer(group), Held, moved)
    for name in old if is_moved else ():
        s3.remove(f"{_folder(group)}/{name}/")
    return said


def _pointer(group: GroupConfig) -> str:
    return places.feast(f"{group.name}.json")


def _folder(group: GroupConfig) -> str:
    return places.feast(group.name)


def _read(group: GroupConfig, now: Held) -> pd.DataFrame | None:
    """A feature that came after the rows were written is missing in them."""
    if not now.uri:
        return None
    found = frames.from_parquet(artifacts.open_artifact(now.uri).read(FILE))
    return found.reindex(columns=[group.key, EVENT, CREATED, TAKEN_BACK, *group.names]).astype(dtypes(group))


def _kept(group: GroupConfig, found: pd.DataFrame, about: Held) -> Held:
    origin = json.dumps({"snapshot": about.snapshot, "writing": uuid4().hex})  # no two writings share a folder
    made = artifacts.publish(_folder(group), {FILE: frames.to_parquet(found), "origin.json": origin.encode()})
    return about.model_copy(update={"uri": made.uri, "num_rows": len(found)})


def _later(known_at: str) -> pd.Timestamp:
    """Now; later than ``known_at``, whatever the clocks say."""
    now = pd.Timestamp(datetime.now(UTC))
    return max(now, pd.Timestamp(known_at) + pd.Timedelta(microseconds=1)) if known_at else now
