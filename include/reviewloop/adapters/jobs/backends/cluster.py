"""A Kubernetes cluster's API: the official client, from a pod's own account or a kubeconfig, and what it answers as our errors."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from reviewloop.errors import ConfigError, PermanentError, Unavailable

if TYPE_CHECKING:
    from kubernetes.client import BatchV1Api, CoreV1Api

TIMEOUT: Final = {"_request_timeout": (10, 30)}
"""Seconds to connect and between two answers, for every request: by itself the client waits for ever."""
_IN_CLUSTER: Final = "KUBERNETES_SERVICE_HOST"


@lru_cache(maxsize=1)
def _client() -> Any:
    from kubernetes import client, config

    told = client.Configuration()
    try:
        if os.environ.get(_IN_CLUSTER) and not os.environ.get("KUBECONFIG"):
            config.load_incluster_config(client_configuration=told)
        else:  # named here, for the client reads the variable once, when it is imported
            config.load_kube_config(os.environ.get("KUBECONFIG"), client_configuration=told)
    except config.ConfigException as error:
        raise ConfigError(f"no Kubernetes cluster is known: {error}; run in one, or name a kubeconfig in KUBECONFIG") from error
    return client.ApiClient(told)


def jobs() -> "BatchV1Api":
    """Jobs of the cluster."""
    from kubernetes.client import BatchV1Api

    return BatchV1Api(_client())


def pods() -> "CoreV1Api":
    """Pods of the cluster, their logs and templates."""
    from kubernetes.client import CoreV1Api

    return CoreV1Api(_client())


def as_fields(thing: Any) -> dict[str, Any]:
    """An object of the client as the API writes it."""
    return dict(_client().sanitize_for_serialization(thing))


def forget() -> None:
    """Let go of the client: another cluster is asked next."""
    _client.cache_clear()


@contextmanager
def asking_cluster(what: str) -> Iterator[None]:
    """Inside, an error of the client is raised as ours, which begins with ``what``; no answer and "not now" are ``Unavailable``."""
    from kubernetes.client import ApiException
    from urllib3.exceptions import HTTPError

    try:
        yield
    except ApiException as error:
        status = error.status or 0
        # 401: the token of a pod is renewed beneath us
        kind = Unavailable if status in {0, 401, 408, 429} or status >= 500 else PermanentError
        raise kind(f"{what}: {status} {error.reason}: {(error.body or '')[:500]}") from error
    except HTTPError as error:
        raise Unavailable(f"{what}: no answer from the cluster: {error}") from error


def answer_or_none(ask: Any, missing: frozenset[int] = frozenset({404})) -> Any:
    """What ``ask()`` gives; None where the API's status is one of ``missing``."""
    from kubernetes.client import ApiException

    try:
        return ask()
    except ApiException as error:
        if error.status in missing:
            return None
        raise
