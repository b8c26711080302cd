"""What luck does, kept with the champion: simulated once for a reference and a number of rows, and read again on every such day."""

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

from reviewloop.adapters.lake import artifacts, places, s3
from reviewloop.core.digests import json_digest
from reviewloop.core.monitoring.drift.null import Null
from reviewloop.errors import PermanentError

log = logging.getLogger(__name__)

_FILE = "null.json"


def kept(decides: Mapping[str, Any], simulate: Callable[[], Null]) -> tuple[str, Null]:
    """The address and the null of what ``decides`` it (plain JSON): as it was stored, else simulated and stored now.

    Of two tasks that simulate at once the first one's counts; on another machine its last digits may differ.
    """
    uri = places.null(json_digest(decides))

    def files() -> dict[str, bytes]:
        log.info("simulating what luck does: %s", uri)
        return {_FILE: json.dumps(simulate().as_json()).encode()}

    try:
        artifact = artifacts.publish_once(uri, files, decides)
    except PermanentError:
        if not s3.exists(f"{uri}/{artifacts.MANIFEST}"):
            raise
        artifact = artifacts.open_named(uri)
    return uri, Null.from_json(json.loads(artifact.read(_FILE)))
