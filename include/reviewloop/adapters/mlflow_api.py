"""The connection to the MLflow server, and its errors as ours."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING

from reviewloop.errors import ConfigError, PermanentError, TransientError

if TYPE_CHECKING:
    from mlflow import MlflowClient


@contextmanager
def calling(what: str) -> Iterator[None]:
    """MLflow's errors as ours: an overloaded or unreachable server is transient, a refused request is not."""
    from mlflow.exceptions import MlflowException

    try:
        yield
    except MlflowException as error:
        status = error.get_http_status_code()
        kind = TransientError if status >= 500 or status == 429 else PermanentError
        raise kind(f"MLflow: {what}: {error.message}") from error


@lru_cache(maxsize=2)
def _connect(uri: str) -> "MlflowClient":
    # MLflow retries a dead server for 4 minutes by default. The scheduler retries too, and shows why: give up after seconds.
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "3")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "30")
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri=uri, registry_uri=uri)


def client() -> "MlflowClient":
    """The client of ``MLFLOW_TRACKING_URI``. Raises ``ConfigError`` where that is not set."""
    uri = os.environ.get("MLFLOW_TRACKING_URI", "")
    if not uri:
        raise ConfigError("MLFLOW_TRACKING_URI: not set; it must be the URL of the MLflow server, such as http://127.0.0.1:5000")
    return _connect(uri)
