"""S3 and MLflow's registry in memory, at the edge of this process, and workers that take turns at every call to them.

A worker is a function on a stack of its own (greenlet). Before each call another may go on; it may be killed there, and the
answer to a call that took place may be lost. A scheduler's retry then starts it again, as Airflow would.
"""

import hashlib
import io
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import greenlet
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE, RESOURCE_DOES_NOT_EXIST, TEMPORARILY_UNAVAILABLE

from reviewloop.adapters.lake import s3
from reviewloop.adapters.mlflow import registry
from reviewloop.adapters.release import ledger
from reviewloop.errors import TransientError


class Killed(BaseException):
    """The worker's process is gone."""


@dataclass
class World:
    """All that outlives a worker. ``kills`` and ``losses`` are the chances at each call; ``kill_at`` is the call to die before."""

    seed: int = 0
    kills: float = 0.0
    losses: float = 0.0
    kill_at: int = -1
    conditional: bool = True
    """Whether the store honours ``If-None-Match``."""
    objects: dict[str, bytes] = field(default_factory=dict)
    versions: dict[str, Any] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    model_tags: dict[str, str] = field(default_factory=dict)
    has_model: bool = False
    """Whether the registered model was made."""
    num_calls: int = 0
    num_made: int = 0

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.hub = greenlet.getcurrent()

    def turn(self) -> None:
        """Before a call: another worker may go on, or this one may die."""
        self.num_calls += 1
        if _is_worker():
            self.hub.switch()
            if self.num_calls == self.kill_at or self.random.random() < self.kills:
                raise Killed
        elif self.num_calls == self.kill_at:
            raise Killed

    def is_lost(self) -> bool:
        return _is_worker() and self.random.random() < self.losses

    def run(self, *workers: Callable[[], object], tries: int = 30) -> list[object]:
        """All workers in turns, each until it returns or raises what no retry mends; gives what each came to."""
        came_to: list[object] = [None] * len(workers)

        def tried(at: int) -> None:
            for _ in range(tries):
                try:
                    came_to[at] = workers[at]()
                except (Killed, TransientError) as error:
                    came_to[at] = error
                    continue
                except Exception as error:
                    came_to[at] = error
                return

        running = [greenlet.greenlet(lambda at=at: tried(at)) for at in range(len(workers))]
        while running:
            self.random.choice(running).switch()
            running = [one for one in running if not one.dead]
        return came_to


def _is_worker() -> bool:
    """Not so the first greenlet of a thread: a pool's threads take no turns."""
    return greenlet.getcurrent().parent is not None


def _refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": code}}, "call")


def _etag(data: bytes) -> str:
    return hashlib.md5(data).hexdigest()


class Body(io.BytesIO):
    """An object's bytes, also piece by piece."""

    def iter_chunks(self, size: int) -> Iterator[bytes]:
        while piece := self.read(size):
            yield piece


class FakeS3:
    """What ``adapters.lake.s3`` asks of boto3's client."""

    def __init__(self, world: World) -> None:
        self.world = world

    def put_object(self, *, Bucket: str, Key: str, Body: Any, IfNoneMatch: str = "", IfMatch: str = "", **_: Any) -> Any:  # noqa: N803
        self.world.turn()
        there = self.world.objects.get(Key)
        if IfNoneMatch == "*" and self.world.conditional and there is not None:
            raise _refused("PreconditionFailed")
        if IfMatch and (there is None or _etag(there) != IfMatch):
            raise _refused("PreconditionFailed")
        self.world.objects[Key] = Body.read() if hasattr(Body, "read") else bytes(Body)
        if self.world.is_lost():
            raise EndpointConnectionError(endpoint_url="http://lake")
        return {"ETag": _etag(self.world.objects[Key])}

    def get_object(self, *, Bucket: str, Key: str, **_: Any) -> dict[str, Any]:  # noqa: N803
        self.world.turn()
        if Key not in self.world.objects:
            raise _refused("NoSuchKey")
        return {"Body": Body(self.world.objects[Key]), "ETag": _etag(self.world.objects[Key])}

    def delete_object(self, *, Bucket: str, Key: str) -> None:  # noqa: N803
        self.world.turn()
        self.world.objects.pop(Key, None)

    def head_object(self, *, Bucket: str, Key: str) -> None:  # noqa: N803
        self.world.turn()
        if Key not in self.world.objects:
            raise _refused("404")

    def head_bucket(self, *, Bucket: str) -> None:  # noqa: N803
        self.world.turn()

    def get_paginator(self, _: str) -> "FakeS3":
        return self

    def paginate(self, *, Bucket: str, Prefix: str, **more: str) -> Iterator[dict[str, Any]]:  # noqa: N803
        self.world.turn()
        after, end = more.get("StartAfter", ""), more.get("Delimiter", "")
        keys = sorted(key for key in self.world.objects if key.startswith(Prefix) and key > after)
        if end:
            names = {key.removeprefix(Prefix).split(end)[0] for key in keys if end in key.removeprefix(Prefix)}
            yield {"CommonPrefixes": [{"Prefix": f"{Prefix}{name}{end}"} for name in sorted(names)]}
            return
        held = {key: self.world.objects[key] for key in keys}
        listed = [{"Key": key, "ETag": _etag(data), "LastModified": None, "Size": len(data)} for key, data in held.items()]
        yield {"Contents": listed}


class Page(list):  # type: ignore[type-arg]
    """A page of versions, the only one."""

    token = None


class FakeRegistry:
    """What ``adapters.mlflow.registry`` asks of MLflow's client. A write is no compare-and-set, as with the real one."""

    def __init__(self, world: World) -> None:
        self.world = world

    def create_registered_model(self, name: str, description: str) -> None:
        self.world.turn()
        self.world.has_model = True

    def get_registered_model(self, name: str) -> Any:
        self.world.turn()
        self._require_model(name)
        return SimpleNamespace(tags=dict(self.world.model_tags))

    def set_registered_model_tag(self, name: str, key: str, value: str) -> None:
        self.world.turn()
        self._require_model(name)
        self.world.model_tags[key] = value
        self._answer()

    def create_model_version(self, name: str, source: str, run_id: str, tags: dict[str, str]) -> Any:
        self.world.turn()
        self.world.num_made += 1
        version = str(self.world.num_made)
        self.world.versions[version] = SimpleNamespace(version=version, source=source, run_id=run_id, tags=dict(tags))
        self._answer()
        return self.world.versions[version]

    def get_model_version(self, name: str, version: str) -> Any:
        self.world.turn()
        return self._known(version)

    def delete_model_version(self, name: str, version: str) -> None:
        self.world.turn()
        self._known(version)
        del self.world.versions[version]

    def search_model_versions(self, filter_string: str, page_token: str | None = None) -> Page:
        self.world.turn()
        _, _, job = filter_string.partition("job_key` = '")
        found = self.world.versions.values()
        return Page(one for one in found if not job or one.tags.get("reviewloop.job_key") == job.rstrip("'"))

    def set_model_version_tag(self, name: str, version: str, key: str, value: str) -> None:
        self.world.turn()
        self._known(version).tags[key] = value
        self._answer()

    def set_registered_model_alias(self, name: str, alias: str, version: str) -> None:
        self.world.turn()
        self._known(version)
        self.world.aliases[alias] = version
        self._answer()

    def get_model_version_by_alias(self, name: str, alias: str) -> Any:
        self.world.turn()
        if alias not in self.world.aliases:
            raise MlflowException(f"Registered model alias {alias} not found.", INVALID_PARAMETER_VALUE)
        return self._known(self.world.aliases[alias])

    def _require_model(self, name: str) -> None:
        if not self.world.has_model:
            raise MlflowException(f"model {name} not found", RESOURCE_DOES_NOT_EXIST)

    def _known(self, version: str) -> Any:
        if version not in self.world.versions:
            raise MlflowException(f"version {version} not found", RESOURCE_DOES_NOT_EXIST)
        return self.world.versions[version]

    def _answer(self) -> None:
        if self.world.is_lost():
            raise MlflowException("no answer", TEMPORARILY_UNAVAILABLE)


def enter(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """Let the adapters talk to this world."""
    s3_client, registry_client = FakeS3(world), FakeRegistry(world)
    monkeypatch.setattr(s3, "client", lambda: s3_client)
    monkeypatch.setattr(registry, "client", lambda: registry_client)
    ledger._require_conditional_writes.cache_clear()
    ledger._known.clear()
    monkeypatch.setattr(ledger, "_FEW", 10**6)  # threads cannot take turns with workers
    return world
