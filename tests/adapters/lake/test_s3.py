from datetime import UTC, datetime, timedelta

import pytest

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
        s3.open_artifact(s3.lake_uri("things", "whole"))
    s3.publish(s3.lake_uri("things"), {"a": b"one"}, folder="whole")
    assert s3.open_artifact(s3.lake_uri("things", "whole")).read("a") == b"one"


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
