"""Every kind of backend that the configuration may name is there, and is waited for and tested as itself."""

import pytest
from tests.helpers.places import BACKEND_KINDS, PLACES

from reviewloop.adapters.jobs.backends.choice import backend_of
from reviewloop.config import BackendConfig
from reviewloop.errors import ConfigError


def test_a_kind_without_a_backend_never_runs_on_this_machine_instead() -> None:
    with pytest.raises(ConfigError, match=r"training.backend.kind: 'moon' has no backend; give it one in .*choice.py"):
        backend_of(BackendConfig.model_construct(kind="moon", sagemaker=None, batch=None))


def test_every_kind_has_a_place_in_the_contract_test() -> None:
    assert set(PLACES) == set(BACKEND_KINDS), "PLACES in tests/helpers/places.py: one entry a kind of config/training/backend.py"
