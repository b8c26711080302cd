"""The contract of the dataset in use, or of another by name."""

from reviewloop.config import Contract, load_config, read_dataset
from reviewloop.settings import settings


def load_contract(name: str | None = None) -> Contract:
    """The contract ``name`` of ``include/config/datasets/``; that of the configuration unless named here.

    Raises ``ConfigError`` in one line where there is no such file, or what it says does not hold together.
    """
    return load_config().contract if name is None else read_dataset(settings().config_dir, name).contract
