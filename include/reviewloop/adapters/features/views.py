"""A group of the configuration as Feast's entity and view."""

import os
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from reviewloop.config import GroupConfig, load_config
from reviewloop.core.features.as_of import CREATED, EVENT, TAKEN_BACK
from reviewloop.errors import ConfigError

if TYPE_CHECKING:
    from feast import Entity, FeatureView

KEYS: Final = {"review": "one review: its day, a slash, its id", "product_id": "one product, by its number"}


def group_named(name: str) -> GroupConfig:
    """The group. Raises ``ConfigError`` in a line that names those there are."""
    store = load_config().feature_store
    found = store.group(name)
    if found is None:
        known = ", ".join(group.name for group in store.groups)
        raise ConfigError(f"feature_store.groups: no group {name!r}; there are {known}")
    return found


def unpublished(group: GroupConfig) -> str:
    """What is said of a group that has no rows."""
    return f"{group.name}: nothing was published yet, or it was deleted; run reviews_features, or `features create {group.name}`"


def review_key(day: str, review_id: int) -> str:
    """What the store calls a review."""
    return f"{day}/{review_id}"


def definitions(group: GroupConfig, rows_uri: str) -> "tuple[Entity, FeatureView]":
    """The group's entity, and its view over the Parquet file at ``rows_uri``."""
    from feast import Entity, FeatureView, Field, FileSource, ValueType
    from feast.data_format import ParquetFormat
    from feast.types import Array, Bool, Float64, Int64, String

    types: dict[str, Any] = {"integer": Int64, "number": Float64, "string": String, "integers": Array(Int64)}
    is_text = group.key == "review"
    source = FileSource(
        name=group.name,
        path=rows_uri,
        file_format=ParquetFormat(),
        timestamp_field=EVENT,
        created_timestamp_column=CREATED,
        s3_endpoint_override=os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or "",
    )
    kind = ValueType.STRING if is_text else ValueType.INT64
    entity = Entity(name=group.key, join_keys=[group.key], value_type=kind, description=KEYS[group.key])
    fields = [
        Field(name=one.name, dtype=types[one.type], description=one.description, tags=_tags(one.model_dump(mode="json")))
        for one in group.features
    ]
    view = FeatureView(
        name=group.name,
        entities=[entity],
        ttl=timedelta(days=group.ttl_days),
        schema=[Field(name=group.key, dtype=String if is_text else Int64), Field(name=TAKEN_BACK, dtype=Bool), *fields],
        source=source,
        description=group.description,
        owner=", ".join(dict.fromkeys(one.owner for one in group.features)),
    )
    return entity, view


def _tags(told: dict[str, Any]) -> dict[str, str]:
    return {name: str(told[name]) for name in ("owner", "missing", "cost_us", "trains")}
