"""A model is what its digest says, in the lake and in this machine's copy of it; otherwise it is not loaded."""

import json
import logging
import os
import time
from pathlib import Path

import pytest
from tests.helpers.intruder import claim_names, overwrite, replace_artifact

from reviewloop.adapters.lake import artifacts, model_store, places, s3, signatures
from reviewloop.errors import PermanentError, Refused
from reviewloop.models.kinds.table import KINDS
from reviewloop.refs import ModelRef
from reviewloop.settings import settings

pytestmark = pytest.mark.contract

FILES = {"model.json": b"{}", "weights/a.json": b"[" + b"0," * 500 + b"0]"}


@pytest.fixture
def model(lake: str) -> artifacts.Artifact:
    return signed(FILES)


def signed(files: dict[str, bytes]) -> artifacts.Artifact:
    artifact = artifacts.publish(places.models("baseline"), files)
    signatures.sign(artifact)
    return artifact


def of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_model_is_kept_and_read_anew_at_every_load(model: artifacts.Artifact, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = model_store.fetch_model(model.uri, model.digest)
    assert (folder.name, of(folder)) == (model.digest[:16], FILES)
    monkeypatch.setattr(s3, "download", None)  # nothing is fetched again
    assert model_store.fetch_model(model.uri) == folder


@pytest.mark.parametrize("spoil", ["changed", "added", "removed"])
def test_a_kept_copy_that_was_spoilt_is_fetched_anew(
    model: artifacts.Artifact, spoil: str, caplog: pytest.LogCaptureFixture
) -> None:
    folder = model_store.fetch_model(model.uri)
    if spoil == "removed":
        (folder / "model.json").unlink()
    else:
        (folder / {"changed": "model.json", "added": "config.json"}[spoil]).write_bytes(b'{"kind": "other"}')
    with caplog.at_level(logging.WARNING):
        assert of(model_store.fetch_model(model.uri)) == FILES
    assert f"{folder}: its files are not those of {model.uri} any more; fetched anew" in caplog.text
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_a_damaged_model_of_a_job_is_told_whatever_its_kind_and_form(model: artifacts.Artifact) -> None:
    made = [(kind, form) for kind, forms in KINDS.items() for form in ("", *forms)]
    keys = {one: f"{at:064x}"[::-1] for at, one in enumerate(made)}
    for (kind, form), key in keys.items():
        ref = ModelRef(kind=kind, uri=model.uri, digest=model.digest, job_key=key, mlflow_run_id="")
        s3.write_json(places.model_pointer(kind, key, form), ref.model_dump())
    assert [model_store.damage(key) for key in keys.values()] == [""] * len(keys)
    overwrite(f"{model.uri}/model.json", b"[]")
    assert {one for one, key in keys.items() if "do not match the manifest" in model_store.damage(key)} == set(made)


def test_a_kept_copy_with_a_link_in_it_is_fetched_anew(model: artifacts.Artifact, tmp_path: Path) -> None:
    folder = model_store.fetch_model(model.uri)
    elsewhere = (folder / "model.json").rename(tmp_path / "model.json")
    (folder / "model.json").symlink_to(elsewhere)
    fetched = model_store.fetch_model(model.uri)
    assert of(fetched) == FILES
    assert not (fetched / "model.json").is_symlink()
    assert elsewhere.read_bytes() == FILES["model.json"], "what the link pointed to is left alone"


def test_an_object_that_the_manifest_does_not_name_stops_the_model(model: artifacts.Artifact) -> None:
    overwrite(f"{model.uri}/weights/b.bin", b"planted")
    with pytest.raises(Refused, match=r"holds other files than its manifest names: weights/b\.bin not named"):
        model_store.fetch_model(model.uri, model.digest)


def test_bytes_and_manifest_replaced_together_are_not_the_model(model: artifacts.Artifact) -> None:
    model_store.fetch_model(model.uri)  # a good copy is here: the lake's side is looked at all the same
    replace_artifact(model.uri, {"model.json": b'{"kind": "other"}'})
    for digest in (None, model.digest):
        for load in (model_store.fetch_model, model_store.fetch_predictor):
            with pytest.raises(PermanentError, match="its files and manifest were replaced"):
                load(model.uri, digest)
    with pytest.raises(PermanentError, match="its files and manifest were replaced"):
        model_store.read_stored(model.uri)


def test_bytes_alone_replaced_are_not_the_model(model: artifacts.Artifact) -> None:
    overwrite(f"{model.uri}/model.json", b'{"kind": "other"}')
    with pytest.raises(PermanentError, match=r"model\.json: its bytes do not match the manifest"):
        model_store.fetch_model(model.uri)
    assert list((settings().work_dir / "models").iterdir()) == []


def test_another_model_than_the_registered_one_is_refused(model: artifacts.Artifact) -> None:
    with pytest.raises(PermanentError, match="holds another artifact"):
        model_store.fetch_model(model.uri, "0" * 64)


def test_a_name_that_climbs_writes_nothing(model: artifacts.Artifact) -> None:
    claim_names(model.uri, "../../../climbed.py")
    with pytest.raises(PermanentError, match=r"file name '\.\./\.\./\.\./climbed\.py': climbs out of its folder"):
        model_store.fetch_model(model.uri)
    assert not settings().work_dir.exists()


def test_of_two_tries_of_one_job_both_take_the_model_of_the_first(lake: str, tmp_path: Path) -> None:
    def trained(name: str) -> ModelRef:
        folder = tmp_path / name
        folder.mkdir()
        (folder / "model.json").write_text(json.dumps({"kind": "baseline", "labels": [], "by": name}))
        return model_store.publish("baseline", folder, "f" * 64, name)

    first = trained("first")
    assert trained("second") == first == model_store.find("baseline", "f" * 64)
    assert json.loads((model_store.fetch_model(first.uri) / "model.json").read_bytes())["by"] == "first"


def test_models_unused_for_longest_go_when_the_room_is_needed(lake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REVIEWLOOP_MODEL_CACHE_GB", "0.0000025")  # 2,500 bytes
    settings.cache_clear()
    uris = [signed({"a.json": json.dumps([number] * 300).encode()}).uri for number in range(4)]
    old, older, used = folders = [model_store.fetch_model(uri) for uri in uris[:3]]
    hours = {old: 5, older: 9, used: 0}
    for folder in folders:
        for path in (folder, *folder.iterdir()):
            os.utime(path, (0, time.time() - 3600 * hours[folder]))
    newest = model_store.fetch_model(uris[3])
    assert not older.exists(), "it was not used for longest"
    assert used.exists(), "somebody may be about to read it"
    assert newest.exists()
    assert of(model_store.fetch_model(uris[1])), "it is fetched again when it is wanted"
