"""A dataset's file: its contract, and what the configuration must know of this dataset alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from reviewloop.config.data.contract import Contract, parse_contract
from reviewloop.config.data.names import is_name
from reviewloop.config.strict_yaml import read_yaml
from reviewloop.errors import ConfigError

_NOT_HERE: Final = ("dataset", "contract")


@dataclass(frozen=True)
class Dataset:
    """``config`` is laid over ``base.yaml``, under the profile."""

    contract: Contract
    config: Mapping[str, Any]


@lru_cache(maxsize=8)
def read_dataset(folder: Path, name: str) -> Dataset:
    """``datasets/<name>.yaml`` under ``folder``.

    Raises ``ConfigError`` in one line where there is no such file, or what it says does not hold together.
    """
    path = folder / "datasets" / f"{name}.yaml"
    if not is_name(name) or not path.is_file():
        known = sorted(found.stem for found in (folder / "datasets").glob("*.yaml"))
        raise ConfigError(f"dataset.contract: no file {name}.yaml; known: {', '.join(known)}")
    data = read_yaml(path, f"datasets/{path.name}")
    if not isinstance(data, dict):
        raise ConfigError(f"datasets/{path.name}: expected a mapping, found {type(data).__name__}")
    config = data.pop("config", None) or {}
    if not isinstance(config, dict) or any(section in config for section in _NOT_HERE):
        raise ConfigError(f"datasets/{path.name}: config: expected sections of base.yaml other than {' and '.join(_NOT_HERE)}")
    return Dataset(parse_contract(name, data), config)
