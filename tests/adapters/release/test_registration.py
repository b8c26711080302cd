"""A job's version is made once, and a version that somebody deleted is not made up for in silence."""

import pytest
from tests.helpers.fake_edges import World, enter

from reviewloop.adapters.mlflow.tags import Tag
from reviewloop.adapters.release import ledger
from reviewloop.adapters.release.registration import register_version
from reviewloop.errors import PermanentError

TAGS = {Tag.JOB_KEY: "job", Tag.MODEL_DIGEST: "d"}


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return enter(World(), monkeypatch)


def test_registered_again_it_is_found_and_none_is_made(world: World) -> None:
    first = register_version("s3://reviewloop/models/m", "run", TAGS)
    assert register_version("s3://reviewloop/models/m", "run", TAGS) == first
    assert (world.num_made, len(ledger.read())) == (1, 1)


def test_a_version_that_was_deleted_is_named_and_another_takes_no_place(world: World) -> None:
    first = register_version("s3://reviewloop/models/m", "run", TAGS)
    del world.versions[first.version]
    with pytest.raises(PermanentError, match=r"version 1 of job job was deleted in the registry; start sentiment_train with force"):
        register_version("s3://reviewloop/models/m", "run", TAGS)
    assert (world.versions, len(ledger.read())) == ({}, 1)
