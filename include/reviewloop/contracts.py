"""The contract of the dataset in use, from ``include/config/datasets/``."""

from functools import lru_cache

from reviewloop.config import load_config
from reviewloop.config.strict_yaml import read_yaml
from reviewloop.core.delivery.contract import Contract, parse_contract
from reviewloop.errors import ConfigError
from reviewloop.settings import settings


@lru_cache(maxsize=4)
def load_contract(name: str | None = None) -> Contract:
    """The contract ``name`` (``dataset.contract`` of the config unless named here).

    Raises ``ConfigError`` in one line where there is no such file, or what it says does not hold together.
    """
    name = name or load_config().dataset.contract
    folder = settings().config_dir / "datasets"
    path = folder / f"{name}.yaml"
    if not path.is_file():
        raise ConfigError(
            f"dataset.contract: no file {path.name}; known: {', '.join(sorted(p.stem for p in folder.glob('*.yaml')))}"
        )
    data = read_yaml(path, f"datasets/{path.name}")
    if not isinstance(data, dict):
        raise ConfigError(f"datasets/{path.name}: expected a mapping, found {type(data).__name__}")
    return parse_contract(name, data)
