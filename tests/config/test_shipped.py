"""Every dataset and profile of ``include/config`` can be read, with its behaviour suite: also one that is new."""

import pytest

from reviewloop.adapters.behaviour_suite import load_suite
from reviewloop.config import load_config, read_dataset
from reviewloop.settings import settings

FOLDER = settings().config_dir
DATASETS = sorted(path.stem for path in (FOLDER / "datasets").glob("*.yaml"))
PROFILES = sorted(path.stem for path in (FOLDER / "profiles").glob("*.yaml"))


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_makes_a_whole_configuration(profile: str) -> None:
    config = load_config(profile)
    assert config.contract.name in DATASETS
    load_suite(config.behaviour.suite)


@pytest.mark.parametrize("name", DATASETS)
def test_a_dataset_has_a_suite_and_a_profile(name: str) -> None:
    assert read_dataset(FOLDER, name).contract.facets
    examined = [load_config(profile).behaviour.suite for profile in PROFILES if load_config(profile).contract.name == name]
    assert examined, f"no profile says dataset: {{contract: {name}}}"
