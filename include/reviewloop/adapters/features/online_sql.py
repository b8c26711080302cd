"""Feast's online store in a database of SQLAlchemy's, SQLite or PostgreSQL: a row a key, which never goes back in time.

Feast's own stores keep what was written last. Here a write takes place only where its time is later: the event's, and of one event
the time at which it was known. So writers need no order, and two at once lose nothing. Importing this module imports Feast.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Literal

from feast import Entity, FeatureView
from feast.infra.key_encoding_utils import serialize_entity_key
from feast.infra.online_stores.online_store import OnlineStore
from feast.protos.feast.types.EntityKey_pb2 import EntityKey
from feast.protos.feast.types.Value_pb2 import Map, Value
from feast.repo_config import FeastConfigBaseModel, RepoConfig
from pydantic import StrictStr
from sqlalchemy import BigInteger, Column, Engine, LargeBinary, MetaData, Table, create_engine, inspect, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError
from sqlalchemy.schema import CreateTable

from reviewloop.errors import PermanentError

Row = tuple[EntityKey, dict[str, Value], datetime, datetime | None]
INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
KEYS_AT_ONCE = 500
"""Of one query."""
BUSY_SECONDS = 60
"""That a writer of SQLite waits for another."""


class SqlOnlineStoreConfig(FeastConfigBaseModel):  # type: ignore[misc]  # of Feast, which has no types
    """``url`` as SQLAlchemy has it."""

    type: Literal["reviewloop.adapters.features.online_sql.SqlOnlineStore"]
    url: StrictStr


@lru_cache(maxsize=4)
def _engine(url: str) -> Engine:
    return create_engine(url, pool_pre_ping=True, connect_args={"timeout": BUSY_SECONDS} if url.startswith("sqlite") else {})


def _table(config: RepoConfig, view: FeatureView) -> Table:
    return Table(
        f"{config.project}_{view.name}",
        MetaData(),
        Column("entity_key", LargeBinary, primary_key=True),
        Column("event_us", BigInteger, nullable=False, comment="of the event, microseconds since 1970"),
        Column("created_us", BigInteger, nullable=False, comment="of its being known, microseconds since 1970"),
        Column("features", LargeBinary, nullable=False, comment="feast.types.Map"),
    )


def microseconds(time: datetime | None) -> int:
    """Since 1970; a time without a zone is UTC, as Feast hands it on. 0 for none."""
    if time is None:
        return 0
    at = time.replace(tzinfo=UTC) if time.tzinfo is None else time
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // (datetime.resolution)


def newest(rows: Sequence[Row], key: Callable[[EntityKey], Any]) -> dict[Any, tuple[int, int, dict[str, Value]]]:
    """Of each key the row of the latest event, of one event the one known last, by ``key``."""
    found: dict[Any, tuple[int, int, dict[str, Value]]] = {}
    for entity, values, event, created in rows:
        of, times = key(entity), (microseconds(event), microseconds(created))
        if of not in found or found[of][:2] < times:
            found[of] = (*times, values)
    return found


def _make(engine: Engine, table: Table) -> None:
    try:
        with engine.begin() as connection:
            connection.execute(CreateTable(table, if_not_exists=True))
    except (IntegrityError, OperationalError, ProgrammingError):
        if not inspect(engine).has_table(table.name):  # PostgreSQL refuses the second of two who make it at once
            raise


class SqlOnlineStore(OnlineStore):  # type: ignore[misc]
    """See the module."""

    def update(
        self,
        config: RepoConfig,
        tables_to_delete: Sequence[FeatureView],
        tables_to_keep: Sequence[FeatureView],
        entities_to_delete: Sequence[Entity],  # noqa: ARG002 (here and below: as Feast calls it)
        entities_to_keep: Sequence[Entity],  # noqa: ARG002
        partial: bool,  # noqa: ARG002
    ) -> None:
        """Make the tables of the views that are kept, drop those of the others."""
        engine = _engine(config.online_store.url)
        for table in (_table(config, view) for view in tables_to_keep):
            _make(engine, table)
        for table in (_table(config, view) for view in tables_to_delete):
            table.drop(engine, checkfirst=True)

    def teardown(self, config: RepoConfig, tables: Sequence[FeatureView], entities: Sequence[Entity]) -> None:
        """Drop the tables of these views."""
        self.update(config, tables, (), entities, (), partial=True)

    def online_write_batch(
        self, config: RepoConfig, table: FeatureView, data: Sequence[Row], progress: Callable[[int], Any] | None
    ) -> None:
        """Write each row that is later than what stands there, in one transaction."""
        engine, into = _engine(config.online_store.url), _table(config, table)
        found = newest(data, lambda key: serialize_entity_key(key, config.entity_key_serialization_version))
        rows = [
            {"entity_key": key, "event_us": event, "created_us": created, "features": Map(val=values).SerializeToString()}
            for key, (event, created, values) in sorted(
                found.items()
            )  # one order for all writers: none waits for another in a ring
        ]
        if rows:
            insert = INSERTS[engine.dialect.name](into)
            later = tuple_(into.c.event_us, into.c.created_us) < tuple_(insert.excluded.event_us, insert.excluded.created_us)
            _make(engine, into)  # the file of a laptop lies in the work folder, which is safe to lose
            changed = {name: insert.excluded[name] for name in ("event_us", "created_us", "features")}
            with engine.begin() as connection:
                connection.execute(insert.on_conflict_do_update(index_elements=["entity_key"], set_=changed, where=later), rows)
        if progress:
            progress(len(data))

    def online_read(
        self, config: RepoConfig, table: FeatureView, entity_keys: Sequence[EntityKey], requested_features: list[str] | None = None
    ) -> list[tuple[datetime | None, dict[str, Value] | None]]:
        """Event time and values of each key, in the keys' order. Raises ``PermanentError`` where the table was lost: a key that is
        missing must not look like one that nobody knows."""
        engine, of = _engine(config.online_store.url), _table(config, table)
        keys = [serialize_entity_key(key, config.entity_key_serialization_version) for key in entity_keys]
        rows: dict[bytes, tuple[datetime, dict[str, Value]]] = {}
        for key, event, features in _selected(engine, of, keys):
            values = {
                name: value
                for name, value in Map.FromString(features).val.items()
                if requested_features is None or name in requested_features
            }
            rows[key] = (datetime.fromtimestamp(event / 1e6, tz=UTC), values)
        return [rows.get(key, (None, None)) for key in keys]


def _selected(engine: Engine, of: Table, keys: Sequence[bytes]) -> list[tuple[bytes, int, bytes]]:
    found: list[Any] = []
    try:
        with engine.connect() as connection:
            for start in range(0, len(keys), KEYS_AT_ONCE):
                asked = of.c.entity_key.in_(keys[start : start + KEYS_AT_ONCE])
                found += connection.execute(select(of.c.entity_key, of.c.event_us, of.c.features).where(asked)).all()
    except (OperationalError, ProgrammingError):
        if inspect(engine).has_table(of.name):
            raise
        raise PermanentError(f"{of.name}: the online store has lost its rows; `features ingest` writes them again") from None
    return [(bytes(key), event, bytes(features)) for key, event, features in found]
