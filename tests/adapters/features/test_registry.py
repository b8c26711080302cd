"""Feast's registry on S3: of two appliers at once neither loses what it applied."""

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from feast.protos.feast.core.Entity_pb2 import Entity
from feast.protos.feast.core.Registry_pb2 import Registry

from reviewloop.adapters.features import store
from reviewloop.adapters.features.registry import ClaimedRegistryStore, RegistryChanged
from reviewloop.adapters.features.views import definitions
from reviewloop.adapters.lake import places
from reviewloop.config import load_config

pytestmark = pytest.mark.contract


def test_what_another_wrote_meanwhile_is_not_overwritten(lake: str) -> None:
    config = SimpleNamespace(path=places.feast("registry.json"))
    one, other = ClaimedRegistryStore(config, None), ClaimedRegistryStore(config, None)
    with pytest.raises(FileNotFoundError):
        one.get_registry_proto()
    one.update_registry_proto(Registry(registry_schema_version="1"))
    with pytest.raises(RegistryChanged):
        other.update_registry_proto(Registry())  # it found none, too
    read = other.get_registry_proto()
    read.entities.append(Entity())
    one.update_registry_proto(Registry(registry_schema_version="2"))
    with pytest.raises(RegistryChanged, match="another applier was first"):
        other.update_registry_proto(read)
    assert other.get_registry_proto().registry_schema_version == "2"


def test_each_writing_has_an_id_of_its_own_by_which_feast_knows_what_it_has_listed(lake: str) -> None:
    one = ClaimedRegistryStore(SimpleNamespace(path=f"s3://{lake}/registry.json"), None)
    written = set()
    for _ in range(3):
        one.update_registry_proto(Registry())
        written.add(one.get_registry_proto().version_id)
    assert len(written - {""}) == 3


def test_appliers_at_once_are_all_there_in_the_end(lake: str) -> None:
    groups = load_config().feature_store.groups[:3]
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda group: store.apply(definitions(group, f"s3://{lake}/{group.name}.parquet")), groups))
    assert all(store.has(group.name) for group in groups)
    assert store.drop(groups[0].name)
    assert not store.drop(groups[0].name)
    assert [store.has(group.name) for group in groups] == [False, True, True]
