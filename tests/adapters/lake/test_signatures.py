"""A model is loaded where a trusted key signed exactly its files, and from nowhere else."""

import base64
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.helpers.fake_edges import World, enter
from tests.helpers.intruder import overwrite, replace_artifact, take_away
from tests.helpers.planted import FAULTS, model_folder, write
from tests.helpers.signing import make_key

from reviewloop.adapters.lake import artifacts, model_store, places, s3, signatures
from reviewloop.errors import ConfigError, PermanentError, Refused
from reviewloop.refs import ModelRef
from reviewloop.settings import settings

TOKENIZER = b'{"model": {"vocab": {"[PAD]": 7}}}'


@pytest.fixture
def keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of this test's own keys, with one that is trusted and in use."""
    folder = tmp_path / "keys"
    folder.mkdir()
    use(folder, "first", monkeypatch)
    return folder


def use(folder: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """From now on sign with a new key; returns the letters of it that stand in names."""
    private, public = make_key(folder, name)
    monkeypatch.setenv("REVIEWLOOP_SIGNING_KEY", str(private))
    monkeypatch.setenv("REVIEWLOOP_TRUSTED_KEYS", str(public.parent))
    monkeypatch.setenv("REVIEWLOOP_WORK_DIR", str(folder.parent / "work"))
    settings.cache_clear()
    return signatures.signing_key()[1][:16]


@pytest.fixture
def world(keys: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return enter(World(), monkeypatch)


@pytest.fixture
def model(world: World, tmp_path: Path) -> ModelRef:
    return model_store.publish("transformer", model_folder(tmp_path / "model"), "f" * 64, "run")


def bundle_of(model: ModelRef) -> str:
    (uri,) = s3.list_uris(places.model_signature(model.uri))
    return uri


def test_a_model_is_signed_where_it_is_published_and_verified_where_it_is_loaded(model: ModelRef) -> None:
    assert (model_store.fetch_model(model.uri, model.digest) / "model.json").is_file()
    assert bundle_of(model) == places.model_signature(model.uri, signatures.signing_key()[1])
    assert model_store.read_stored(model.uri).digest == model.digest


def test_the_program_of_open_model_signing_verifies_a_downloaded_folder(model: ModelRef, keys: Path, tmp_path: Path) -> None:
    from model_signing import verifying

    folder = artifacts.open_artifact(model.uri).download(tmp_path / "downloaded")
    write(tmp_path, "bundle.json", s3.read_bytes(bundle_of(model)))
    theirs = verifying.Config().use_elliptic_key_verifier(public_key=keys / "trusted" / "first.pem")
    theirs.verify(folder, tmp_path / "bundle.json")
    write(folder, "tokenizer.json", TOKENIZER)
    with pytest.raises(ValueError, match=r"Hash mismatch for 'tokenizer\.json'"):
        theirs.verify(folder, tmp_path / "bundle.json")


def test_published_again_it_keeps_its_signature(model: ModelRef, tmp_path: Path) -> None:
    before = s3.read_bytes(bundle_of(model))
    assert model_store.publish("transformer", model_folder(tmp_path / "again"), "f" * 64, "run") == model
    assert s3.read_bytes(bundle_of(model)) == before


def test_a_second_key_is_added_and_the_first_taken_away(
    model: ModelRef, keys: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = signatures.signing_key()[1], use(keys, "second", monkeypatch)
    assert signatures.verify(artifacts.open_artifact(model.uri)) == first, "the first is trusted until it is taken away"
    artifact = artifacts.open_artifact(model.uri)
    assert signatures.sign(artifact)[:16] == second
    (keys / "trusted" / "first.pem").unlink()
    assert signatures.verify(artifact)[:16] == second
    (keys / "trusted" / "second.pem").unlink()
    with pytest.raises(ConfigError, match="REVIEWLOOP_TRUSTED_KEYS: .* holds no"):
        signatures.verify(artifact)
    third = use(keys, "third", monkeypatch)
    with pytest.raises(Refused, match=f"signed by {first[:16]}, which is not trusted; .*trusted are {third}") as refusal:
        model_store.fetch_model(model.uri)
    assert f"signed by {second}, which is not trusted" in str(refusal.value)


def unsigned(model: ModelRef) -> None:
    take_away(bundle_of(model))


def signed_by_a_stranger(model: ModelRef) -> None:
    """With the trusted key's name on the signature."""
    data = json.loads(s3.read_bytes(bundle_of(model)))
    data["dsseEnvelope"]["signatures"][0]["sig"] = base64.b64encode(b"planted").decode()
    overwrite(bundle_of(model), json.dumps(data).encode())


def other_files_signed(model: ModelRef) -> None:
    """The signature of another model, by the trusted key, in the place of this one's."""
    other = artifacts.publish(places.models("transformer"), {"model.json": b"{}", "vocab.txt": b"x"})
    signatures.sign(other)
    overwrite(bundle_of(model), s3.read_bytes(places.model_signature(other.uri, signatures.signing_key()[1])))


def statement_changed(model: ModelRef) -> None:
    data = json.loads(s3.read_bytes(bundle_of(model)))
    told = base64.b64decode(data["dsseEnvelope"]["payload"]).replace(b'"files"', b'"shards"')
    data["dsseEnvelope"]["payload"] = base64.b64encode(told).decode()
    overwrite(bundle_of(model), json.dumps(data).encode())


def endless(model: ModelRef) -> None:
    overwrite(bundle_of(model), b" " * (2**20 + 1))


def no_bundle(model: ModelRef) -> None:
    overwrite(bundle_of(model), b"{}")


def extra_file(model: ModelRef) -> None:
    overwrite(f"{model.uri}/config.py", b"pass")


def missing_file(model: ModelRef) -> None:
    take_away(f"{model.uri}/vocab.txt")


def other_tokenizer(model: ModelRef) -> None:
    overwrite(f"{model.uri}/tokenizer.json", TOKENIZER)


def other_tokenizer_and_manifest(model: ModelRef) -> None:
    files = {name: s3.read_bytes(f"{model.uri}/{name}") for name in artifacts.open_artifact(model.uri).files}
    replace_artifact(model.uri, files | {"tokenizer.json": TOKENIZER})


def key_twice_in_the_manifest(model: ModelRef) -> None:
    data = s3.read_bytes(f"{model.uri}/{artifacts.MANIFEST}")
    overwrite(f"{model.uri}/{artifacts.MANIFEST}", b'{"files": {},' + data.lstrip()[1:])


SPOILT: dict[Callable[[ModelRef], None], str] = {
    unsigned: "has no signature",
    signed_by_a_stranger: "is not of these files: InvalidSignature",
    other_files_signed: "vocab.txt differs, .*Extra files found .*tokenizer.json",
    statement_changed: "is not of these files: InvalidSignature",
    endless: "is longer than 1048576 bytes",
    no_bundle: "is not of these files: ",
    extra_file: "config.py not named",
    missing_file: "vocab.txt missing",
    other_tokenizer: "tokenizer.json: its bytes do not match the manifest",
    other_tokenizer_and_manifest: "its files and manifest were replaced",
    key_twice_in_the_manifest: "is no manifest",
}


@pytest.mark.parametrize("spoil", SPOILT, ids=lambda spoil: spoil.__name__)
def test_what_somebody_did_in_the_lake_is_refused_by_its_name(model: ModelRef, spoil: Callable[[ModelRef], None]) -> None:
    spoil(model)
    for load in (model_store.fetch_model, model_store.fetch_predictor, model_store.read_stored):
        with pytest.raises(PermanentError, match=SPOILT[spoil]):
            load(model.uri)
    assert not list((settings().work_dir / "models").glob("*")), "nothing of it is kept on this machine"


@pytest.mark.parametrize("spoil", [unsigned, signed_by_a_stranger, extra_file], ids=lambda spoil: spoil.__name__)
def test_a_copy_on_this_machine_helps_nobody(model: ModelRef, spoil: Callable[[ModelRef], None]) -> None:
    model_store.fetch_model(model.uri)
    spoil(model)
    with pytest.raises(Refused, match=SPOILT[spoil]):
        model_store.fetch_model(model.uri)


def test_a_model_of_another_name_needs_a_signature_of_its_own(model: ModelRef) -> None:
    """Other files, a manifest and a folder's name that are true of them: digests alone tell nothing wrong."""
    files = {name: s3.read_bytes(f"{model.uri}/{name}") for name in artifacts.open_artifact(model.uri).files}
    planted = artifacts.publish(places.models("transformer"), files | {"tokenizer.json": TOKENIZER})
    with pytest.raises(Refused, match="has no signature"):
        model_store.fetch_model(planted.uri, planted.digest)
    overwrite(places.model_signature(planted.uri, signatures.signing_key()[1]), s3.read_bytes(bundle_of(model)))
    with pytest.raises(Refused, match="is not of these files: tokenizer.json differs"):
        model_store.fetch_model(planted.uri, planted.digest)


@pytest.mark.parametrize("name", FAULTS)
def test_who_signs_without_looking_helps_no_fault_into_a_process(name: str, world: World, tmp_path: Path) -> None:
    """Signed by the trusted key all the same; and the usual way to publish looks first."""
    plant, words = FAULTS[name]
    folder = model_folder(tmp_path / "model")
    plant(folder)
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if not path.is_symlink()}
    if name != "link":  # S3 has none
        artifact = artifacts.publish(places.models("transformer"), files)
        signatures.sign(artifact)
        with pytest.raises(Refused, match=words):
            model_store.fetch_model(artifact.uri, artifact.digest)
        assert not list((settings().work_dir / "models").glob("*"))
    if name not in {"foreign_loader", "second_flavour", "loader_twice"}:  # publishing writes an MLmodel of its own
        num_before = len(world.objects)
        with pytest.raises(Refused, match=words):
            model_store.publish("transformer", folder, "e" * 64, "run")
        assert len(world.objects) == num_before, "nothing is written"


def test_a_key_that_others_can_read_signs_nothing(world: World, tmp_path: Path) -> None:
    Path(settings().signing_key).chmod(0o644)
    with pytest.raises(ConfigError, match="REVIEWLOOP_SIGNING_KEY: .* can be read by everybody"):
        model_store.publish("transformer", model_folder(tmp_path / "model"), "f" * 64, "run")
    assert world.objects == {}


def test_a_key_that_nobody_trusts_signs_nothing(keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(keys, "second", monkeypatch)
    (keys / "trusted" / "second.pem").unlink()
    with pytest.raises(ConfigError, match="its? signs would not be loaded|is not in REVIEWLOOP_TRUSTED_KEYS"):
        signatures.signing_key()


def test_without_keys_one_line_says_which_variable_names_them(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REVIEWLOOP_SIGNING_KEY", "")
    settings.cache_clear()
    with pytest.raises(ConfigError, match=r"REVIEWLOOP_SIGNING_KEY: '' is no file; name the private key"):
        signatures.signing_key()
    monkeypatch.setenv("REVIEWLOOP_TRUSTED_KEYS", "")
    settings.cache_clear()
    with pytest.raises(ConfigError, match=r"REVIEWLOOP_TRUSTED_KEYS: '' is no folder; name the one"):
        signatures.trusted_keys()


def test_a_private_key_has_no_place_among_the_trusted(keys: Path) -> None:
    (keys / "trusted" / "wrong.pem").write_bytes((keys / "first.pem").read_bytes())
    with pytest.raises(ConfigError, match=r"wrong\.pem is no public key in PEM"):
        signatures.trusted_keys()
