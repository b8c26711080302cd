"""The endpoint's paths, as the gatekeeper and the metrics tell them apart before the framework has."""

import re
from collections.abc import MutableMapping
from typing import Any, Final

PREDICT: Final = "/predict"
EXPLAIN: Final = "/explain"
INFER: Final = "/v2/models/{name}/infer"
_INFER: Final = re.compile(r"/v2/models/[^/]+(?:/versions/[^/]+)?/infer")
PUBLIC: Final = frozenset({"/v2/health/live", "/v2/health/ready", "/"})
"""Paths that no key opens: the probes say nothing but yes or no, and the page is the same for everybody."""
LITERAL: Final = (
    frozenset({PREDICT, EXPLAIN, "/feedback", "/health", "/metrics", "/version", "/docs", "/openapi.json", "/v2"}) | PUBLIC
)
OTHER: Final = "other"
PROTOCOL: Final = "/v2"
"""Under it errors are told as the Open Inference Protocol has them."""


def reads(path: str) -> bool:
    """Whether a POST to ``path`` costs a pass of the model."""
    return path in (PREDICT, EXPLAIN) or _INFER.fullmatch(path) is not None


def speaks_protocol(path: str) -> bool:
    """Whether ``path`` is of the Open Inference Protocol."""
    return path == PROTOCOL or path.startswith(f"{PROTOCOL}/")


def route_of(scope: MutableMapping[str, Any]) -> str:
    """The route that a request went to, or would have; ``other`` for a path that is none: a caller makes no label of his own."""
    path = str(scope["path"])
    if path in LITERAL:
        return path
    if _INFER.fullmatch(path):
        return INFER
    return str(getattr(scope.get("route"), "path", OTHER))
