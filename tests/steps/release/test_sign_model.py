"""A model from before models were signed is signed once, by a person's word, where the ledger knows its files."""

from pathlib import Path

import pytest
from tests.helpers.fake_edges import World, enter
from tests.helpers.intruder import overwrite, take_away
from tests.helpers.planted import model_folder, write
from tests.helpers.released import crown

from reviewloop.adapters.lake import artifacts, model_store, places, s3
from reviewloop.adapters.mlflow import registry
from reviewloop.adapters.release import ledger
from reviewloop.errors import NothingToDo, PermanentError, Refused
from reviewloop.settings import settings
from reviewloop.steps.release.sign_model import sign_model


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> World:
    monkeypatch.setenv("REVIEWLOOP_WORK_DIR", str(tmp_path / "work"))
    settings.cache_clear()
    return enter(World(), monkeypatch)


def unsigned(folder: Path) -> artifacts.Artifact:
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    return artifacts.publish(places.models("transformer"), files)


@pytest.fixture
def older(world: World, tmp_path: Path) -> artifacts.Artifact:
    """Version 1, which answers, as a release from before signatures left it."""
    model = unsigned(model_folder(tmp_path / "older"))
    crown(registry.create_version(model.uri, "", {}).version)
    with pytest.raises(Refused, match=r"has no signature; .*python -m reviewloop sign_model"):
        model_store.fetch_model(model.uri)
    return model


@pytest.mark.parametrize("by_name", [True, False], ids=["version", "uri"])
def test_it_is_taken_over_by_name_and_the_ledger_tells_by_whom(older: artifacts.Artifact, by_name: bool) -> None:
    number = sign_model("1" if by_name else older.uri, "ada")
    event = ledger.read()[number - 1]
    assert (event.kind, event.by, event.version, event.digest) == ("signed", "person:ada", "1" if by_name else None, older.digest)
    assert model_store.fetch_model(older.uri, older.digest).is_dir()


def test_what_is_signed_is_verified_down_to_each_file(older: artifacts.Artifact) -> None:
    with pytest.raises(Refused, match="has no signature"):
        model_store.read_stored(older.uri)
    sign_model("1", "ada")
    assert model_store.read_stored(older.uri).digest == older.digest
    overwrite(f"{older.uri}/tokenizer.json", b"{}")
    with pytest.raises(PermanentError, match=r"tokenizer\.json: its bytes do not match the manifest"):
        model_store.read_stored(older.uri)


def test_only_once(older: artifacts.Artifact) -> None:
    sign_model("1", "ada")
    for who in ("ada", "bob"):
        with pytest.raises(NothingToDo, match="was signed by the word of person:ada already"):
            sign_model("1", who)
    assert [event.kind for event in ledger.read()] == ["promoted", "signed"]


def test_one_that_was_signed_where_it_was_made_needs_nobody(world: World, tmp_path: Path) -> None:
    model = model_store.publish("transformer", model_folder(tmp_path / "model"), "f" * 64, "run")
    crown(registry.create_version(model.uri, "", {}).version)
    with pytest.raises(NothingToDo, match="is signed by .* already"):
        sign_model("1", "ada")


def test_killed_after_its_event_it_is_finished_by_the_next_try(older: artifacts.Artifact) -> None:
    number = sign_model("1", "ada")
    (uri,) = s3.list_uris(places.model_signature(older.uri))
    take_away(uri)  # as if it had never come to it
    assert sign_model("1", "bob") == number, "whoever comes along finishes it; it stays by ada's word"
    assert model_store.fetch_model(older.uri).is_dir()


def test_files_that_the_ledger_has_never_heard_of_are_not_taken_over(older: artifacts.Artifact, tmp_path: Path) -> None:
    other = unsigned(write_in(model_folder(tmp_path / "other"), "tokenizer.json", b"{}"))
    with pytest.raises(Refused, match="the ledger has never heard of these files"):
        sign_model(other.uri, "ada")
    registry.client()._known("1").source = other.uri  # the registry says that version 1 lies there
    with pytest.raises(Refused, match="the ledger has never heard of these files .* as version 1"):
        sign_model("1", "ada")


def test_a_model_that_none_may_be_is_not_taken_over(world: World, tmp_path: Path) -> None:
    model = unsigned(write_in(model_folder(tmp_path / "older"), "config.json", b'{"auto_map": {}}'))
    crown(registry.create_version(model.uri, "", {}).version)
    with pytest.raises(Refused, match=r"config\.json: auto_map: names code of others"):
        sign_model("1", "ada")
    assert [event.kind for event in ledger.read()] == ["promoted"]


@pytest.mark.parametrize(
    ("model", "by", "words"),
    [
        ("7", "ada", "version 7 not found"),
        ("s3://elsewhere/models/baseline/1", "ada", "does not lie below .* of this lake"),
        ("1", " ", "by: .* names nobody"),
    ],
)
def test_a_mistake_is_named(older: artifacts.Artifact, model: str, by: str, words: str) -> None:
    with pytest.raises(PermanentError, match=words):
        sign_model(model, by)


def write_in(folder: Path, name: str, data: bytes) -> Path:
    write(folder, name, data)
    return folder
