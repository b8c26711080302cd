"""The weights of a pretrained encoder: where they lie, by the names that the configuration gives them, and which they are."""

import importlib.util
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

from reviewloop.config.training.encoders import EncoderConfig, encoder_of, read_encoders
from reviewloop.core.digests import file_digest, tree_digest
from reviewloop.errors import ConfigError, TransientError
from reviewloop.settings import settings

FIELD: Final = "training.transformer.model"
CONFIG: Final = "config.json"
WEIGHTS: Final = ("*.safetensors", "*.safetensors.index.json")
WEIGHTS_FILE: Final = "model.safetensors"
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

    A name of the catalogue of encoders is the place that this says. Raises ``ConfigError`` for any other hub id without its
    revision: under the same name the hub may hold other weights tomorrow.
    """
    known = encoder_of(model)
    model = known.place if known else model
    if model.startswith("package:"):
        return str(package_folder(model.removeprefix("package:")))
    path = Path(model)
    if path.is_dir():
        return str(path.resolve())
    if not _ON_THE_HUB.fullmatch(model):
        name = model.partition("@")[0]
        how = f"name one of the hub with its revision, {name}@ and the 40 hex digits of a commit of https://huggingface.co/{name}"
        names = ", ".join(one.name for one in read_encoders(settings().config_dir))
        raise ConfigError(
            f"{FIELD}: {model!r} is no folder, and no model at a fixed revision; {how}, or an encoder known here ({names})"
        )
    return model


def fetched(model: str | Path, files: Sequence[str] = FILES) -> Path:
    """The folder that holds ``files`` of ``model``; one of the hub is downloaded at its revision, or found in the hub's cache.

    Raises ``ConfigError`` where the hub has no such model or revision, or where the weights of an encoder of the catalogue are
    others than it says; ``TransientError`` where the hub does not answer.
    """
    place = pretrained(str(model))
    folder = Path(place) if Path(place).is_dir() else _from_hub(place, files)
    if not set(WEIGHTS).isdisjoint(files):
        _require_weights_of(str(model), folder)
    return folder


def _require_weights_of(model: str, folder: Path) -> None:
    known = encoder_of(model)
    if known and (wrong := other_weights(known, folder)):
        raise ConfigError(f"{FIELD}: {known.name}: {wrong}; install the right ones, or correct encoders.yaml")


def other_weights(known: EncoderConfig, folder: Path) -> str:
    """What is wrong with the weights of ``known`` in ``folder``; empty where they are the catalogue's, or it does not say."""
    path = folder / WEIGHTS_FILE
    if known.weights_sha256 is None or not path.is_file():
        return ""
    found = _digest(path, path.stat().st_size, path.stat().st_mtime_ns)
    return "" if found == known.weights_sha256 else f"{WEIGHTS_FILE} is sha256:{found[:16]}, not sha256:{known.weights_sha256[:16]}"


def cached(model: str) -> Path | None:
    """The folder of ``model`` where it is on this machine already, whole or in part; nothing is downloaded."""
    place = pretrained(model)
    if Path(place).is_dir():
        return Path(place)
    from huggingface_hub import try_to_load_from_cache

    name, _, revision = place.partition("@")
    found = try_to_load_from_cache(name, WEIGHTS_FILE, revision=revision)
    return Path(found).parent if isinstance(found, str) else None


def _from_hub(place: str, files: Sequence[str]) -> Path:
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
    where they may have to be fetched. Raises as ``pretrained`` and ``files_digest`` do, and ``ConfigError`` where the weights at
    hand are not those of the catalogue.
    """
    place = pretrained(model)
    if not Path(place).is_dir():
        return f"revision:{place.rpartition('@')[2]}"
    _require_weights_of(model, Path(place))
    return f"sha256:{files_digest(Path(place))}"


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
