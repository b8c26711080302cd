"""Every kind of online store: what is read is the latest that was ever written, in whatever order, by however many at once."""

import random
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from feast.protos.feast.types.EntityKey_pb2 import EntityKey
from feast.protos.feast.types.Value_pb2 import Value
from tests.conftest import free_port
from tests.helpers.private_postgres import PrivatePostgres

from reviewloop.adapters.features import online_dynamodb, online_sql
from reviewloop.adapters.features.store import _online_store
from reviewloop.errors import ConfigError, PermanentError

pytestmark = pytest.mark.contract

START = datetime(2026, 3, 1, tzinfo=UTC)


@dataclass
class Online:
    """A store with one view."""

    store: Any
    config: Any
    view: Any

    def write(self, *rows: tuple[str, int, int, int | None]) -> None:
        """Of key, hour of the event, hour when it was known, value."""
        data = [
            (key(of), {"v": Value() if value is None else Value(int64_val=value)}, hour(event), hour(created))
            for of, event, created, value in rows
        ]
        self.store.online_write_batch(self.config, self.view, data, None)

    def read(self, *keys: str) -> list[int | None]:
        found = self.store.online_read(self.config, self.view, [key(of) for of in keys])
        return [None if values is None or not values["v"].HasField("int64_val") else values["v"].int64_val for _, values in found]


def key(name: str) -> EntityKey:
    return EntityKey(join_keys=["review"], entity_values=[Value(string_val=name)])


def hour(number: int) -> datetime:
    return START + timedelta(hours=number)


def sql(url: str) -> Online:
    online = online_sql.SqlOnlineStoreConfig(type="reviewloop.adapters.features.online_sql.SqlOnlineStore", url=url)
    config = SimpleNamespace(project="shop", online_store=online, entity_key_serialization_version=3)
    made = Online(online_sql.SqlOnlineStore(), config, SimpleNamespace(name="group"))
    made.store.update(config, (), (made.view,), (), (), True)
    made.store.update(config, (), (made.view,), (), (), True)  # whoever comes second finds the table
    return made


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="reviewloop-postgres-"))  # pytest's own are closed to the user postgres
    cluster = PrivatePostgres.made(folder, free_port())
    yield f"postgresql+psycopg2://postgres@127.0.0.1:{cluster.port}/postgres"
    cluster.kill()
    shutil.rmtree(folder)


def dynamodb(endpoint: str) -> Online:
    kind = "reviewloop.adapters.features.online_dynamodb.ForwardDynamoDBOnlineStore"
    online = online_dynamodb.ForwardDynamoDBOnlineStoreConfig(type=kind, region="us-east-1", endpoint_url=endpoint)
    config = SimpleNamespace(project="shop", online_store=online, entity_key_serialization_version=3)
    config.registry = SimpleNamespace(enable_online_feature_view_versioning=False)
    made = Online(online_dynamodb.ForwardDynamoDBOnlineStore(), config, SimpleNamespace(name="group", tags={}))
    made.store.update(config, (), (made.view,), (), (), True)
    return made


@pytest.fixture(params=["sqlite", "postgres", "dynamodb"])
def online(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Online]:
    if request.param == "sqlite":
        made = sql(f"sqlite:///{tmp_path / 'features.db'}")
    elif request.param == "postgres":
        made = sql(request.getfixturevalue("postgres"))
    else:
        made = dynamodb(request.getfixturevalue("aws"))
    yield made
    made.store.update(made.config, (made.view,), (), (), (), False)


def test_it_never_goes_back_by_event_and_of_one_event_by_what_was_known_last(online: Online) -> None:
    online.write(("é/1", 2, 2, 20))
    online.write(("é/1", 1, 9, 10))
    assert online.read("é/1", "nobody") == [20, None], "an older value that came late"
    online.write(("é/1", 2, 3, 21), ("é/1", 2, 1, 19))
    assert online.read("é/1") == [21], "of one event what was known last"
    online.write(("é/1", 3, 4, None))
    online.write(("é/1", 2, 9, 22))
    assert online.read("é/1") == [None], "what was taken back stays taken back"
    online.write()
    assert online.read() == []


def test_many_writers_at_once_in_any_order_lose_nothing(online: Online) -> None:
    rows = [(f"key {of}", event, created, 100 * event + created) for of in range(3) for event in range(3) for created in range(3)]

    def write(seed: int) -> None:
        mine: Sequence[Any] = random.Random(seed).sample(rows, len(rows))
        for start in range(0, len(mine), 9):
            online.write(*mine[start : start + 9])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    assert online.read("key 0", "key 1", "key 2") == [202] * 3


def test_rows_that_were_lost_are_not_taken_for_unknown_keys_and_are_written_again(tmp_path: Path) -> None:
    online = sql(f"sqlite:///{tmp_path / 'features.db'}")
    online.store.update(online.config, (online.view,), (), (), (), False)
    with pytest.raises(PermanentError, match="group: the online store has lost its rows; `features ingest` writes them again"):
        online.read("key 0")
    online.write(("key 0", 1, 1, 5))
    assert online.read("key 0") == [5]


def test_the_place_is_configuration(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    assert _online_store("dynamodb")["endpoint_url"] == "http://127.0.0.1:1"
    assert _online_store("postgresql+psycopg2://a:b@c/d")["url"] == "postgresql+psycopg2://a:b@c/d"
    with pytest.raises(ConfigError, match="REVIEWLOOP_FEATURE_STORE_URL: mysql: no such store; allowed: dynamodb, postgresql"):
        _online_store("mysql://user:secret@host/database")
