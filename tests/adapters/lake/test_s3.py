from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.helpers.intruder import claim_names, replace_artifact

from reviewloop.adapters.lake import s3
from reviewloop.errors import PermanentError

pytestmark = pytest.mark.contract


def test_an_artifact_is_published_once_and_read_back(lake: str) -> None:
    files = {"a.txt": b"one", "sub/b.txt": b"two"}
    first = s3.publish(s3.lake_uri("things"), files, {"rows": 2})
    again = s3.publish(s3.lake_uri("things"), files, {"rows": 99})
    assert again == first
    assert s3.open_artifact(first.uri).meta == {"rows": 2}
    assert first.read("sub/b.txt") == b"two"
    assert first.uri.endswith(first.digest[:16])


def test_other_bytes_never_overwrite(lake: str) -> None:
    s3.publish(s3.lake_uri("things"), {"a": b"one"}, folder="fixed")
    with pytest.raises(PermanentError, match="holds other bytes"):
        s3.publish(s3.lake_uri("things"), {"a": b"two"}, folder="fixed")


def test_a_half_written_artifact_is_not_readable_and_a_rerun_mends_it(lake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(uri: str, value: object) -> str:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(s3, "write_json", killed)
        with pytest.raises(KeyboardInterrupt):
            s3.publish(s3.lake_uri("things"), {"a": b"one"}, folder="whole")
    with pytest.raises(PermanentError, match="_manifest.json"):
        s3.open_named(s3.lake_uri("things", "whole"))
    s3.publish(s3.lake_uri("things"), {"a": b"one"}, folder="whole")
    assert s3.open_named(s3.lake_uri("things", "whole")).read("a") == b"one"


def test_what_is_named_by_its_inputs_is_made_once(lake: str) -> None:
    uri, made = s3.lake_uri("things", "by-inputs"), [b"one", b"two"]
    first = s3.publish_once(uri, lambda: {"a": made.pop(0)}, {"rows": 1})
    again = s3.publish_once(uri, lambda: {"a": made.pop(0)}, {"rows": 2})
    assert (again, again.uri, again.meta, again.read("a")) == (first, uri, {"rows": 1}, b"one")
    assert made == [b"two"]


def test_what_was_half_written_is_made_again(lake: str) -> None:
    uri = s3.lake_uri("things", "half")
    s3.publish_once(uri, lambda: {"a": b"one"})
    s3.remove(f"{uri}/{s3.MANIFEST}")
    assert s3.publish_once(uri, lambda: {"a": b"two"}).read("a") == b"two"


def test_damage_is_noticed(lake: str) -> None:
    artifact = s3.publish(s3.lake_uri("things"), {"a": b"one"})
    s3.write_bytes(f"{artifact.uri}/a", b"0ne")
    with pytest.raises(PermanentError, match="do not match the manifest"):
        artifact.read("a")


def test_a_missing_object_is_named(lake: str) -> None:
    with pytest.raises(PermanentError, match=r"read s3://.*/nothing: NoSuchKey"):
        s3.read_bytes(s3.lake_uri("nothing"))


def test_when_an_object_was_written_is_told_in_utc_and_its_absence_is_an_error(lake: str) -> None:
    before = datetime.now(UTC) - timedelta(seconds=2)
    uri = s3.write_bytes(s3.lake_uri("a"), b"one")
    assert before < s3.last_modified(uri) < datetime.now(UTC) + timedelta(seconds=2)
    with pytest.raises(PermanentError, match="look up s3://.*/nothing"):
        s3.last_modified(s3.lake_uri("nothing"))


def test_a_manifest_whose_names_lead_elsewhere_writes_nothing(lake: str, tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    for name in ("../../climbed", "/climbed", "a//b"):
        artifact = s3.publish(s3.lake_uri("things"), {"a": name.encode()})
        claim_names(artifact.uri, name)
        for opened in (s3.open_artifact, s3.open_named):
            with pytest.raises(PermanentError, match="file name .* allowed: plain relative names"):
                opened(artifact.uri).download(inner)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_name_that_leads_elsewhere_is_not_published(lake: str) -> None:
    for name in ("../up", "/up", "a\\b", s3.MANIFEST):
        with pytest.raises(PermanentError, match=r"things/.*file name"):
            s3.publish(s3.lake_uri("things"), {"a": b"one", name: b"two"})
    assert list(s3.list_uris(s3.lake_uri("things"))) == []


def test_bytes_and_manifest_replaced_together_are_not_the_old_artifact(lake: str) -> None:
    for folder in ("{digest}", "batch={digest}"):
        artifact = s3.publish(s3.lake_uri("things"), {"a": b"old"}, folder=folder)
        replace_artifact(artifact.uri, {"a": b"new"})
        for digest in (None, artifact.digest):
            with pytest.raises(PermanentError, match="its files and manifest were replaced"):
                s3.open_artifact(artifact.uri, digest)


def test_the_whole_digest_is_compared_where_it_is_known(lake: str) -> None:
    artifact = s3.publish(s3.lake_uri("things"), {"a": b"old"})
    assert s3.open_artifact(artifact.uri, artifact.digest).read("a") == b"old"
    with pytest.raises(PermanentError, match="its files and manifest were replaced"):
        s3.open_artifact(artifact.uri, artifact.digest[:16] + "0" * 48)


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
            with pytest.raises(PermanentError, match="is written once and never deleted"):
                s3.remove(s3.lake_uri(prefix))
        with s3.reading_sealed():
            assert s3.read_bytes(uri) == b"one"


def test_a_file_is_put_once_from_disk_too(lake: str, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"one")
    uri = s3.upload(path, s3.lake_uri("models", "x"))
    assert (s3.upload(path, uri), s3.read_bytes(uri)) == (uri, b"one")


def test_of_two_that_publish_a_model_at_once_the_notes_of_the_first_stay(lake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first = s3.publish(s3.lake_uri("models", "m"), {"a": b"one"}, {"by": "the first"})
    there, answers = s3.exists, [False, True]
    monkeypatch.setattr(s3, "exists", lambda uri: answers.pop(0) if uri.endswith(s3.MANIFEST) else there(uri))
    again = s3.publish(s3.lake_uri("models", "m"), {"a": b"one"}, {"by": "the second"})
    assert again == first


@pytest.mark.parametrize(
    "key", ["", "/", "sealed", "sealed/", "sealed/ab", "seal", "./sealed/", "x/../sealed", "//sealed/", "x/.."]
)
def test_a_prefix_with_the_sealed_part_in_it_is_no_tables(key: str) -> None:
    with pytest.raises(PermanentError, match="holds the sealed test part"):
        s3.require_unsealed(f"s3://b/{key}")


@pytest.mark.parametrize("key", ["drop/", "drop/sealed/", "sealed-offers/", "unsealed"])
def test_any_other_prefix_may_be_crawled(key: str) -> None:
    s3.require_unsealed(f"s3://b/{key}")
