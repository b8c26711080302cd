"""The suite's folder, and the whole examination of a model."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from tests.helpers.behaving import CONFIG, IMPORTANT, SUITE, Reader, sealed

from reviewloop.adapters import behaviour_suite
from reviewloop.adapters.behaviour_suite import examine, load_suite, own_texts, suite_digest
from reviewloop.core.behaviour.suite import Suite
from reviewloop.errors import ConfigError
from reviewloop.settings import settings


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the shipped suite, named ``mine``."""
    mine = tmp_path / "behaviour" / "mine"
    shutil.copytree(settings().config_dir / "behaviour" / CONFIG.suite, mine)
    changed = settings().model_copy(update={"config_dir": tmp_path})
    monkeypatch.setattr(behaviour_suite, "settings", lambda: changed)
    load_suite.cache_clear()
    yield mine
    load_suite.cache_clear()


def test_an_examination_gives_the_gates_numbers_and_the_report_its_sections() -> None:
    found = examine(Reader().predict_proba, sealed(), CONFIG)
    assert found.metrics["behaviour.mft.negation.rate"] > 0.9
    assert found.metrics["flip.max_rate"] == 0
    assert found.metrics["important.num_cases"] == len(IMPORTANT)
    assert set(found.sections) == {"behaviour", "flips", "important"}
    assert len(found.sections["behaviour"]["capabilities"]) == sum(
        map(len, (SUITE.minimum_functionality, SUITE.invariance, SUITE.directional))
    )
    assert all(len(one["failures"]) <= CONFIG.num_examples for one in found.sections["behaviour"]["capabilities"])
    json.dumps(found.sections, allow_nan=False)


def test_the_same_model_on_the_same_reviews_gives_the_same_report() -> None:
    once, again = (examine(Reader().predict_proba, rows, CONFIG) for rows in (sealed(), sealed().iloc[::-1]))
    assert once == again


def test_the_owners_own_texts_are_the_same_every_time_and_of_many_lengths() -> None:
    texts = own_texts(CONFIG, 50)
    assert texts == own_texts(CONFIG, 50)
    assert len(texts) == len(set(texts)) == 50
    lengths = sorted(len(text.split()) for text in texts)
    assert lengths[0] < 40 < 100 < lengths[-1]
    assert own_texts(CONFIG, 3) == texts[:3]


def test_a_model_of_nan_weights_passes_nothing() -> None:
    found = examine(lambda texts: np.full((len(texts), 3), np.nan), sealed(), CONFIG)
    assert {found.metrics[f"behaviour.{kind}.rate"] for kind in ("mft", "inv", "dir")} == {0}
    assert found.metrics["important.num_wrong"] == len(IMPORTANT)
    assert np.isnan(found.metrics["flip.max_abs_signed"])
    json.dumps(found.sections, allow_nan=False)


def test_an_owner_adds_a_test_in_a_file_and_it_is_asked(folder: Path) -> None:
    with (folder / "minimum_functionality.yaml").open("a") as file:
        file.write(
            '\nzips:\n  about: Zips.\n  cases:\n    - {expected: negative, templates: ["The zip of this {garment} broke."]}\n'
        )
    found = examine(Reader().predict_proba, sealed(), CONFIG.model_copy(update={"suite": "mine"}))
    assert found.metrics["behaviour.mft.zips.num_cases"] == CONFIG.cases_per_template
    assert found.metrics["behaviour.mft.zips.rate"] == 1


def test_a_capability_written_twice_is_refused_instead_of_losing_the_first(folder: Path) -> None:
    text = (folder / "minimum_functionality.yaml").read_text()
    (folder / "minimum_functionality.yaml").write_text(f"{text}\nnegation: {{about: x, cases: []}}\n")
    with pytest.raises(
        ConfigError, match=r"minimum_functionality\.yaml: line \d+: key 'negation' stands twice, first on line \d+"
    ) as refused:
        load_suite("mine")
    assert "\n" not in str(refused.value)


def test_files_that_are_missing_unknown_or_no_yaml_are_named(folder: Path) -> None:
    (folder / "words.yaml").rename(folder / "wrods.yaml")
    with pytest.raises(ConfigError, match=r"words\.yaml: Field required.*wrods\.yaml: Extra inputs"):
        load_suite("mine")
    (folder / "flips.yaml").write_text("a: {b}}: [")
    with pytest.raises(ConfigError, match=r"behaviour/mine: flips\.yaml: not YAML"):
        load_suite("mine")
    (folder / "flips.yaml").write_bytes(b"\xff\xfe\xfa")
    with pytest.raises(ConfigError, match=r"behaviour/mine: flips\.yaml: not YAML"):
        load_suite("mine")
    (folder / "important.yaml").unlink()
    (folder / "flips.yaml").unlink()
    with pytest.raises(ConfigError, match=r"important\.yaml: no such file"):
        load_suite("mine")


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        *((name, "# later\n", "entries by name are expected (name: ...) (found nothing)") for name in Suite.model_fields),
        ("important", "", "a list is expected (- ...) (found nothing)"),
        ("important", "burnt: {text: It burns.}\n", "a list is expected (- ...) (found {'burnt'"),
        ("important", "- It burns.\n", "0: fields are expected (field: value) (found 'It burns.')"),
        ("flips", "- about: x\n", "entries by name are expected (name: ...) (found [{'about': 'x'}])"),
        ("flips", "buyer:\n", "buyer: fields are expected (field: value) (found nothing)"),
    ],
)
def test_a_file_that_is_empty_or_of_another_kind_says_what_belongs_there(folder: Path, name: str, text: str, words: str) -> None:
    (folder / f"{name}.yaml").write_text(text)
    with pytest.raises(ConfigError, match=rf"^{re.escape(f'behaviour/mine: {name}.yaml: {words}')}"):
        load_suite("mine")


def test_an_unknown_suite_is_named_with_the_known_ones(folder: Path) -> None:
    with pytest.raises(ConfigError, match=r"behaviour\.suite: no folder shoes; known: mine"):
        load_suite("shoes")


def test_a_brace_without_quotes_is_told_as_yaml_and_not_as_a_crash(folder: Path) -> None:
    (folder / "invariance.yaml").write_text("names:\n  about: x\n  add:\n    - {first_name} is here\n")
    with pytest.raises(ConfigError, match=r"invariance\.yaml: not YAML"):
        load_suite("mine")


def test_another_test_is_another_digest(folder: Path) -> None:
    before = suite_digest("mine")
    assert before == suite_digest("mine")
    with (folder / "important.yaml").open("a", encoding="utf-8") as file:
        file.write("# one more\n")
    assert suite_digest("mine") != before


def test_a_suite_that_cannot_be_read_has_no_digest(folder: Path) -> None:
    suite_digest("mine")
    (folder / "flips.yaml").write_text("nonsense: 1")
    with pytest.raises(ConfigError, match="behaviour/mine"):
        suite_digest("mine")
    with pytest.raises(ConfigError, match="no folder yours; known: mine"):
        suite_digest("yours")
