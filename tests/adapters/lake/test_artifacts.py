from pathlib import Path

import pytest
from tests.helpers.intruder import claim_names, replace_artifact

from reviewloop.adapters.lake import artifacts, s3
from reviewloop.errors import PermanentError

pytestmark = pytest.mark.contract


def test_an_artifact_is_published_once_and_read_back(lake: str) -> None:
    files = {"a.txt": b"one", "sub/b.txt": b"two"}
    first = artifacts.publish(s3.lake_uri("things"), files, {"rows": 2})
    again = artifacts.publish(s3.lake_uri("things"), files, {"rows": 99})
    assert again == first
    assert artifacts.open_artifact(first.uri).meta == {"rows": 2}
    assert first.read("sub/b.txt") == b"two"
    assert first.uri.endswith(first.digest[:16])


def test_other_bytes_never_overwrite(lake: str) -> None:
    artifacts.publish(s3.lake_uri("things"), {"a": b"one"}, folder="fixed")
    with pytest.raises(PermanentError, match="holds other bytes"):
        artifacts.publish(s3.lake_uri("things"), {"a": b"two"}, folder="fixed")


def test_a_half_written_artifact_is_not_readable_and_a_rerun_mends_it(lake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(uri: str, value: object) -> str:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(s3, "write_json", killed)
        with pytest.raises(KeyboardInterrupt):
            artifacts.publish(s3.lake_uri("things"), {"a": b"one"}, folder="whole")
    with pytest.raises(PermanentError, match="_manifest.json"):
        artifacts.open_named(s3.lake_uri("things", "whole"))
    artifacts.publish(s3.lake_uri("things"), {"a": b"one"}, folder="whole")
    assert artifacts.open_named(s3.lake_uri("things", "whole")).read("a") == b"one"


def test_what_is_named_by_its_inputs_is_made_once(lake: str) -> None:
    uri, made = s3.lake_uri("things", "by-inputs"), [b"one", b"two"]
    first = artifacts.publish_once(uri, lambda: {"a": made.pop(0)}, {"rows": 1})
    again = artifacts.publish_once(uri, lambda: {"a": made.pop(0)}, {"rows": 2})
    assert (again, again.uri, again.meta, again.read("a")) == (first, uri, {"rows": 1}, b"one")
    assert made == [b"two"]


def test_what_was_half_written_is_made_again(lake: str) -> None:
    uri = s3.lake_uri("things", "half")
    artifacts.publish_once(uri, lambda: {"a": b"one"})
    s3.remove(f"{uri}/{artifacts.MANIFEST}")
    assert artifacts.publish_once(uri, lambda: {"a": b"two"}).read("a") == b"two"


def test_damage_is_noticed(lake: str) -> None:
    artifact = artifacts.publish(s3.lake_uri("things"), {"a": b"one"})
    s3.write_bytes(f"{artifact.uri}/a", b"0ne")
    with pytest.raises(PermanentError, match="do not match the manifest"):
        artifact.read("a")


def test_a_manifest_whose_names_lead_elsewhere_writes_nothing(lake: str, tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    for name in ("../../climbed", "/climbed", "a//b"):
        artifact = artifacts.publish(s3.lake_uri("things"), {"a": name.encode()})
        claim_names(artifact.uri, name)
        for opened in (artifacts.open_artifact, artifacts.open_named):
            with pytest.raises(PermanentError, match="file name .* allowed: plain relative names"):
                opened(artifact.uri).download(inner)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_name_that_leads_elsewhere_is_not_published(lake: str) -> None:
    for name in ("../up", "/up", "a\\b", artifacts.MANIFEST):
        with pytest.raises(PermanentError, match=r"things/.*file name"):
            artifacts.publish(s3.lake_uri("things"), {"a": b"one", name: b"two"})
    assert list(s3.list_uris(s3.lake_uri("things"))) == []


def test_bytes_and_manifest_replaced_together_are_not_the_old_artifact(lake: str) -> None:
    for folder in ("{digest}", "batch={digest}"):
        artifact = artifacts.publish(s3.lake_uri("things"), {"a": b"old"}, folder=folder)
        replace_artifact(artifact.uri, {"a": b"new"})
        for digest in (None, artifact.digest):
            with pytest.raises(PermanentError, match="its files and manifest were replaced"):
                artifacts.open_artifact(artifact.uri, digest)


def test_the_whole_digest_is_compared_where_it_is_known(lake: str) -> None:
    artifact = artifacts.publish(s3.lake_uri("things"), {"a": b"old"})
    assert artifacts.open_artifact(artifact.uri, artifact.digest).read("a") == b"old"
    with pytest.raises(PermanentError, match="its files and manifest were replaced"):
        artifacts.open_artifact(artifact.uri, artifact.digest[:16] + "0" * 48)


def test_of_two_that_publish_a_model_at_once_the_notes_of_the_first_stay(lake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first = artifacts.publish(s3.lake_uri("models", "m"), {"a": b"one"}, {"by": "the first"})
    there, answers = s3.exists, [False, True]
    monkeypatch.setattr(s3, "exists", lambda uri: answers.pop(0) if uri.endswith(artifacts.MANIFEST) else there(uri))
    again = artifacts.publish(s3.lake_uri("models", "m"), {"a": b"one"}, {"by": "the second"})
    assert again == first
