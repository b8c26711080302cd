"""Two small objects that name a snapshot: the latest one built, and the last one announced to training."""

from typing import Literal

from reviewloop.adapters.lake import frames, places, s3
from reviewloop.refs import FeaturesRef

Pointer = Literal["latest", "announced"]


def read_pointer(name: Pointer) -> FeaturesRef | None:
    """The snapshot that ``features/<name>.json`` names; ``None`` before it was first written."""
    uri = places.feature_pointer(name)
    return FeaturesRef.model_validate(s3.read_json(uri)) if s3.exists(uri) else None


def move_pointer(name: Pointer, features: FeaturesRef) -> None:
    """Let ``features/<name>.json`` name this snapshot from now on."""
    s3.write_json(places.feature_pointer(name), features.model_dump(mode="json"))


def announced_texts() -> set[str]:
    """The text digests of the training part that was announced last; empty before the first."""
    announced = read_pointer("announced")
    if announced is None:
        return set()
    return set(frames.from_parquet(s3.open_artifact(announced.uri).read("train.parquet"))["text_digest"])
