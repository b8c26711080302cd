"""Two small objects that name a snapshot: the latest one built, and the last one announced to training.

Both are compared and set, and only move forward: each snapshot that became the latest has a number (``FeaturesRef.generation``).
"""

from dataclasses import dataclass
from typing import Literal

from reviewloop.adapters.lake import artifacts, claims, frames, places
from reviewloop.adapters.lake.claims import Claim
from reviewloop.errors import Superseded, TransientError
from reviewloop.refs import FeaturesRef

Pointer = Literal["latest", "announced"]


@dataclass(frozen=True)
class Seen:
    """A pointer as it was when somebody looked; ``features`` is None before it was first written."""

    name: Pointer
    features: FeaturesRef | None
    claim: Claim | None


def look(name: Pointer) -> Seen:
    """What ``features/<name>.json`` says now."""
    claim = claims.read(places.feature_pointer(name))
    return Seen(name, FeaturesRef.model_validate(claim.note) if claim else None, claim)


def read_pointer(name: Pointer) -> FeaturesRef | None:
    """The snapshot that ``features/<name>.json`` names; ``None`` before it was first written."""
    return look(name).features


def move_pointer(seen: Seen, features: FeaturesRef) -> None:
    """Let the pointer name this snapshot from now on, in the place of what ``seen`` says.

    Raises ``TransientError`` where it came to name another since it was looked at: a retry sees that one.
    """
    if seen.features == features:
        return
    note = features.model_dump(mode="json")
    place = places.feature_pointer(seen.name)
    if (claims.update(seen.claim, **note) if seen.claim else claims.take(place, **note)) is None:
        raise TransientError(f"{place}: another snapshot was named meanwhile; a retry starts from what is there now")


def require_not_older(features: FeaturesRef, than: FeaturesRef | None) -> None:
    """Raises ``Superseded`` in one line where ``than`` is another snapshot, and ``features`` did not become the latest after it."""
    if than is not None and than.digest != features.digest and features.generation <= than.generation:
        raise Superseded(
            f"superseded: snapshot {than.digest[:16]} up to {than.last_day} is there and newer; {features.digest[:16]} up to "
            f"{features.last_day} is left as it is"
        )


def announced_texts() -> set[str]:
    """The text digests of the training part that was announced last; empty before the first."""
    announced = read_pointer("announced")
    if announced is None:
        return set()
    return set(frames.from_parquet(artifacts.open_artifact(announced.uri).read("train.parquet"))["text_digest"])
