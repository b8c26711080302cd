"""What is still needed: looked up in Glue, the lake's own pointers, snapshots, manifests, the ledger and the registry.

Each of them must answer: whoever cannot be asked, or is not what was written, raises, and then nothing at all is deleted.
"""

import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, Final, TypeVar

from reviewloop.adapters.catalog import days, glue
from reviewloop.adapters.lake import artifacts, claims, places, s3
from reviewloop.adapters.lineage.data import origin
from reviewloop.adapters.mlflow import registry
from reviewloop.adapters.release import ledger
from reviewloop.core.lake.manifests import MANIFEST
from reviewloop.core.retention.plan import PLACES, TABLES, Item, Kind, Known, days_of
from reviewloop.errors import PermanentError
from reviewloop.settings import settings

T = TypeVar("T")
R = TypeVar("R")
_AT_ONCE: Final = 16
_SNAPSHOT_FACT: Final = "features_uri"
"""Under which the ledger names the snapshot of a model."""


def look_up(items: Collection[Item]) -> Known:
    """What of these items, and of their days, is still needed. Raises where any of it cannot be looked up."""
    more = days_of(items)
    counting = _counting(more)
    named: dict[str, str] = {}
    named |= _by_uri(items)
    named |= _by_snapshots()
    named |= _by_predictions(items, {day for kind, day in more if kind == "reviews"})
    named |= _by_parsed(items)
    return Known(counting, named, _landed())


def counting(kind: Kind, day: str) -> frozenset[str]:
    """The batches that count for the day now, by the lake's word and by Glue's."""
    return _counting({(kind, day)})[kind, day]


def _counting(of: Collection[tuple[Kind, str]]) -> dict[tuple[Kind, str], frozenset[str]]:
    listed: dict[tuple[str, str], set[str]] = {}
    for table in {TABLES[kind] for kind, _ in of}:
        for found in glue.registered(settings().database, table):
            listed.setdefault((table, found["Values"][0]), set()).add(found["Values"][1])

    def ask(one: tuple[Kind, str]) -> frozenset[str]:
        kind, day = one
        claim = claims.read(places.current(TABLES[kind], day))
        return frozenset({str(claim.note["batch"])} if claim else ()) | frozenset(listed.get((TABLES[kind], day), ()))

    keys = sorted(of)
    return dict(zip(keys, _parallel(ask, keys), strict=True))


def _by_uri(items: Collection[Item]) -> dict[str, str]:
    """Whatever the ledger's events and the tags of versions name by its address."""
    keys = {one.key for one in items}
    address = re.compile(re.escape(places.of_key()) + r"([\w./=+-]+)")
    texts = [(f"event {event.number} of the ledger", event.to_bytes().decode()) for event in ledger.read()]
    texts += [
        (f"version {one.version} in the registry", json.dumps([one.source, *one.tags.values()])) for one in registry.versions()
    ]
    named: dict[str, str] = {}
    for who, text in texts:
        for found in address.findall(text):
            named |= dict.fromkeys(_meant(found) & keys, f"{who} names it")
    return named


def _meant(address: str) -> set[str]:
    """The keys that an address in a text may name: itself and every folder above, also where a sentence ends right behind it."""
    found = {address, address.rstrip(".-+=_")}
    for told in tuple(found):
        parts = told.split("/")
        found |= {"/".join(parts[:at]) + "/" for at in range(1, len(parts) + 1)}
    return found


def _by_snapshots() -> dict[str, str]:
    """Every curated batch that a snapshot was made of; all snapshots are kept, and a version may be made again of each."""
    root = f"{places.features()}/"
    whole = [f"{root}{name}" for name in s3.list_folders(root) if s3.exists(f"{root}{name}/{MANIFEST}")]
    told = {str((event.facts.get("lineage") or event.facts.get("tags") or {}).get(_SNAPSHOT_FACT) or "") for event in _judging()}
    if gone := sorted(uri for uri in told if uri.startswith(root) and uri.rstrip("/") not in whole):
        raise PermanentError(f"{gone[0]}: the ledger names this snapshot, and it is gone: restore it from a backup")
    named: dict[str, str] = {}
    for uri, meta in zip(whole, _parallel(lambda uri: artifacts.open_artifact(uri).meta, whole), strict=True):
        batches: Mapping[str, str] = meta.get("batches") or {}
        who = f"the snapshot {uri.rpartition('/')[2]} was made of it"
        named |= {f"{PLACES['reviews']}day={day}/batch={batch}/": who for day, batch in batches.items()}
    return named


def _judging() -> Iterable[Any]:
    return (event for event in ledger.read() if event.kind in {"judged", "registered", "described"})


def _by_predictions(items: Collection[Item], of_days: Collection[str]) -> dict[str, str]:
    """Curated batches of these days of which predictions lie in the lake: the monitor reads the two together."""
    scored = [one for one in items if one.kind == "predictions" and one.day in of_days and one.is_whole]
    metas = _parallel(lambda one: artifacts.open_artifact(places.of_key(one.key.rstrip("/"))).meta, scored)
    root = places.of_key()
    named: dict[str, str] = {}
    for one, meta in zip(scored, metas, strict=True):
        if not meta.get("curated_uri"):
            raise PermanentError(f"{one.key}: its manifest does not tell of which curated batch these predictions were made")
        named[f"{str(meta['curated_uri']).removeprefix(root).rstrip('/')}/"] = f"predictions {one.name} were made of it"
    return named


def _by_parsed(items: Collection[Item]) -> dict[str, str]:
    """Parsed deliveries of which a curated batch that lies there was made: rows without stars are read from them.

    Of a day with a batch that does not tell its delivery all of them.
    """
    parsed = [one for one in items if one.kind == "parsed" and one.is_whole]
    of_days = {one.day for one in parsed}
    curated = [one for one in items if one.kind == "reviews" and one.day in of_days and one.is_whole]
    made_of: dict[str, set[str | None]] = {}
    for one, delivery in zip(curated, _parallel(lambda one: origin(places.of_key(one.key.rstrip("/"))), curated), strict=True):
        made_of.setdefault(one.day, set()).add(delivery)
    asked = [one for one in parsed if one.day in made_of]
    deliveries = _parallel(_delivery, asked)
    return {
        one.key: "a curated batch was made of it"
        for one, delivery in zip(asked, deliveries, strict=True)
        if delivery in made_of[one.day] or None in made_of[one.day]
    }


def _delivery(one: Item) -> str:
    return str(artifacts.open_artifact(places.of_key(one.key.rstrip("/"))).meta["delivery_uri"]).rpartition("/")[2]


def _landed() -> dict[str, datetime]:
    root = places.landing()
    return {one.uri.removeprefix(root).removeprefix("day=").removesuffix(".json"): one.modified for one in s3.list_objects(root)}


def _parallel(ask: Callable[[T], R], of: Collection[T]) -> list[R]:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(ask, of))


def tables() -> Mapping[Kind, days.DayTable]:
    """The tables whose days have batches, by kind."""
    return {"reviews": days.reviews_table(), "predictions": days.predictions_table(), "metrics": days.metrics_table()}
