"""deploy/compose.aws.yaml over docker-compose.yaml, merged as compose merges: nothing of the emulated AWS is left."""

import json
import re
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from tests.deploy.conftest import VARIABLE, interpolate

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "deploy" / "compose.aws.yaml").read_text()
EMULATED = {"AWS_ENDPOINT_URL", "MLFLOW_S3_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}


class Reset:
    """What takes a key of the first file away."""


class Override(list[Any]):
    """What takes the place of a list, which is added to otherwise."""


class Loader(yaml.SafeLoader):
    """YAML with compose's two tags."""


Loader.add_constructor("!reset", lambda loader, node: Reset())
Loader.add_constructor("!override", lambda loader, node: Override(loader.construct_sequence(node, deep=True)))


def laid_over(base: Any, over: Any) -> Any:
    """Maps are merged, a command is replaced, other lists are added to."""
    if not isinstance(over, dict) or not isinstance(base, dict):
        return list(over) if isinstance(over, Override) else over
    both = {key: laid_over(value, over[key]) if key in over else value for key, value in base.items()}
    both |= {key: laid_over({}, value) if isinstance(value, dict) else value for key, value in over.items() if key not in base}
    return {key: value for key, value in both.items() if not isinstance(value, Reset)}


def merged(base: dict[str, Any], text: str = TEXT) -> dict[str, Any]:
    values = {found["name"]: f"{found['name'].lower()}9" for found in VARIABLE.finditer(text) if found["name"]}
    over = yaml.load(interpolate(text, values), Loader=Loader)
    return dict(laid_over(base, {key: value for key, value in over.items() if not key.startswith("x-")}))


def left(of: dict[str, Any]) -> list[str]:
    """What is left of the emulated AWS, by service."""
    wrong = []
    for name, service in of["services"].items():
        if "emulated" in service.get("profiles", []):
            continue
        environment = service.get("environment", {})
        wrong += [f"{name}: {key}" for key in sorted(EMULATED & set(environment))]
        wrong += [f"{name}: {key}={value}" for key, value in environment.items() if "aws:4566" in str(value)]
        wrong += [f"{name} waits for aws" for needed in service.get("depends_on", {}) if needed == "aws"]
        wrong += [f"{name}: {word}" for word in service.get("command", []) if word == "s3://mlflow"]
        if "REVIEWLOOP_BUCKET" in environment and environment["REVIEWLOOP_BUCKET"] != "reviewloop_bucket9":
            wrong.append(f"{name}: the bucket of the first file")
    return wrong


def test_nothing_of_the_emulated_aws_is_left(compose_file: Callable[..., dict[str, Any]]) -> None:
    found = merged(compose_file())
    assert left(found) == []
    assert found["services"]["aws"]["profiles"] == ["emulated"]
    schema = json.loads(files("check_jsonschema").joinpath("builtin_schemas/vendor/compose-spec.json").read_text())
    jsonschema.validate(found, schema)


@pytest.mark.parametrize("line", sorted({one for one in TEXT.splitlines() if "!reset" in one and ":" in one and "#" not in one}))
def test_a_key_that_is_not_reset_is_found(compose_file: Callable[..., dict[str, Any]], line: str) -> None:
    assert left(merged(compose_file(), TEXT.replace(f"{line}\n", "", 1)))


def test_nothing_is_reset_where_an_anchor_would_carry_it() -> None:
    anchored = re.findall(r"^x-\w+: &\w+\n((?:  .*\n)+)", TEXT, re.MULTILINE)
    assert len(anchored) == 2
    assert not any("!reset" in one for one in anchored)


def test_mlflow_and_the_endpoint_take_their_own_roles(compose_file: Callable[..., dict[str, Any]]) -> None:
    found = merged(compose_file())
    for name in ("mlflow", "endpoint"):
        service = found["services"][name]
        (held,) = service["configs"]
        assert held["target"] == service["environment"]["AWS_CONFIG_FILE"]
        assert f"role_arn = {name}_role9\n" in found["configs"][held["source"]]["content"]
    for name in ("worker", "airflow-scheduler", "airflow-triggerer"):
        assert "AWS_CONFIG_FILE" not in found["services"][name]["environment"]


def test_the_server_of_mlflow_is_the_same_but_for_its_bucket(compose_file: Callable[..., dict[str, Any]]) -> None:
    base = compose_file()
    before, after = base["services"]["mlflow"]["command"], merged(base)["services"]["mlflow"]["command"]
    assert [one for one in after if one not in before] == ["mlflow_artifacts9"]
    assert len(before) == len(after)
