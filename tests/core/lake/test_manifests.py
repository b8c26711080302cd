"""What a manifest says is judged before anything is done with it."""

import json

import pytest

from reviewloop.core.digests import tree_digest
from reviewloop.core.lake.manifests import MANIFEST, check_names, is_named_by, parse_manifest
from reviewloop.errors import PermanentError

SHA = "ab" * 32


def manifest(**changed: object) -> bytes:
    files = {"a.txt": SHA}
    return json.dumps({"digest": tree_digest(files), "files": files, "meta": {}} | changed).encode()


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("../x", "climbs out of its folder"),
        ("a/../../x", "climbs out of its folder"),
        ("..", "climbs out of its folder"),
        ("a/..", "climbs out of its folder"),
        ("/etc/x", "is absolute"),
        ("//x", "is absolute"),
        ("..\\x", "is a path of Windows"),
        ("a\\b", "is a path of Windows"),
        ("C:x", "is a path of Windows"),
        ("c:/x", "is a path of Windows"),
        ("", "has an empty part"),
        ("a//b", "has an empty part"),
        ("a/", "has an empty part"),
        (".", "has an empty part"),
        ("a/./b", "has an empty part"),
        ("a\0b", "holds signs that cannot be seen"),
        ("a\nb", "holds signs that cannot be seen"),
        ("a\x7f", "holds signs that cannot be seen"),
        ("a\u202egpj.exe", "holds signs that cannot be seen"),
        ("a\u2028b", "holds signs that cannot be seen"),
        ("a\ud800", "holds signs that cannot be seen"),
        (MANIFEST, "is the manifest's own"),
        (f"a/{MANIFEST}", "is the manifest's own"),
        ("é" * 128, "has a part of more than 255 bytes"),
    ],
)
def test_a_name_that_is_no_plain_relative_one_is_refused(name: str, fault: str) -> None:
    with pytest.raises(PermanentError, match=f"^s3://b/x: file name .*: {fault}; allowed: plain relative names") as refused:
        check_names("s3://b/x", [name])
    assert "\n" not in str(refused.value)
    files = {name: SHA}
    with pytest.raises(PermanentError, match=fault):
        parse_manifest("s3://b/x", json.dumps({"digest": tree_digest(files), "files": files, "meta": {}}).encode())


@pytest.mark.parametrize("names", [["A.json", "a.json"], ["é", "e\u0301"], ["ß", "SS"], ["a/B", "A/b"]])
def test_two_names_that_are_one_on_some_disks_are_refused(names: list[str]) -> None:
    with pytest.raises(PermanentError, match="are one on some disks"):
        check_names("s3://b/x", names)


@pytest.mark.parametrize("names", [["a", "a/b"], ["a/b/c", "A"]])
def test_a_file_that_is_also_a_folder_is_refused(names: list[str]) -> None:
    with pytest.raises(PermanentError, match="is also the folder of"):
        check_names("s3://b/x", names)


def test_ordinary_names_are_taken() -> None:
    names = [
        "model.json",
        "a/b.c",
        "_origin.json",
        "...",
        "a..b",
        ".hidden",
        "May 2026 (1).csv",
        "données.csv",
        "xy:z",
        "~",
    ]
    check_names("s3://b/x", names)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is no manifest; it needs digest, files and meta"),
        (b"[]", "is no manifest"),
        (b"{}", "is no manifest"),
        (b"\xff", "is no manifest"),
        (manifest(files=["a"]), "is no manifest"),
        (manifest(files={"a": 1}), "its digests must be SHA-256"),
        (manifest(digest="short"), "its digests must be SHA-256"),
        (manifest(digest=None), "its digests must be SHA-256"),
        (manifest(digest="cd" * 32), "its digest is not that of the files it names"),
        (manifest(files={"a.txt": "cd" * 32}), "its digest is not that of the files it names"),
    ],
)
def test_what_is_not_true_of_itself_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(PermanentError, match=f"^s3://b/x: .*{reason}"):
        parse_manifest("s3://b/x", data)


def test_a_folder_is_named_by_the_digest_alone_or_behind_its_key() -> None:
    assert all(is_named_by(folder, SHA) for folder in (SHA[:16], f"batch={SHA[:16]}"))
    assert not any(is_named_by(folder, SHA) for folder in (SHA[:15], SHA, "", f"{SHA[:16]}=", "batch=" + "0" * 16))
