"""Names that are stored and must not change are spelt in one place each."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "include" / "reviewloop"
TAGS = PACKAGE / "adapters" / "mlflow" / "tags.py"
PLACES = PACKAGE / "adapters" / "lake" / "places.py"
GLUE = {"reviewloop.crawled", "reviewloop.registered_at_ns", "reviewloop.generation", "reviewloop.landed_at"}
"""Parameters of tables in the Glue catalog, each spelt by the one module that knows it."""


def product():
    found = [path for folder in ("include", "plugins", "dags") for path in sorted((ROOT / folder).rglob("*.py"))]
    assert len(found) > 250
    return found


def tag_names(source):
    """String literals, those within f-strings too, that begin like a tag and name no module of ours."""
    rooms = {path.stem for path in PACKAGE.iterdir()}
    literals = [
        node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    names = [text for text in literals if re.fullmatch(r"reviewloop\.[\w.]*", text)]
    return [name for name in names if name.split(".")[1] not in rooms and name not in GLUE]


def places_named(source):
    """Calls of ``lake_uri`` and literals that begin like a URI of S3 with a bucket filled in."""
    return re.findall(r"\blake_uri\(|f\"s3://\{settings\(\)", source)


@pytest.mark.parametrize(
    "line",
    ['tags["reviewloop.verdict"]', 'tags[f"reviewloop.{name}"]', "tags['reviewloop.new']", 'key.startswith("reviewloop.")'],
)
def test_a_tags_name_is_seen(line):
    assert tag_names(line)


@pytest.mark.parametrize("line", ['import_module(f"reviewloop.steps.{name}")', 'PROGRAM = "reviewloop.training.finetune"'])
def test_a_modules_name_is_none(line):
    assert tag_names(line) == []


def test_only_one_module_spells_the_names_of_tags():
    assert tag_names(TAGS.read_text())
    assert {path.name: found for path in product() if path != TAGS and (found := tag_names(path.read_text()))} == {}


def test_only_one_module_says_where_things_lie_in_the_lake():
    assert places_named(PLACES.read_text())
    known = {PLACES, PACKAGE / "adapters" / "lake" / "s3.py"}
    assert {path.name: found for path in product() if path not in known and (found := places_named(path.read_text()))} == {}
