"""How large each store is: looked up by whoever has the time, kept in one object, and read from it."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from reviewloop.adapters.lake import places, s3
from reviewloop.adapters.retention import log_files
from reviewloop.core.retention.sizes import Sizes, StoreSize
from reviewloop.errors import ReviewloopError
from reviewloop.settings import settings

LAKE: Final = "lake"


def measure(folders: Mapping[str, Path]) -> Sizes:
    """The lake by its top folders, MLflow's artifacts, and ``folders`` of this machine, by name; kept for ``read``.

    One listing of the whole bucket, a request for 1,000 objects. What cannot be measured says so in its place.
    """
    stores = list(_safely(LAKE, _lake))
    if settings().mlflow_artifacts:
        stores += _safely("MLflow", lambda: [_prefix("MLflow", settings().mlflow_artifacts)])
    for name, folder in folders.items():
        num_files, num_bytes = log_files.size(folder)
        stores.append(StoreSize(store=name, num_objects=num_files, num_bytes=num_bytes))
    found = Sizes(at=datetime.now(UTC).isoformat(timespec="seconds"), stores=tuple(stores))
    s3.write_json(places.sizes(), found.model_dump())
    return found


def read() -> Sizes:
    """As somebody measured them last; ``at`` is empty where nobody did."""
    return Sizes.model_validate(s3.read_json(places.sizes())) if s3.exists(places.sizes()) else Sizes()


def _safely(store: str, ask: Callable[[], Iterator[StoreSize] | list[StoreSize]]) -> list[StoreSize]:
    try:
        return list(ask())
    except ReviewloopError as error:
        return [StoreSize(store=store, trouble=" ".join(str(error).split()))]


def _lake() -> Iterator[StoreSize]:
    root = places.of_key()
    found: dict[str, list[int]] = {}
    for one in s3.list_objects(root):
        of_folder = found.setdefault(one.uri.removeprefix(root).partition("/")[0], [0, 0])
        of_folder[0] += 1
        of_folder[1] += one.num_bytes
    for name, (num_objects, num_bytes) in sorted(found.items(), key=lambda item: -item[1][1]):
        yield StoreSize(store=LAKE, part=name, num_objects=num_objects, num_bytes=num_bytes)


def _prefix(store: str, uri: str) -> StoreSize:
    sizes = [one.num_bytes for one in s3.list_objects(f"{uri.rstrip('/')}/")]
    return StoreSize(store=store, num_objects=len(sizes), num_bytes=sum(sizes))
