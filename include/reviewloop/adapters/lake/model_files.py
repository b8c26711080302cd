"""What a model folder may be made of. Looked at before it is signed, and before a library reads a byte of it.

A signature says who made a model, not that its maker was careful: a base model that was fetched brings files of its own. So only
kinds of files that cannot hold code are let through, by name, and each is looked at as far as its format may lie: lengths, names,
repeated keys. Nothing here builds what a file describes.
"""

import zipfile
from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

from reviewloop.config.strict_yaml import read_yaml
from reviewloop.core.lake.manifests import check_names
from reviewloop.core.lake.strict_json import strict_json
from reviewloop.errors import ConfigError, PermanentError, Refused

MAX_FILES: Final = 64
"""Of one model; ours have at most 14, sharded weights of others some dozens."""
_MAX_JSON: Final = 64 * 2**20
"""Bytes of a JSON file; the tokenizer of 250,000 words has 17 MB."""
_MAX_TEXT: Final = 2**20
"""Bytes of ``MLmodel``, which has about a thousand."""
_MAX_HEADER: Final = 100_000_000
"""Bytes of the header of ``*.safetensors``: the format's own limit."""
_MAX_UNPACKED: Final = 4 * 2**30
"""Bytes of what ``model.skops`` unpacks to."""
_MAX_MEMBERS: Final = 250_000
"""Of ``model.skops``; an older baseline has one for each word that it knows, of which the configuration may allow many."""
_FOREIGN: Final = frozenset({"auto_map", "custom_pipelines", "trust_remote_code", "custom_code"})
"""Keys by which a configuration of the model hub names code to be fetched and run."""
_LOADERS: Final = frozenset({"reviewloop.models.pyfunc", "reviewloop.adapters.pyfunc"})
"""What ``MLmodel`` may name as its loader: MLflow imports it."""
_FORMATS: Final = {
    b"PK\x03\x04": "a zip archive, as torch.save writes one",
    **{bytes([0x80, version]): "a pickle" for version in range(2, 6)},
    b"\x93NUMPY": "a NumPy array",
    b"\x7fELF": "a program",
}


def require_names(where: str, names: Iterable[str]) -> None:
    """Raises ``Refused``, beginning with ``where``, for too many files, and for one of a kind that no model here is made of."""
    found = list(names)
    if len(found) > MAX_FILES:
        raise Refused(f"{where}: has {len(found)} files, a model at most {MAX_FILES}")
    for name in found:
        if _check_of(name) is None:
            raise Refused(f"{where}: {name}: is no file that a model is made of; allowed are {', '.join(_CHECKS)}")


def require_harmless(folder: Path) -> None:
    """Raises ``Refused`` naming the first file of ``folder`` that a model must not have, or that is not what its name says."""
    paths = sorted(folder.rglob("*"))
    for path in paths:
        if path.is_symlink():
            raise Refused(f"{folder.name}: {path.relative_to(folder)}: is a link; what it leads to may be changed by others")
        if not (path.is_file() or path.is_dir()):
            raise Refused(f"{folder.name}: {path.relative_to(folder)}: is neither a file nor a folder")
    files = [path for path in paths if path.is_file()]
    names = [path.relative_to(folder).as_posix() for path in files]
    require_names(folder.name, names)
    for path, name in zip(files, names, strict=True):
        check = _check_of(name)
        fault = check(path) if check else None
        if fault:
            raise Refused(f"{folder.name}: {name}: {fault}")


def _json(path: Path) -> str | None:
    if (size := path.stat().st_size) > _MAX_JSON:
        return f"has {size} bytes, a JSON file of a model at most {_MAX_JSON}"
    try:
        found = strict_json(data := path.read_bytes())
    except ValueError as error:
        return f"is {what}" if (what := _format_of(data)) else str(error)
    named = next(iter(sorted(_keys(found) & _FOREIGN)), None) if path.name != "tokenizer.json" else None  # its keys are words, too
    return f"{named}: names code of others to be run; take it out, and bring the model in a kind that needs none" if named else None


def _keys(value: Any) -> set[str]:
    """Of all mappings in a JSON value, however deep."""
    keys: set[str] = set()
    todo = [value]
    while todo:
        one = todo.pop()
        if isinstance(one, dict):
            keys |= one.keys()
            todo += one.values()
        elif isinstance(one, list):
            todo += one
    return keys


def _safetensors(path: Path) -> str | None:
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(8)
        length = int.from_bytes(head, "little")
        if len(head) < 8 or length > min(_MAX_HEADER, size - 8):
            what = _format_of(head)
            told = f"its header says it is {length} bytes long, of a file of {size} (at most {_MAX_HEADER})"
            return f"is {what}, not safetensors" if what else told
        header = file.read(length)
    try:
        tensors = strict_json(header)
        ends = [int(tensor["data_offsets"][1]) for name, tensor in tensors.items() if name != "__metadata__"]
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        return f"its header {error if isinstance(error, ValueError) else 'is not one of safetensors'}"
    if max(ends, default=0) != size - 8 - length:
        return f"its header tells of {max(ends, default=0)} bytes of weights, the file has {size - 8 - length}"
    return None


def _skops(path: Path) -> str | None:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if len(members) > _MAX_MEMBERS:
                return f"holds {len(members)} members, at most {_MAX_MEMBERS}"
            check_names("it holds", [member.filename for member in members])
            if odd := [one.filename for one in members if Path(one.filename).suffix not in {".json", ".npy", ".npz"}]:
                return f"holds {odd[0]!r}, which is no array and no schema"
            if (unpacked := sum(member.file_size for member in members)) > _MAX_UNPACKED:
                return f"unpacks to {unpacked} bytes, at most {_MAX_UNPACKED}"
            strict_json(archive.read("schema.json"))
    except PermanentError as error:
        return str(error)
    except (zipfile.BadZipFile, KeyError, NotImplementedError, RuntimeError):
        return f"is {_format_of(path.read_bytes()[:8]) or 'no file of skops'}, not a zip archive with a schema.json"
    except ValueError as error:
        return f"its schema.json {error}"
    return None


def _xml(path: Path) -> str | None:
    data = path.read_bytes()
    if not data.lstrip().startswith(b"<"):
        return f"is {_format_of(data) or 'no XML'}"
    return "declares a document type: entities can grow without end, or name files" if b"<!DOCTYPE" in data.upper() else None


def _text(path: Path) -> str | None:
    with path.open("rb") as file:
        what = _format_of(file.read(8))
    return f"is {what}" if what else None


def _mlmodel(path: Path) -> str | None:
    if (size := path.stat().st_size) > _MAX_TEXT:
        return f"has {size} bytes, at most {_MAX_TEXT}"
    try:
        flavours = read_yaml(path, "it")["flavors"]
        loaders = {flavour.get("loader_module") for flavour in flavours.values()}
    except ConfigError as error:
        return str(error)
    except (TypeError, KeyError, AttributeError):
        return "names no flavour"
    if set(flavours) != {"python_function"} or not loaders <= _LOADERS:
        told = ", ".join(f"{name}, loaded by {flavour.get('loader_module')!r}" for name, flavour in flavours.items())
        return f"names the flavour {told}: MLflow would run it; allowed is python_function, loaded by {min(_LOADERS)!r}"
    return None


def _raw(_path: Path) -> None:
    """Numbers without a format, which are read at the places that another file names."""


_CHECKS: Final[Mapping[str, Callable[[Path], str | None]]] = {
    "MLmodel": _mlmodel, "*.json": _json, "*.safetensors": _safetensors, "model.skops": _skops, "int8.xml": _xml, "int8.bin": _raw,
    "vocab.txt": _text, "merges.txt": _text, "*.model": _text,
}  # fmt: skip
"""What a model is made of, by name or pattern: what looks at such a file and says what is wrong with it, if something is."""


def _check_of(name: str) -> Callable[[Path], str | None] | None:
    last = name.rpartition("/")[2]
    return next((check for pattern, check in _CHECKS.items() if fnmatchcase(last, pattern)), None)


def _format_of(head: bytes) -> str | None:
    return next((what for begin, what in _FORMATS.items() if head.startswith(begin)), None)
