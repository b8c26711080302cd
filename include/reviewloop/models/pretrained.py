"""Where the weights of a pretrained encoder lie, by the names that the configuration gives them."""

import importlib.util
from pathlib import Path
from typing import Final

from reviewloop.errors import ConfigError

FIELD: Final = "training.transformer.model"


def package_folder(name: str) -> Path:
    """The folder with ``config.json`` and ``tokenizer.json`` inside the installed package ``name``.

    The package is searched, not imported. Raises ``ConfigError`` when there is no such package or no such folder in it.
    """
    spec = importlib.util.find_spec(name) if name.isidentifier() else None
    if spec is None or not spec.submodule_search_locations:
        raise ConfigError(f"{FIELD}: package:{name} names no installed package; install it or name a folder or a hub id")
    for root in map(Path, spec.submodule_search_locations):
        for found in sorted(root.rglob("tokenizer.json")):
            if (found.parent / "config.json").is_file():
                return found.parent
    raise ConfigError(f"{FIELD}: package:{name} holds no folder with config.json and tokenizer.json")


def pretrained(model: str) -> str:
    """``model`` as Hugging Face's ``from_pretrained`` takes it: a folder for ``package:NAME`` and for a path, else the hub id."""
    if model.startswith("package:"):
        return str(package_folder(model.removeprefix("package:")))
    path = Path(model)
    return str(path.resolve()) if path.is_dir() else model
