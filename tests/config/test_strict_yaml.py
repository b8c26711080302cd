"""All YAML of the project comes through one reader, which loses nothing without a word."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import reviewloop
from reviewloop.config import load_config
from reviewloop.config.strict_yaml import read_yaml
from reviewloop.contracts import load_contract
from reviewloop.errors import ConfigError
from reviewloop.settings import settings


@pytest.fixture
def config_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "profiles").mkdir()
    (tmp_path / "datasets").mkdir()
    monkeypatch.setenv("REVIEWLOOP_CONFIG_DIR", str(tmp_path))
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "a.yaml"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("text", "line", "key", "first"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "a", 1),
        ("rows:\n  - {name: x}\n  - name: y\n    min: 1\n    min: 2\n", 5, "min", 4),
        ("true: 1\nyes: 2\n", 2, "yes", 1),
        ("one: &one {a: 1}\ntwo:\n  <<: *one\n  b: 1\n  b: 2\n", 5, "b", 4),
    ],
)
def test_a_key_given_twice_is_named_with_its_lines(tmp_path: Path, text: str, line: int, key: str, first: int) -> None:
    with pytest.raises(ConfigError) as refused:
        read_yaml(written(tmp_path, text), "datasets/a.yaml")
    assert str(refused.value) == (
        f"datasets/a.yaml: line {line}: key '{key}' stands twice, first on line {first}; keep one of them"
    )


def test_what_yaml_allows_is_read(tmp_path: Path) -> None:
    text = "1: int\n'1': text\none: &one {a: 1, b: 1}\ntwo: {<<: *one, a: 2}\n"
    assert read_yaml(written(tmp_path, text), "a.yaml") == {
        1: "int", "1": "text", "one": {"a": 1, "b": 1}, "two": {"a": 2, "b": 1},
    }  # fmt: skip


def test_what_is_not_yaml_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"^a\.yaml: not YAML: .*line 2") as refused:
        read_yaml(written(tmp_path, "a: [1\nb: 2\n"), "a.yaml")
    assert "\n" not in str(refused.value)
    path = tmp_path / "latin.yaml"
    path.write_bytes("a: é\n".encode("latin-1"))
    with pytest.raises(ConfigError, match=r"^latin\.yaml: not YAML: 'utf-8' codec"):
        read_yaml(path, "latin.yaml")


def test_a_profile_that_gives_a_key_twice_is_refused(config_dir: Path) -> None:
    (config_dir / "base.yaml").write_text("bias: {}\n")
    (config_dir / "profiles" / "twice.yaml").write_text("bias:\n  seed: 1\n  seed: 2\n")
    with pytest.raises(ConfigError, match=r"^twice\.yaml: line 3: key 'seed' stands twice, first on line 2"):
        load_config("twice")


def test_a_contract_that_gives_a_key_twice_is_refused(config_dir: Path) -> None:
    (config_dir / "datasets" / "twice.yaml").write_text("columns: []\ncolumns: []\n")
    with pytest.raises(ConfigError, match=r"^datasets/twice\.yaml: line 2: key 'columns' stands twice, first on line 1"):
        load_contract("twice")


def test_nothing_reads_yaml_by_itself() -> None:
    sources = Path(reviewloop.__file__).parent
    readers = [
        path.name for path in sources.rglob("*.py") if re.search(r"^\s*(import|from) yaml\b", path.read_text(), re.MULTILINE)
    ]
    assert readers == ["strict_yaml.py"]
