"""The values of a group's features: their types in pandas, and what stands where there is none."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from reviewloop.config import GroupConfig
from reviewloop.errors import PermanentError

DTYPES: Final[Mapping[str, str]] = {"integer": "Int64", "number": "Float64", "string": "string", "integers": "object"}
"""Of pandas, by a feature's type; a list of integers is an object."""


def dtypes(group: GroupConfig) -> dict[str, str]:
    """Each feature's."""
    return {one.name: DTYPES[one.type] for one in group.features}


def filled(rows: pd.DataFrame, group: GroupConfig) -> pd.DataFrame:
    """The rows with each feature in its type, and what its null rule says where it is missing."""
    found = rows.astype(dtypes(group))
    for one in group.features:
        if DTYPES[one.type] == "object":
            found[one.name] = found[one.name].where(found[one.name].notna(), None)
    zeros = [one.name for one in group.features if one.missing == "zero"]
    return found.fillna(dict.fromkeys(zeros, 0)) if zeros else found


def require_whole(rows: pd.DataFrame, group: GroupConfig) -> pd.DataFrame:
    """The rows. Raises ``PermanentError`` where a feature is missing that never may be."""
    for one in group.features:
        if one.missing == "never" and (hit := rows[one.name].isna()).any():
            first = rows.loc[hit, group.key].iloc[0]
            raise PermanentError(
                f"{group.name}.{one.name}: no value for {int(hit.sum())} of {len(rows)} rows, first {first}; its null rule is never"
            )
    return rows


def differing(one: pd.DataFrame, other: pd.DataFrame, group: GroupConfig) -> list[tuple[object, str]]:
    """Key and feature of each value that is not the same in both, row by row; two missing ones are, and so are equal lists."""
    found = []
    for name in group.names:
        for key, left, right in zip(one[group.key], one[name], other[name], strict=True):
            if not _same(left, right):
                found.append((key, name))
    return found


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, list | np.ndarray) or isinstance(right, list | np.ndarray):
        return left is not None and right is not None and list(left) == list(right)
    if pd.isna(left) or pd.isna(right):
        return bool(pd.isna(left) and pd.isna(right))
    return bool(left == right)


def plain(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows as JSON has values: numbers, texts, lists, times in ISO 8601, and None for what is missing."""
    return [{str(name): _json(value) for name, value in row.items()} for row in rows.to_dict("records")]


def _json(value: Any) -> Any:
    if isinstance(value, list | np.ndarray):
        return [int(one) for one in value]
    if pd.isna(value):
        return None
    return value.isoformat() if isinstance(value, pd.Timestamp) else value.item() if isinstance(value, np.generic) else value
