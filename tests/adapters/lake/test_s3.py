from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reviewloop.adapters.lake import s3
from reviewloop.errors import PermanentError, TransientError

pytestmark = pytest.mark.contract


def test_a_missing_object_is_named(lake: str) -> None:
    with pytest.raises(PermanentError, match=r"read s3://.*/nothing: NoSuchKey"):
        s3.read_bytes(s3.lake_uri("nothing"))


def test_when_an_object_was_written_is_told_in_utc_and_its_absence_is_an_error(lake: str) -> None:
    before = datetime.now(UTC) - timedelta(seconds=2)
    uri = s3.write_bytes(s3.lake_uri("a"), b"one")
    assert before < s3.last_modified(uri) < datetime.now(UTC) + timedelta(seconds=2)
    with pytest.raises(PermanentError, match="look up s3://.*/nothing"):
        s3.last_modified(s3.lake_uri("nothing"))


@pytest.mark.parametrize("folder", ["models", "sealed"])
def test_what_decides_what_answers_is_written_once_and_never_deleted(lake: str, tmp_path: Path, folder: str) -> None:
    uri, path = s3.lake_uri(folder, "baseline", "x.json"), tmp_path / "x"
    path.write_bytes(b"two")
    with s3.writing_sealed():
        s3.write_bytes(uri, b"one")
        s3.write_bytes(uri, b"one")  # of a task that is run again
        tries: list[Callable[[], object]] = [
            lambda: s3.write_bytes(uri, b"two"),
            lambda: s3.write_json(uri, {}),
            lambda: s3.upload(path, uri),
        ]
        for attempt in tries:
            with pytest.raises(PermanentError, match=f"other bytes stand there already, .* {folder}/ is written once"):
                attempt()
        for roundabout in (f"{folder}//baseline/x.json", f"features/../{folder}/baseline/x.json", f"./{folder}/baseline/x.json"):
            with pytest.raises(PermanentError, match="must be written out plainly"):
                s3.write_bytes(s3.lake_uri(roundabout), b"two")
        for prefix in (f"{folder}/baseline/", folder[:2], ""):
            with pytest.raises(PermanentError, match="what a released version may stand on, never deleted"):
                s3.remove(s3.lake_uri(prefix))
        with s3.reading_sealed():
            assert s3.read_bytes(uri) == b"one"


def test_only_what_is_as_it_was_listed_goes_and_a_manifest_that_changed_keeps_all_of_its_files(lake: str) -> None:
    names = ("a/_manifest.json", "a/x", "b/x", "b/y", "c")
    uris = {name: s3.write_bytes(s3.lake_uri("chunks", name), b"one") for name in names}
    found = list(s3.list_objects(s3.lake_uri("chunks/")))
    for name in ("a/_manifest.json", "b/x"):
        s3.write_bytes(uris[name], b"two")
    s3.remove(uris["c"])
    assert s3.remove_unchanged([one for one in found if "/a/" in one.uri]) == [one for one in found if "/a/" in one.uri]
    assert [one.uri for one in s3.remove_unchanged([one for one in found if "/a/" not in one.uri])] == [uris["b/x"]]
    assert set(s3.list_uris(s3.lake_uri("chunks/"))) == {uris[name] for name in ("a/_manifest.json", "a/x", "b/x")}


@pytest.mark.parametrize("way", ["remove", "remove_unchanged"])
def test_whatever_a_manifest_is_listed_behind_it_goes_first(lake: str, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    names = ("A", "_manifest.json", "b")
    first, _, last = (s3.write_bytes(s3.lake_uri("chunks", "a", name), b"one") for name in names)
    root = s3.lake_uri("chunks", "a", "")
    found = list(s3.list_objects(root))
    assert found[0].uri == first
    delete = s3.client().delete_object

    def delete_one_and_die(**arguments: str) -> None:
        delete(**arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(s3.client(), "delete_object", delete_one_and_die)
    with pytest.raises(KeyboardInterrupt):
        s3.remove(root) if way == "remove" else s3.remove_unchanged(found)
    assert list(s3.list_uris(root)) == [first, last], "what a kill leaves is no artifact any more"


def test_a_manifest_that_changed_keeps_the_files_that_are_listed_before_it(lake: str) -> None:
    uris = [s3.write_bytes(s3.lake_uri("chunks", "a", name), b"one") for name in ("A", "_manifest.json")]
    found = list(s3.list_objects(s3.lake_uri("chunks", "a", "")))
    s3.write_bytes(uris[1], b"two")
    assert s3.remove_unchanged(found) == found
    assert all(map(s3.exists, uris))


def test_the_same_bytes_that_were_written_again_stay(lake: str) -> None:
    uri = s3.write_bytes(s3.lake_uri("chunks", "a"), b"one")
    (found,) = s3.list_objects(s3.lake_uri("chunks/"))
    older = replace(found, modified=found.modified - timedelta(days=1))
    assert s3.remove_unchanged([older]) == [older]
    assert s3.exists(uri)
    assert found.num_bytes == 3


def test_the_store_has_a_clock(lake: str) -> None:
    assert abs(s3.now() - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_file_is_put_once_from_disk_too(lake: str, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"one")
    uri = s3.upload(path, s3.lake_uri("models", "x"))
    assert (s3.upload(path, uri), s3.read_bytes(uri)) == (uri, b"one")


@pytest.mark.parametrize(
    "key", ["", "/", "sealed", "sealed/", "sealed/ab", "seal", "./sealed/", "x/../sealed", "//sealed/", "x/.."]
)
def test_a_prefix_with_the_sealed_part_in_it_is_no_tables(key: str) -> None:
    with pytest.raises(PermanentError, match="holds the sealed test part"):
        s3.require_unsealed(f"s3://b/{key}")


def test_a_copy_is_the_version_that_was_read_and_never_takes_the_place_of_what_is_written_once(lake: str) -> None:
    source, uri = s3.write_bytes(s3.lake_uri("inbox", "a"), b"one", "text/csv", {"rows": "1"}), s3.lake_uri("raw", "a")
    (stored,) = s3.list_objects(source)
    assert s3.read_bytes(s3.copy(source, stored.etag, uri)) == b"one"
    bucket, key = s3.split_uri(uri)
    told = s3.client().head_object(Bucket=bucket, Key=key)
    assert (told["ContentType"], told["Metadata"]) == ("application/octet-stream", {})
    s3.write_bytes(source, b"two")
    with pytest.raises(TransientError, match="another version took its place while it was read"):
        s3.copy(source, stored.etag, uri)
    assert s3.read_bytes(uri) == b"one"
    with pytest.raises(PermanentError, match="copy s3://.*/nothing to s3://"):
        s3.copy(s3.lake_uri("nothing"), stored.etag, uri)
    for folder in ("models", "sealed"):
        with s3.writing_sealed(), pytest.raises(PermanentError, match=f"under {folder}/ is written once; upload it"):
            s3.copy(source, stored.etag, s3.lake_uri(folder, "a"))


@pytest.mark.parametrize("key", ["drop/", "drop/sealed/", "sealed-offers/", "unsealed"])
def test_any_other_prefix_may_be_crawled(key: str) -> None:
    s3.require_unsealed(f"s3://b/{key}")


def test_a_lake_that_is_gone_is_no_empty_lake(lake: str) -> None:
    assert not s3.exists(s3.lake_uri("models", "nothing"))
    with pytest.raises(PermanentError, match="^REVIEWLOOP_BUCKET: no bucket 'gone'; make it, or name the one that holds the lake$"):
        s3.exists("s3://gone/models/nothing")


def test_folders_are_those_right_below_and_none_of_what_lies_in_them(lake: str) -> None:
    for key in ("a/day=2/x/1", "a/day=1/y", "a/day=1/z", "a/file", "ab/day=3/z"):
        s3.write_bytes(s3.lake_uri(key), b"")
    assert list(s3.list_folders(s3.lake_uri("a", ""))) == ["day=1", "day=2"]
