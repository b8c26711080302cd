"""Model folders with one thing wrong each, made of harmless bytes, and the words by which each is refused."""

import json
import pickle
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

TENSOR: Final = {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}


def safetensors(header: bytes, weights: bytes = bytes(4), length: int | None = None) -> bytes:
    """The bytes of such a file; ``length`` is what it says of its header, where that is not so."""
    return (len(header) if length is None else length).to_bytes(8, "little") + header + weights


def model_folder(folder: Path) -> Path:
    """A folder with nothing wrong, of a kind that only looks like a model."""
    folder.mkdir(parents=True)
    write(folder, "model.json", json.dumps({"kind": "transformer", "labels": ["negative", "neutral", "positive"]}).encode())
    write(folder, "config.json", b'{"model_type": "bert", "id2label": {"0": "negative"}}')
    write(folder, "tokenizer.json", b'{"model": {"vocab": {"auto_map": 1, "[PAD]": 0}}}')
    write(folder, "tokenizer_config.json", b'{"pad_token": "[PAD]"}')
    write(folder, "model.safetensors", safetensors(json.dumps({"head": TENSOR}).encode()))
    write(folder, "int8.xml", b"<?xml version='1.0'?><net/>")
    write(folder, "int8.bin", b"\x80\x04 looks like a pickle, and is numbers")
    write(folder, "vocab.txt", b"[PAD]\n")
    archive(folder, {"schema.json": b"{}", "1.npy": b"\x93NUMPY"})
    return folder


def write(folder: Path, name: str, data: bytes) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


def archive(folder: Path, members: Mapping[str, bytes], name: str = "model.skops") -> None:
    with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as sink:
        for member, data in members.items():
            sink.writestr(member, data)


def claimed_size(folder: Path) -> None:
    """An archive whose directory says that a member has five billion bytes; nothing of that size is made."""
    archive(folder, {"schema.json": b"{}", "1.npy": b"0"})
    data = bytearray((folder / "model.skops").read_bytes())
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = (2**32 - 2).to_bytes(4, "little")
    first = data.index(b"PK\x01\x02")
    data[first + 24 : first + 28] = (2**32 - 2).to_bytes(4, "little")
    (folder / "model.skops").write_bytes(data)


def link(folder: Path) -> None:
    (folder / "vocab.txt").unlink()
    (folder / "vocab.txt").symlink_to("/etc/hostname")


def many(folder: Path) -> None:
    for number in range(60):
        write(folder, f"part-{number}.safetensors", b"")


PICKLE: Final = pickle.dumps({"harmless": 1}, protocol=4)

FAULTS: Final[Mapping[str, tuple[Callable[[Path], None], str]]] = {
    "pickle_by_its_name": (lambda to: write(to, "weights.pkl", PICKLE), "weights.pkl: is no file that a model is made of"),
    "weights_of_torch": (lambda to: write(to, "pytorch_model.bin", PICKLE), "pytorch_model.bin: is no file"),
    "code": (lambda to: write(to, "modeling_ours.py", b"pass"), "modeling_ours.py: is no file"),
    "template": (lambda to: write(to, "chat_template.jinja", b"{{ x }}"), "chat_template.jinja: is no file"),
    "pickle_as_safetensors": (lambda to: write(to, "model.safetensors", PICKLE), "model.safetensors: is a pickle, not safetensors"),
    "zip_as_safetensors": (lambda to: archive(to, {"data.pkl": PICKLE}, "model.safetensors"), "safetensors: is a zip archive"),
    "pickle_as_skops": (lambda to: write(to, "model.skops", PICKLE), "model.skops: is a pickle, not a zip archive"),
    "pickle_as_json": (lambda to: write(to, "config.json", PICKLE), "config.json: is a pickle"),
    "pickle_as_vocabulary": (lambda to: write(to, "vocab.txt", PICKLE), "vocab.txt: is a pickle"),
    "pickle_in_skops": (lambda to: archive(to, {"schema.json": b"{}", "a.pkl": PICKLE}), "model.skops: holds 'a.pkl'"),
    "name_in_skops_climbs": (
        lambda to: archive(to, {"schema.json": b"{}", "../../a.npy": b"0"}), r"model.skops: .*'../../a.npy': climbs out",
    ),
    "bomb_in_skops": (claimed_size, "model.skops: unpacks to 8589934588 bytes, at most 4294967296"),
    "key_twice_in_schema": (
        lambda to: archive(to, {"schema.json": b'{"a": 1, "a": 2}'}), "model.skops: its schema.json key 'a' stands twice",
    ),
    "auto_map": (
        lambda to: write(to, "config.json", b'{"auto_map": {"AutoModel": "stranger/repo--modeling.Model"}}'),
        "config.json: auto_map: names code of others",
    ),
    "auto_map_of_tokenizer": (
        lambda to: write(to, "tokenizer_config.json", b'{"a": [{"auto_map": 1}]}'), "tokenizer_config.json: auto_map: names code",
    ),
    "custom_pipelines": (lambda to: write(to, "config.json", b'{"custom_pipelines": {}}'), "config.json: custom_pipelines: names"),
    "key_twice": (
        lambda to: write(to, "config.json", b'{"num_labels": 3, "num_labels": 4}'), "config.json: key 'num_labels' stands twice",
    ),
    "nested_too_deep": (lambda to: write(to, "config.json", b"[" * 200_000), "config.json: is nested too deep"),
    "header_too_long": (
        lambda to: write(to, "model.safetensors", safetensors(b"{}", length=2**62)), "model.safetensors: its header says it is",
    ),
    "tensor_twice": (
        lambda to: write(to, "model.safetensors", safetensors(b'{"head": {}, "head": {}}')),
        "model.safetensors: its header key 'head' stands twice",
    ),
    "weights_cut_off": (
        lambda to: write(to, "model.safetensors", safetensors(json.dumps({"head": TENSOR}).encode(), bytes(3))),
        "model.safetensors: its header tells of 4 bytes of weights, the file has 3",
    ),
    "document_type": (
        lambda to: write(to, "int8.xml", b"<?xml version='1.0'?><!DocType net [<!ENTITY a 'b'>]><net/>"),
        "int8.xml: declares a document type",
    ),
    "foreign_loader": (
        lambda to: write(to, "MLmodel", b"flavors: {python_function: {loader_module: antigravity}}"),
        "MLmodel: names the flavour python_function, loaded by 'antigravity'",
    ),
    "second_flavour": (
        lambda to: write(to, "MLmodel", b"flavors: {python_function: {loader_module: reviewloop.models.pyfunc}, sklearn: {}}"),
        "MLmodel: names the flavour .*sklearn",
    ),
    "loader_twice": (
        lambda to: write(to, "MLmodel", b"flavors: {}\nflavors: {}"), "MLmodel: it: line 2: key 'flavors' stands twice",
    ),
    "too_many_files": (many, "has (69|70) files, a model at most 64"),
    "link": (link, "vocab.txt: is a link"),
}  # fmt: skip
"""What is wrong -> what makes it so in the folder, and the words (a pattern) of the refusal."""
