"""The six things that a person asks of the feature store: create, ingest, get, search, describe, delete."""

import logging
from typing import Any, Final, Literal, get_args

import pandas as pd

from reviewloop.adapters.features import catalogue, forgetting, offline, online, publish, reading
from reviewloop.adapters.features.views import group_named
from reviewloop.adapters.lake import feature_pointers
from reviewloop.config import GroupConfig
from reviewloop.core.features.as_of import EVENT, in_utc
from reviewloop.core.features.values import plain
from reviewloop.errors import NothingToDo, PermanentError

log = logging.getLogger(__name__)

Wish = Literal["create", "ingest", "get", "search", "describe", "delete"]
MAX_KEYS: Final = 100
"""Of one answer: what needs more reads the store itself (``adapters.features``)."""

Records = list[dict[str, Any]]


def ask_features(do: Wish, group: str, what: str, at: str, by: str, reason: str) -> Records:
    """Do it, and give the answer as records.

    ``create``: let ``group`` be published, also after it was deleted. ``ingest``: publish the latest snapshot to every group.
    ``get``: the values of the keys in ``what`` (parted by blanks; a review is ``2026-01-02/42``), those served online, or as they
    were known ``at`` a time (ISO 8601 with its zone). ``search``: features that have the word ``what`` in their name or
    description. ``describe``: every feature of ``group``, or of all. ``delete``: rows, served values and definition of ``group`` go
    for good, with a receipt in the ledger of who (``by``) and why (``reason``). One review leaves the store, and all else, by
    ``erase``.
    """
    if do not in get_args(Wish):
        raise PermanentError(f"do: {do!r} is nothing the feature store does; allowed: {', '.join(get_args(Wish))}")
    if do == "ingest":
        return _ingest()
    if do == "search":
        return catalogue.search(what)
    if do == "describe" and not group:
        return catalogue.described()
    asked = group_named(group)
    if do == "describe":
        return catalogue.described(asked)
    if do == "get":
        return _get(asked, what.split(), at)
    if do == "create":
        offline.create(asked)
        return catalogue.described(asked)
    num_rows, event = forgetting.delete_group(asked, by, reason)
    return [{"group": asked.name, "rows": num_rows, "receipt": event}]


def _ingest() -> Records:
    latest = feature_pointers.read_pointer("latest")
    if latest is None:
        raise NothingToDo("there is no snapshot yet; reviews_features makes the first one")
    return [{"group": name, "keys": num} for name, num in publish.publish(latest).items()]


def _get(group: GroupConfig, words: list[str], at: str) -> Records:
    if not 0 < len(words) <= MAX_KEYS:
        raise PermanentError(f"what: {len(words)} keys; give 1 to {MAX_KEYS}, parted by blanks")
    keys = [_key(group, word) for word in words]
    if not at:
        return plain(online.read(group, keys))
    return plain(reading.batch(group.name, pd.DataFrame({group.key: keys, EVENT: _time(at)})))


def _key(group: GroupConfig, word: str) -> object:
    if group.key == "review":
        return word
    if not word.isdecimal():
        raise PermanentError(f"what: {word!r} is no {group.key}; give a whole number")
    return int(word)


def _time(at: str) -> pd.Timestamp:
    try:
        return in_utc(pd.Series([pd.Timestamp(at)]), "at").iloc[0]
    except (ValueError, PermanentError):
        raise PermanentError(f"at: {at!r} is no time with a zone; give one such as 2026-01-02T00:00:00+00:00") from None
