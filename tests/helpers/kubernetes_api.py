"""What a cluster's API takes: a document is read with the official client's own models, strictly."""

import json
from types import SimpleNamespace
from typing import Any

from kubernetes import client

KINDS = {
    "ConfigMap": "V1ConfigMap",
    "Job": "V1Job",
    "Pod": "V1Pod",
    "PodTemplate": "V1PodTemplate",
    "Role": "V1Role",
    "RoleBinding": "V1RoleBinding",
    "ServiceAccount": "V1ServiceAccount",
}
"""The client's model of each kind that we write."""


def faults(document: dict[str, Any]) -> list[str]:
    """What the API refuses of it: a field that it does not know (where it asks for strict reading), lacks, or reads otherwise."""
    api = client.ApiClient()
    try:
        read = api.deserialize(SimpleNamespace(data=json.dumps(document)), KINDS[document["kind"]])
    except (ValueError, TypeError, AttributeError) as error:
        return [str(error)]
    return list(_differences("", document, api.sanitize_for_serialization(read)))


def _differences(path: str, given: Any, read: Any) -> Any:
    if isinstance(given, dict) and isinstance(read, dict):
        for name, value in given.items():
            if name not in read:
                yield f"{path}.{name}: not known"
            else:
                yield from _differences(f"{path}.{name}", value, read[name])
    elif isinstance(given, list) and isinstance(read, list):
        for at, pair in enumerate(zip(given, read, strict=True)):
            yield from _differences(f"{path}[{at}]", *pair)
    elif type(given) is not type(read) or given != read:
        yield f"{path}: {given!r} is read as {read!r}"
