"""The snapshot in Feast: Parquet and the registry on S3, the online copy in SQLite under the work folder.

Only train and validation are published. The test part stays sealed: a feature store is there to be read.
"""

import os
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import pandas as pd
from botocore.exceptions import BotoCoreError, ClientError

from reviewloop.adapters.aws_errors import aws_error
from reviewloop.adapters.captures import erasures
from reviewloop.adapters.lake import artifacts, frames, places
from reviewloop.core.dataset.provenance import with_provenance
from reviewloop.core.texts import words
from reviewloop.errors import Unavailable
from reviewloop.settings import settings

if TYPE_CHECKING:
    from feast import Entity, FeatureStore, FeatureView

VIEW: Final = "review_features"
FEATURES: Final = ("part", "label", "num_words", "num_tokens", "text_digest", "snapshot")


def feature_rows(features_uri: str) -> pd.DataFrame:
    """One row a review of the snapshot's train and validation part: ``review_id``, ``event_timestamp``, ``FEATURES``.

    The event timestamp is the start of the review's day, UTC. ``num_tokens`` counts what the model reads, after cutting.
    """
    artifact = artifacts.open_artifact(features_uri)
    parts = {part: frames.from_parquet(artifact.read(f"{part}.parquet")) for part in ("train", "validation")}
    rows = pd.concat([frame.assign(part=part) for part, frame in parts.items()], ignore_index=True)
    rows = with_provenance(rows)
    rows = rows[rows["origin"] == "natural"].drop_duplicates("text_digest")  # balancing may have repeated training rows
    erased = {(one.day, one.review_id) for one in erasures.of_reviews()}
    if erased:  # of a snapshot that is older than the erasure
        rows = rows[[(str(day), number) not in erased for day, number in zip(rows["day"], rows["review_id"], strict=True)]]
    return pd.DataFrame(
        {
            "review_id": rows["review_id"],
            "event_timestamp": pd.to_datetime(rows["day"].astype(str), utc=True).astype("datetime64[us, UTC]"),
            "part": rows["part"],
            "label": rows["label"],
            "num_words": rows["model_text"].map(lambda text: len(words(text))),
            "num_tokens": rows["input_ids"].map(len),
            "text_digest": rows["text_digest"],
            "snapshot": artifact.digest[:16],
        }
    )


def store() -> "FeatureStore":
    """This deployment's feature store; its Feast project is named like the Glue database."""
    from feast import FeatureStore, RepoConfig

    folder = settings().work_dir / "feast"
    folder.mkdir(parents=True, exist_ok=True)
    config = RepoConfig(
        project=settings().database,
        provider="local",
        registry={"path": places.feast("registry.db"), "cache_ttl_seconds": 0},
        offline_store={"type": "file"},
        online_store={"type": "sqlite", "path": str(folder / "online.db")},
        entity_key_serialization_version=3,
        telemetry=False,
    )
    return FeatureStore(config=config)


def _definitions(source_uri: str) -> "tuple[Entity, FeatureView]":
    from feast import Entity, FeatureView, Field, FileSource, ValueType
    from feast.data_format import ParquetFormat
    from feast.types import Int64, String

    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or ""
    source = FileSource(
        name="review_snapshot",
        path=source_uri,
        file_format=ParquetFormat(),
        timestamp_field="event_timestamp",
        s3_endpoint_override=endpoint,
    )
    review = Entity(name="review", join_keys=["review_id"], value_type=ValueType.INT64, description="one review, by its id")
    kinds = {name: Int64 if name in ("label", "num_words", "num_tokens") else String for name in FEATURES}
    view = FeatureView(
        name=VIEW,
        entities=[review],
        ttl=timedelta(0),  # never too old: Feast drops the rows of a value that is (findings/feast-historical-rows-vanish.sh)
        schema=[Field(name=name, dtype=kind) for name, kind in kinds.items()],
        source=source,
        description="What the newest published snapshot says of each review of its train and validation part.",
    )
    return review, view


def publish(features_uri: str) -> int:
    """Define the view over this snapshot and copy its rows to the online store; returns how many. Idempotent."""
    rows = feature_rows(features_uri)
    source = artifacts.publish(
        places.feast("reviews"), {"reviews.parquet": frames.to_parquet(rows)}, {"features_uri": features_uri}
    )
    first, last = rows["event_timestamp"].min(), rows["event_timestamp"].max()
    try:
        feast = store()
        feast.apply(list(_definitions(f"{source.uri}/reviews.parquet")))
        feast.materialize(first.to_pydatetime(), (last + pd.Timedelta(days=1)).to_pydatetime(), [VIEW])
    except (ClientError, BotoCoreError) as error:  # the registry is read by boto3,
        raise aws_error(error, "publish the features") from error
    except OSError as error:  # the rows by Arrow's own client, which has one error for everything
        raise Unavailable(f"publish the features: {error}") from error
    return len(rows)


def forget(review_id: int, text_digests: Collection[str]) -> bool:
    """Empty the review's row of the online copy, where it is of one of these texts; whether it was there. Idempotent.

    Feast has no call that deletes a row, and writes none of which all values are missing: the row stays, with an empty digest and
    nothing else.
    """
    if not (settings().work_dir / "feast" / "online.db").exists():
        return False
    found = online_features([review_id])
    digest = found["text_digest"].iloc[0]
    if pd.isna(digest) or not digest or digest not in text_digests:
        return False
    now = pd.Timestamp.now(tz="UTC").floor("us")
    nothing = {name: ["" if name == "text_digest" else None] for name in FEATURES}
    empty = pd.DataFrame({"review_id": [review_id], "event_timestamp": [now], **nothing})
    try:
        store().write_to_online_store(VIEW, empty, allow_registry_cache=False)
    except (ClientError, BotoCoreError) as error:
        raise aws_error(error, "erase a review from the feature store") from error
    return True


def online_features(review_ids: Sequence[int]) -> pd.DataFrame:
    """``review_id`` and ``FEATURES`` from the online store, a row an id in the given order; missing where the id is unknown."""
    entities = [{"review_id": int(review_id)} for review_id in review_ids]
    found: pd.DataFrame = store().get_online_features([f"{VIEW}:{name}" for name in FEATURES], entities).to_df()
    return found[["review_id", *FEATURES]]
