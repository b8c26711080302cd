"""The connection to the MLflow server, and its errors as ours."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING

from reviewloop.errors import ConfigError, PermanentError, Unavailable

if TYPE_CHECKING:
    from mlflow import MlflowClient


@contextmanager
def calling(what: str) -> Iterator[None]:
    """MLflow's errors as ours: an overloaded or unreachable server is ``Unavailable``, a refused request is permanent."""
    from mlflow.exceptions import MlflowException

    try:
        yield
    except MlflowException as error:
        status = error.get_http_status_code()
        kind = Unavailable if status >= 500 or status == 429 else PermanentError
        raise kind(f"MLflow: {what}: {error.message}") from error


def _load_header_plugins() -> None:
    """Load what is installed to add headers to MLflow's requests, but not Feast's plugin.

    Once Feast is installed MLflow would ask it at the first request of every process. That imports all of Feast, and torch
    with it: four seconds. And it would hand a pod's service-account token to the MLflow server, which nobody asked for.
    """
    from mlflow.utils import plugins

    found = plugins._get_entry_points
    plugins._get_entry_points = lambda group: [entry for entry in found(group) if entry.name != "feast"]
    try:
        import_module("mlflow.tracking.request_header.registry")
    finally:
        plugins._get_entry_points = found


@lru_cache(maxsize=2)
def _connect(uri: str) -> "MlflowClient":
    # MLflow retries a dead server for 4 minutes by default. The scheduler retries too, and shows why: give up after seconds.
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "3")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "30")
    from mlflow import MlflowClient

    _load_header_plugins()
    return MlflowClient(tracking_uri=uri, registry_uri=uri)


def client() -> "MlflowClient":
    """The client of ``MLFLOW_TRACKING_URI``. Raises ``ConfigError`` where that is not set."""
    uri = os.environ.get("MLFLOW_TRACKING_URI", "")
    if not uri:
        raise ConfigError("MLFLOW_TRACKING_URI: not set; it must be the URL of the MLflow server, such as http://127.0.0.1:5000")
    return _connect(uri)
