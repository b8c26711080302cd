"""Feast's registry as one object on S3 that no writer overwrites unseen: of two appliers at once the second applies again.

Importing this module imports Feast, seconds of it: Feast does it, by the name in ``store``.
"""

from pathlib import Path
from typing import Any
from uuid import uuid4

from feast.infra.registry.registry_store import RegistryStore
from feast.protos.feast.core.Registry_pb2 import Registry

from reviewloop.adapters.lake import claims
from reviewloop.errors import TransientError


class RegistryChanged(TransientError):
    """Another applier was first; what was applied here is applied again, to what stands there now."""


class ClaimedRegistryStore(RegistryStore):  # type: ignore[misc]  # of Feast, which has no types
    """The registry, kept in a claim (``adapters.lake.claims``): it is written only where nobody wrote since it was read."""

    def __init__(self, registry_config: Any, repo_path: Path | None) -> None:  # noqa: ARG002 (as Feast calls it)
        self._uri = str(registry_config.path)
        self._seen: claims.Claim | None = None

    def get_registry_proto(self) -> Registry:
        """What stands there. Raises ``FileNotFoundError`` before the first writing, as Feast expects."""
        self._seen = claims.read(self._uri)
        if self._seen is None:
            raise FileNotFoundError(self._uri)
        found: Registry = Registry.FromString(bytes.fromhex(self._seen.note["registry"]))
        return found

    def update_registry_proto(self, registry_proto: Registry) -> None:
        """Write it. Raises ``RegistryChanged`` where another did since ``get_registry_proto``.

        Each writing has an id of its own: Feast keeps the list of views that it made last for the registry of this id at this
        place in memory, and without one may give a registry the list of another that has lain there
        (``findings/feast-listed-by-address.sh``).
        """
        registry_proto.version_id = str(uuid4())
        note = registry_proto.SerializeToString().hex()
        seen = claims.update(self._seen, registry=note) if self._seen else claims.take(self._uri, registry=note)
        if seen is None:
            raise RegistryChanged(f"{self._uri}: another applier was first; try again")
        self._seen = seen

    def teardown(self) -> None:
        """Give the object up."""
        if self._seen is not None:
            claims.release(self._seen)
