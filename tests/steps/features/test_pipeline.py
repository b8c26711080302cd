"""One list says which stages make a snapshot; the configuration and the docs say the same."""

import re
from pathlib import Path

from reviewloop.config import Config, FeaturesConfig, load_config
from reviewloop.steps.features._pipeline import PIPELINE

DOCS = Path(__file__).resolve().parents[3] / "docs" / "features.md"
NAMES = [stage.name for stage in PIPELINE]


def test_what_is_of_the_training_part_alone_comes_after_the_split_and_what_is_made_after_near_copies_are_gone() -> None:
    at = NAMES.index
    assert NAMES[0] == "select"
    assert all(at("split") < at(name) for name in ("label", "join", "sample", "augment", "balance"))
    assert at("separate") < at("augment") < at("create") < at("transform") < at("balance")
    assert at("label") < at("join") < at("sample") < at("augment"), "a sample is of all that is learnt from"
    assert len(set(NAMES)) == len(NAMES)


def test_every_setting_of_features_belongs_to_a_stage_and_every_key_of_a_stage_is_a_setting() -> None:
    keys = {key for stage in PIPELINE for key in stage.decided_by}
    settings = {f"features.{name}" for name in FeaturesConfig.model_fields} - {"features.min_new_share"}  # of the announcement
    assert {key for key in keys if key.startswith("features.")} == settings
    config: Config = load_config()
    for key in keys:
        found: object = config
        for name in key.split("."):
            assert hasattr(found, name), f"{key}: the configuration has no such key"
            found = getattr(found, name)


def test_the_docs_have_the_stages_in_their_order_with_what_decides_them() -> None:
    table = DOCS.read_text().partition("## The pipeline")[2].partition("\n## ")[0]
    lines = [line for line in table.splitlines() if re.match(r"\| [a-z]+ \| ", line)]
    assert [line.split("|")[1].strip() for line in lines if "decided by" not in line] == NAMES
    for line, stage in zip((line for line in lines if "decided by" not in line), PIPELINE, strict=True):
        assert all(f"`{key}`" in line for key in stage.decided_by), f"{stage.name}: {stage.decided_by}"
