"""What a dataset's file may leave to its contract, and that a name which it lacks is refused in one line."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.helpers.gadget_shop import add_dataset

from reviewloop.config import Config, load_config, overlay, parse_config, read_config
from reviewloop.errors import ConfigError

Data = dict[str, Any]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A configuration with the gadget shop in it."""
    return add_dataset(tmp_path / "config")


def edit(path: Path, change: Callable[[Data], object]) -> None:
    data = yaml.safe_load(path.read_text())
    change(data)
    path.write_text(yaml.safe_dump(data, sort_keys=False))


def loaded(folder: Path, change: Callable[[Data], object] = lambda _: None) -> Config:
    """The shop's configuration, its file changed."""
    edit(folder / "datasets" / "gadget_shop.yaml", change)
    return parse_config(read_config("gadgets", folder))


def test_what_is_left_out_follows_from_the_contract(folder: Path) -> None:
    config = loaded(folder)
    assert [(facet.columns, facet.given) for facet in config.bias.facets] == [(("brand",), "channel"), (("channel",), "brand")]
    assert config.evaluation.slices == (("brand",), ("channel",), ("length",), ("has_title",))
    assert config.behaviour.suite == "gadget_shop"
    assert (config.products.levels, config.products.product) == ((), ""), "no product is watched where the dataset names none"
    assert "worst_channel_floor" in [gate.name for gate in config.gates]


def test_a_shop_with_one_facet_compares_it_with_nothing_given(folder: Path) -> None:
    def one_facet(data: Data) -> None:
        data["columns"] = [column for column in data["columns"] if column["field"] != "brand"]
        data["config"].pop("quality")

    config = loaded(folder, one_facet)
    assert [(facet.columns, facet.given) for facet in config.bias.facets] == [(("channel",), None)]


def test_what_is_named_is_taken_as_it_is(folder: Path) -> None:
    config = loaded(folder, lambda data: data["config"].update(evaluation={"slices": [["channel"]]}))
    assert config.evaluation.slices == (("channel",),)


def test_a_profile_lies_over_the_dataset(folder: Path) -> None:
    edit(folder / "profiles" / "gadgets.yaml", lambda data: data["gates"].append({"name": "worst_channel_floor", "min": 0.9}))
    assert next(gate.min for gate in loaded(folder).gates if gate.name == "worst_channel_floor") == 0.9


def test_the_whole_is_read_again_as_it_was_written() -> None:
    assert parse_config(load_config("local").model_dump(mode="json")) == load_config("local")


@pytest.mark.parametrize(
    ("sections", "words"),
    [
        (
            {"bias": {"facets": [{"columns": ["department"], "given": "channel"}]}},
            "config: bias.facets: unknown department; known: brand, channel (the contract is datasets/gadget_shop.yaml)",
        ),
        (
            {"bias": {"facets": [{"columns": ["brand"], "given": "age_band"}]}},
            "bias.facets: unknown age_band; known: brand",
        ),
        (
            {"bias": {"bands": {"votes": {"field": "positive_feedback", "edges": [1]}}}},
            "bias.bands.votes.field: unknown posit",
        ),
        ({"bias": {"facets": []}}, "bias.facets: Tuple should have at least 1 item"),
        ({"evaluation": {"slices": [["brand", "age_band"]]}}, "evaluation.slices: unknown age_band; known: brand, channel, length"),
        (
            {"monitor": {"num_draws": 1000}},
            "num_draws is 1000: too few to know a chance of alpha / 2 = 0.0025; allowed: 4000 or more",
        ),
        ({"quality": {"max_missing_shares": {"colour": 0.1}}}, "quality.max_missing_shares: unknown colour; known: brand, channel"),
        ({"quality": {"max_top_shares": {"colour": 0.1}}}, "quality.max_top_shares: unknown colour; known: brand, channel"),
        ({"gates": [{"name": "worst_channel_floor", "metric": "slices.shop.min_accuracy"}]}, "a slice in its metric: unknown shop"),
        (
            {"products": {"levels": ["shop", "brand"]}},
            "products.levels: unknown shop; allowed are columns of role facet or other: brand, channel, warranty_note",
        ),
        ({"products": {"levels": ["text"]}}, "products.levels: unknown text; allowed are columns of role facet or other"),
        ({"products": {"levels": ["brand", "brand"]}}, "products.levels: a column is named twice in brand, brand; name each once"),
        (
            {"products": {"themes": {"fit": ["Too small"]}}},
            "themes: 'Too small' is no word; give words in lower case, such as small",
        ),
        ({"products": {"themes": {"fit": []}}}, "themes.fit: has no word; give at least one, or leave the theme out"),
        ({"products": {"false_discovery_rate": 0}}, "products.false_discovery_rate: Input should be greater than 0 (found 0)"),
        ({"monitr": {}}, "config: monitr: Extra inputs are not permitted"),
        ({"bias": 3}, "datasets/gadget_shop.yaml: config.bias: 3 is no section; see base.yaml"),
        (
            {"dataset": {"contract": "womens_clothing"}},
            "datasets/gadget_shop.yaml: config: expected sections of base.yaml",
        ),
        ([1], "datasets/gadget_shop.yaml: config: expected sections of base.yaml"),
    ],
)
def test_a_name_that_the_contract_lacks_is_refused_with_the_known_ones(folder: Path, sections: Any, words: str) -> None:
    def write(data: Data) -> None:
        data["config"] = overlay(data["config"], sections) if isinstance(sections, dict) else sections

    with pytest.raises(ConfigError) as refused:
        loaded(folder, write)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name: gadget_shop\nname: other\n", "datasets/gadget_shop.yaml: line 2: key 'name' stands twice, first on line 1"),
        ("name: [gadget_shop\n", "datasets/gadget_shop.yaml: not YAML: while parsing a flow sequence"),
        ("- name\n", "datasets/gadget_shop.yaml: expected a mapping, found list"),
        ("", "datasets/gadget_shop.yaml: expected a mapping, found NoneType"),
    ],
)
def test_a_file_that_is_no_contract_is_one_line(folder: Path, text: str, words: str) -> None:
    (folder / "datasets" / "gadget_shop.yaml").write_text(text)
    with pytest.raises(ConfigError) as refused:
        read_config("gadgets", folder)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", ["shoes", "../base", "Gadget Shop", 7, None])
def test_a_dataset_that_is_not_there_is_named(folder: Path, name: Any) -> None:
    edit(folder / "profiles" / "gadgets.yaml", lambda data: data["dataset"].update(contract=name))
    words = r"^dataset\.contract: (no file .*; known: .*gadget_shop.*|the name of a file)"
    with pytest.raises(ConfigError, match=words):
        read_config("gadgets", folder)
