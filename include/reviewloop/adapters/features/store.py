"""This deployment's Feast: which registry, which online store; and its errors as ours."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from reviewloop.adapters.aws_errors import aws_error
from reviewloop.adapters.lake import places
from reviewloop.errors import ConfigError, Unavailable
from reviewloop.settings import settings

if TYPE_CHECKING:
    from feast import FeatureStore

DYNAMODB: Final = "dynamodb"
_MODULES: Final = "reviewloop.adapters.features"
_SERVED_SECONDS: Final = 60
_MAX_TRIES: Final = 20
"""Appliers that may be first, one after the other."""


def feature_store(cache_seconds: int = 0) -> "FeatureStore":
    """Feast, of what the registry says now, and for ``cache_seconds`` to come (0: for ever). Its project is named like the Glue
    database."""
    from feast import FeatureStore, RepoConfig

    config = RepoConfig(
        project=settings().database,
        provider="local",
        registry={
            "path": places.feast("registry.json"),
            "registry_store_type": f"{_MODULES}.registry.ClaimedRegistryStore",
            "cache_ttl_seconds": cache_seconds,
        },
        offline_store={"type": "file"},
        online_store=_online_store(settings().feature_store_url),
        entity_key_serialization_version=3,
        telemetry=False,
    )
    return FeatureStore(config=config)


def serving_store() -> "FeatureStore":
    """Feast for those who read online, again and again: made once for a place, its definitions a minute old at most."""
    place = settings()
    return _serving_store(place.bucket, place.database, place.feature_store_url, str(place.work_dir))


@lru_cache(maxsize=2)
def _serving_store(*_place: str) -> "FeatureStore":
    return feature_store(_SERVED_SECONDS)


def _online_store(url: str) -> dict[str, Any]:
    if url == DYNAMODB:
        endpoint = os.environ.get("AWS_ENDPOINT_URL_DYNAMODB") or os.environ.get("AWS_ENDPOINT_URL")
        region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
        kind = f"{_MODULES}.online_dynamodb.ForwardDynamoDBOnlineStore"
        return {"type": kind, "region": region, "endpoint_url": endpoint, "consistent_reads": True}
    if not url:
        folder = settings().work_dir / "feast"
        folder.mkdir(parents=True, exist_ok=True)
        url = f"sqlite:///{folder / 'features.db'}"
    if not url.startswith(("sqlite:///", "postgresql")):
        raise ConfigError(
            f"REVIEWLOOP_FEATURE_STORE_URL: {url.partition(':')[0]}: no such store; allowed: dynamodb, "
            "postgresql+psycopg2://user:password@host/database, sqlite:///file, or nothing: a file in the work folder"
        )
    return {"type": f"{_MODULES}.online_sql.SqlOnlineStore", "url": url}


@contextmanager
def asking_feast(what: str) -> Iterator[None]:
    """Inside, an outage of what Feast stands on (S3, DynamoDB, a database) is raised as ours, which begins with ``what``."""
    from sqlalchemy.exc import OperationalError

    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise aws_error(error, what) from error
    except (OSError, OperationalError) as error:
        raise Unavailable(f"{what}: {str(error).splitlines()[0]}") from error


def apply(objects: Sequence[Any]) -> None:
    """Let the registry hold these definitions beside all others, and the online store their tables. Idempotent."""
    from reviewloop.adapters.features.registry import RegistryChanged

    for left in reversed(range(_MAX_TRIES)):
        try:
            feature_store().apply(list(objects))
        except RegistryChanged:
            if not left:
                raise
        else:
            _serving_store.cache_clear()
            return


def has(view: str) -> bool:
    """Whether the registry knows the view."""
    return any(one.name == view for one in feature_store().list_feature_views())


def drop(view: str) -> bool:
    """Take a view out of the registry, and its table out of the online store; whether the registry had it. Idempotent."""
    from feast.errors import FeatureViewNotFoundException

    from reviewloop.adapters.features.registry import RegistryChanged

    for left in reversed(range(_MAX_TRIES)):
        feast = feature_store()
        try:
            found = feast.get_feature_view(view)
        except FeatureViewNotFoundException:
            return False
        try:
            feast.apply([], objects_to_delete=[found], partial=False)
        except RegistryChanged:
            if not left:
                raise
        else:
            _serving_store.cache_clear()
            return True
    return False
