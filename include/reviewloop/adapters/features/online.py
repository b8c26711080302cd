"""The online side: the newest values of a key, for whoever asks now."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from reviewloop.adapters.features.store import asking_feast, feature_store, serving_store
from reviewloop.adapters.features.views import unpublished
from reviewloop.config import GroupConfig
from reviewloop.core.features.as_of import CREATED, EVENT, TAKEN_BACK
from reviewloop.core.features.values import dtypes, filled
from reviewloop.errors import PermanentError

_AT_ONCE = 20_000
"""Rows handed to Feast, which turns each value into an object."""
_TIME_SUFFIX = "__ts"
"""What Feast adds to the name of a feature for its event time, in seconds."""


def write(group: GroupConfig, rows: pd.DataFrame) -> None:
    """Let the online store hold these rows (``group.key``, both times, ``TAKEN_BACK``, features) where they are later than its."""
    with asking_feast(f"write the features {group.name}"):
        store = feature_store()
        for start in range(0, len(rows), _AT_ONCE):
            store.write_to_online_store(group.name, rows.iloc[start : start + _AT_ONCE])


def bury(group: GroupConfig, key: object) -> bool:
    """Empty the key's row for good, whatever was written before now; whether it had values."""
    try:
        had = bool(read(group, [key])[EVENT].notna().any())
    except PermanentError:  # the whole table was lost
        had = False
    now = pd.Timestamp(datetime.now(UTC))
    nothing: dict[str, list[object]] = {name: [None] for name in group.names}
    frame = pd.DataFrame({group.key: [key], EVENT: [now], CREATED: [now], TAKEN_BACK: [True], **nothing})
    write(group, frame.astype(dtypes(group)))
    return had


def _served(group: GroupConfig, keys: Sequence[object]) -> dict[str, list[Any]]:
    from feast.errors import FeatureViewNotFoundException

    names = [f"{group.name}:{name}" for name in (TAKEN_BACK, *group.names)]
    with asking_feast(f"read the features {group.name}"):
        try:
            response = serving_store().get_online_features(names, [{group.key: key} for key in keys])
        except FeatureViewNotFoundException:
            raise PermanentError(unpublished(group)) from None
        served: dict[str, list[Any]] = response.to_dict(include_event_timestamps=True)
        return served


def read(group: GroupConfig, keys: Sequence[object], now: datetime | None = None) -> pd.DataFrame:
    """``group.key``, ``EVENT`` and the features, a row a key in the keys' order: missing as each feature's null rule has it where
    the key is unknown, was taken back, or is older than the group's ``ttl_days`` at ``now``.

    Raises ``PermanentError`` where nothing was published to the group. A row that another process publishes is served at once, a
    new feature within a minute.
    """
    found = _served(group, keys) if keys else {}
    events = pd.Series(pd.to_datetime(found.get(f"{TAKEN_BACK}{_TIME_SUFFIX}", []), unit="s", utc=True))
    is_there = pd.Series([gone is False for gone in found.get(TAKEN_BACK, [])], dtype=bool)
    if group.ttl_days:
        is_there &= events >= pd.Timestamp(now or datetime.now(UTC)) - pd.Timedelta(days=group.ttl_days)
    values = pd.DataFrame({name: pd.Series(found.get(name, []), dtype=object) for name in group.names})
    values = values.where(is_there, None)
    return filled(pd.DataFrame({group.key: list(keys), EVENT: events.where(is_there)}).join(values), group)
