#!/usr/bin/env bash
# feast 0.67.0, a registry store of one's own (registry_store_type): list_feature_views() may give the views of another registry.
#
# Feast keeps the list that it made last, known by the place in memory of the registry (Python's id()) and by its version_id. Its own
# stores put a new version_id into every registry that they write; nothing says that a store must, and without it that field stays
# empty. A registry that is read anew often lies where the one before it lay: then the old list is given, with a view that was deleted
# and without one that was added. get_feature_view() is not kept, and says otherwise than the list.
#
# Seen: a store that keeps the registry in a variable; a view is added and deleted again by a new FeatureStore each time, then listed by
# another: within 300 rounds the list holds the deleted view, and get_feature_view() says that there is none. With a version_id of
# each writing's own it never does.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON311:-python3.11}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --no-compile --disable-pip-version-check \
    feast==0.67.0 pandas==2.3.3 numpy==2.4.6 pyarrow==25.0.1 dask==2026.8.0
cd "$folder"
cat >kept.py <<'END'
from uuid import uuid4

from feast.infra.registry.registry_store import RegistryStore
from feast.protos.feast.core.Registry_pb2 import Registry


class KeptRegistryStore(RegistryStore):
    stored, stamps = b"", False

    def __init__(self, config, repo_path):
        pass

    def get_registry_proto(self):
        if not KeptRegistryStore.stored:
            raise FileNotFoundError
        return Registry.FromString(KeptRegistryStore.stored)

    def update_registry_proto(self, proto):
        if KeptRegistryStore.stamps:
            proto.version_id = str(uuid4())
        KeptRegistryStore.stored = proto.SerializeToString()

    def teardown(self):
        pass
END
PYTHONPATH=. venv/bin/python -W ignore - 2>log <<'END' | tee seen || { tail -1 log >&2; exit 1; }
import gc
from datetime import timedelta

from feast import Entity, FeatureStore, FeatureView, Field, FileSource, RepoConfig, ValueType
from feast.errors import FeatureViewNotFoundException
from feast.types import Int64
from kept import KeptRegistryStore


def store():
    registry = {"registry_type": "file", "path": "nowhere", "registry_store_type": "kept.KeptRegistryStore", "cache_ttl_seconds": 0}
    online = {"type": "sqlite", "path": "online.db"}
    return FeatureStore(config=RepoConfig(project="p", provider="local", registry=registry, offline_store={"type": "file"},
                                          online_store=online, entity_key_serialization_version=3, telemetry=False))


def lists_what_is_gone(rounds):
    review = Entity(name="review", join_keys=["review_id"], value_type=ValueType.INT64)
    source = FileSource(name="source", path="none.parquet", timestamp_field="at")
    for _ in range(rounds):
        view = FeatureView(name="view", entities=[review], ttl=timedelta(0), schema=[Field(name="v", dtype=Int64)], source=source)
        one = store()
        one.registry.apply_entity(review, "p")
        one.registry.apply_feature_view(view, "p")
        store().list_feature_views()
        gc.collect()
        store().registry.delete_feature_view("view", "p")
        gc.collect()
        other = store()
        try:
            other.get_feature_view("view")
        except FeatureViewNotFoundException:
            if other.list_feature_views():
                return True
    return False


print("a deleted view is listed" if lists_what_is_gone(300) else "never seen")
KeptRegistryStore.stored, KeptRegistryStore.stamps = b"", True
print("with a version_id: a deleted view is listed" if lists_what_is_gone(60) else "with a version_id: never")
END
diff - seen <<'END' || { echo "feast-listed-by-address: no longer so: see the difference above" >&2; exit 1; }
a deleted view is listed
with a version_id: never
END
