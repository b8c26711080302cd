"""The offline side: what was known of keys at given times, for training sets, batches and questions about the past."""

from datetime import timedelta
from typing import Any

import pandas as pd

from reviewloop.adapters.features import offline
from reviewloop.adapters.features.views import KEYS, group_named, unpublished
from reviewloop.config import GroupConfig
from reviewloop.core.features.as_of import EVENT, as_of
from reviewloop.core.features.values import filled
from reviewloop.errors import PermanentError


def batch(name: str, asked: pd.DataFrame) -> pd.DataFrame:
    """``asked`` (the group's key, ``EVENT`` with a zone, any other columns) with the group's features beside it: the same rows, in
    the same order, each as it was known at its time. Missing as each feature's null rule has it.

    Raises ``ConfigError`` for an unknown group, ``PermanentError`` before the first publication and for a frame that does not fit.
    """
    group = group_named(name)
    if missing := [column for column in (group.key, EVENT) if column not in asked]:
        raise PermanentError(f"{name}: no column {missing[0]}; give {group.key} and {EVENT} for each row")
    if twice := [column for column in group.names if column in asked]:
        raise PermanentError(f"{name}: {twice[0]} is a column of what is asked, and a feature of the group; rename the column")
    rows = offline.rows(group)
    if rows is None:
        raise PermanentError(unpublished(group))
    typed = asked.assign(**{group.key: _keys(group, asked[group.key], rows[group.key])})
    found = as_of(rows, typed, group.key, group.names, timedelta(days=group.ttl_days) or None)
    return filled(found.assign(**{group.key: asked[group.key]}), group)


def _keys(group: GroupConfig, asked: "pd.Series[Any]", held: "pd.Series[Any]") -> "pd.Series[Any]":
    nullable: Any = "Int64" if pd.api.types.is_integer_dtype(held.dtype) else "string"
    try:
        found: pd.Series[Any] = asked.astype(nullable)
    except (TypeError, ValueError):
        raise PermanentError(f"{group.name}: {group.key}: {asked.dtype} does not fit; give {KEYS[group.key]}") from None
    return found
