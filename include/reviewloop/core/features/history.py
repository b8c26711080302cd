"""How a group's rows grow: nothing that was said is changed; what is said otherwise is said anew, with the time it was known."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from reviewloop.core.features.as_of import CREATED, EVENT, TAKEN_BACK, TIME


def accumulated(
    held: pd.DataFrame | None, new: pd.DataFrame, key: str, features: Sequence[str], known_at: pd.Timestamp
) -> pd.DataFrame:
    """``held`` and, created at ``known_at``, what ``new`` (``key``, ``EVENT``, ``features``; whole) says otherwise.

    What ``held`` says and ``new`` does not is taken back: from ``known_at`` on, that key has at that time the values that ``new``
    gives it then, or none. So as of any time from ``known_at`` on, the result answers as ``new`` alone would, and as of any time
    before as ``held`` did. ``known_at`` must be later than all of ``held``. With nothing said otherwise ``held`` itself is given.
    """
    columns = [key, EVENT, CREATED, TAKEN_BACK, *features]
    said = _known(new, known_at, gone=False)[columns]
    if held is None:
        return said.sort_values([EVENT, key], kind="stable", ignore_index=True)
    now = held.sort_values(CREATED, kind="stable").drop_duplicates([key, EVENT], keep="last")
    said = pd.concat([said, _retracted(now, said, key, features, known_at)], ignore_index=True)
    both = said[[key, EVENT]].merge(
        now[[key, EVENT]].assign(before=_fingerprints(now, features)), on=[key, EVENT], how="left", indicator=True
    )
    is_same = (both["_merge"] == "both").to_numpy() & (both["before"].to_numpy() == _fingerprints(said, features))
    fresh = said[~is_same]
    if fresh.empty:
        return held
    whole: pd.DataFrame = pd.concat([held, fresh.sort_values([EVENT, key], kind="stable")], ignore_index=True)
    return whole.astype({name: held[name].dtype for name in columns})


def _known(rows: pd.DataFrame, at: pd.Timestamp, gone: "bool | pd.Series[bool]") -> pd.DataFrame:
    found = rows.copy()
    found[CREATED], found[TAKEN_BACK] = at, gone
    return found.astype({EVENT: TIME, CREATED: TIME})


def _retracted(now: pd.DataFrame, said: pd.DataFrame, key: str, features: Sequence[str], known_at: pd.Timestamp) -> pd.DataFrame:
    """For each key and time of ``now`` that nothing is said of any more: the values of the time before it, or none."""
    stands = now[[key, EVENT]].merge(said[[key, EVENT]], on=[key, EVENT], how="left", indicator=True)["_merge"] == "both"
    gone = now.loc[~stands.to_numpy(), [key, EVENT]].sort_values(EVENT, kind="stable")
    earlier = said.drop(columns=[CREATED, TAKEN_BACK]).assign(is_there=True).sort_values(EVENT, kind="stable")
    found = pd.merge_asof(gone, earlier, on=EVENT, by=key, allow_exact_matches=False)
    return _known(found, known_at, gone=found["is_there"].isna())[[key, EVENT, CREATED, TAKEN_BACK, *features]]


def without(held: pd.DataFrame, key: str, gone: Sequence[object]) -> pd.DataFrame:
    """``held`` without a trace of these keys; the very frame where it has none of them."""
    hit = held[key].isin(list(gone))
    return held[~hit].reset_index(drop=True) if hit.any() else held


def _fingerprints(rows: pd.DataFrame, features: Sequence[str]) -> np.ndarray:
    """A number (uint64) a row that tells values apart, missing ones and lists of numbers among them."""
    plain = pd.DataFrame({name: _plain(rows[name]) for name in (TAKEN_BACK, *features)})
    return np.asarray(pd.util.hash_pandas_object(plain, index=False), dtype="uint64")


def _plain(values: "pd.Series[Any]") -> "pd.Series[Any]":
    if pd.api.types.is_numeric_dtype(values.dtype):
        return values.astype("Float64").astype("object").where(values.notna(), None)
    return values.astype("object").map(
        lambda value: (
            np.asarray(value).tobytes() if isinstance(value, list | np.ndarray) else None if pd.isna(value) else str(value)
        )
    )
