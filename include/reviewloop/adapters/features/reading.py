"""The offline side: what was known of keys at given times, for training sets, batches and questions about the past."""

from datetime import timedelta

import pandas as pd

from reviewloop.adapters.features import offline
from reviewloop.adapters.features.views import group_named, unpublished
from reviewloop.core.features.as_of import EVENT, as_of
from reviewloop.core.features.values import filled
from reviewloop.errors import PermanentError


def batch(name: str, asked: pd.DataFrame) -> pd.DataFrame:
    """``asked`` (the group's key, ``EVENT`` with a zone, any other columns) with the group's features beside it: the same rows, in
    the same order, each as it was known at its time. Missing as each feature's null rule has it.

    Raises ``ConfigError`` for an unknown group, ``PermanentError`` for a column that is not there and before the first publication.
    """
    group = group_named(name)
    if missing := [column for column in (group.key, EVENT) if column not in asked]:
        raise PermanentError(f"{name}: no column {missing[0]}; give {group.key} and {EVENT} for each row")
    rows = offline.rows(group)
    if rows is None:
        raise PermanentError(unpublished(group))
    return filled(as_of(rows, asked, group.key, group.names, timedelta(days=group.ttl_days) or None), group)
