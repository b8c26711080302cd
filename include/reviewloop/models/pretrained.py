"""The weights of a pretrained encoder: where they lie, by the names that the configuration gives them, and which they are."""

import importlib.util
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

from reviewloop.core.digests import file_digest, tree_digest
from reviewloop.errors import ConfigError, TransientError

FIELD: Final = "training.transformer.model"
CONFIG: Final = "config.json"
WEIGHTS: Final = ("*.safetensors", "*.safetensors.index.json")
TOKENIZER: Final = (
    "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
    "vocab.json", "vocab.txt", "merges.txt", "*.model",
)  # fmt: skip
FILES: Final = (CONFIG, *WEIGHTS, *TOKENIZER)
"""What of a model's folder decides what is trained; the rest is for people, or for other libraries."""
_ON_THE_HUB: Final = re.compile(r"([\w.-]+/)?[\w.-]+@[0-9a-f]{40}")


def package_folder(name: str) -> Path:
    """The folder with ``config.json`` and ``tokenizer.json`` inside the installed package ``name``.

    The package is searched, not imported. Raises ``ConfigError`` when there is no such package or no such folder in it.
    """
    spec = importlib.util.find_spec(name) if name.isidentifier() else None
    if spec is None or not spec.submodule_search_locations:
        raise ConfigError(f"{FIELD}: package:{name} names no installed package; install it or name a folder or a hub id")
    for root in map(Path, spec.submodule_search_locations):
        for found in sorted(root.rglob("tokenizer.json")):
            if (found.parent / CONFIG).is_file():
                return found.parent
    raise ConfigError(f"{FIELD}: package:{name} holds no folder with config.json and tokenizer.json")


def pretrained(model: str) -> str:
    """``model`` as ``fetched`` finds it on this machine: the folder of ``package:NAME`` and of a path, else the hub id.

    Raises ``ConfigError`` for a hub id without its revision: under the same name the hub may hold other weights tomorrow.
    """
    if model.startswith("package:"):
        return str(package_folder(model.removeprefix("package:")))
    path = Path(model)
    if path.is_dir():
        return str(path.resolve())
    if not _ON_THE_HUB.fullmatch(model):
        name = model.partition("@")[0]
        how = f"name one of the hub with its revision, {name}@ and the 40 hex digits of a commit of https://huggingface.co/{name}"
        raise ConfigError(f"{FIELD}: {model!r} is no folder, and no model at a fixed revision; {how}")
    return model


def fetched(model: str | Path, files: Sequence[str] = FILES) -> Path:
    """The folder that holds ``files`` of ``model``; one of the hub is downloaded at its revision, or found in the hub's cache.

    Raises ``ConfigError`` where the hub has no such model or revision, ``TransientError`` where it does not answer.
    """
    place = pretrained(str(model))
    if Path(place).is_dir():
        return Path(place)
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError, RepositoryNotFoundError, RevisionNotFoundError

    name, _, revision = place.partition("@")
    try:
        return Path(snapshot_download(name, revision=revision, allow_patterns=list(files), ignore_patterns=["*/*"]))
    except LocalEntryNotFoundError as error:
        raise TransientError(f"{FIELD}: {place} is not cached and the model hub does not answer: {_first_line(error)}") from error
    except (HFValidationError, RepositoryNotFoundError, RevisionNotFoundError) as error:
        raise ConfigError(f"{FIELD}: {place}: the model hub has no such model and revision: {_first_line(error)}") from error


def pin(model: str) -> str:
    """What tells these weights from all others of the name ``model``, before any are loaded.

    ``sha256:`` and ``files_digest`` where they are at hand; ``revision:`` and the hub's commit, which fixes each file's bytes,
    where they may have to be fetched. Raises as ``pretrained`` and ``files_digest`` do.
    """
    place = pretrained(model)
    return f"sha256:{files_digest(Path(place))}" if Path(place).is_dir() else f"revision:{place.rpartition('@')[2]}"


def files_digest(folder: Path) -> str:
    """SHA-256, in hex, over names and bytes of the ``FILES`` in ``folder``. Raises ``ConfigError`` where it has no safetensors."""
    found = sorted({path for pattern in FILES for path in folder.glob(pattern) if path.is_file()})
    if not any(path.suffix == ".safetensors" for path in found):
        raise ConfigError(f"{FIELD}: {folder} holds no *.safetensors; save the encoder's weights there in that format")
    return tree_digest({path.name: _digest(path, path.stat().st_size, path.stat().st_mtime_ns) for path in found})


@lru_cache(maxsize=64)
def _digest(path: Path, _size: int, _mtime_ns: int) -> str:
    return file_digest(path)


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
