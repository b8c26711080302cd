"""The labelling functions in ``include/config/labelling/<dataset>/``, read."""

from pathlib import Path

from reviewloop.config.strict_yaml import read_yaml
from reviewloop.core.digests import bytes_digest, tree_digest
from reviewloop.core.weak.functions import LabellingFunction, parse_functions
from reviewloop.settings import settings


def load_functions(dataset: str) -> tuple[LabellingFunction, ...]:
    """The dataset's functions, by name; none where it has no such folder.

    Raises ``ConfigError`` in one line where a file is wrong.
    """
    files = {path.stem: read_yaml(path, f"labelling/{dataset}: {path.name}") for path in _paths(dataset)}
    return parse_functions(dataset, files)


def functions_digest(dataset: str) -> str:
    """SHA-256 of the files: whether labels came from these same functions."""
    return tree_digest({path.name: bytes_digest(path.read_bytes()) for path in _paths(dataset)})


def _paths(dataset: str) -> list[Path]:
    return sorted((settings().config_dir / "labelling" / dataset).glob("*.y*ml"))
