"""The compose file as compose reads it: variables filled in, then parsed."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
VARIABLE = re.compile(r"\$\$|\$\{(?P<name>\w+)(?P<rule>:[?-])?(?P<rest>[^}]*)\}")


def interpolate(text: str, values: Mapping[str, str]) -> str:
    """``${A:?why}`` must have a value, ``${A:-x}`` falls back to x, ``$$`` is a dollar sign."""

    def value(match: re.Match[str]) -> str:
        if match[0] == "$$":
            return "$"
        found = values.get(match["name"], "")
        if not found and match["rule"] == ":-":
            return match["rest"]
        if not found:
            raise KeyError(f"{match['name']}: {match['rest']}")
        return found

    return VARIABLE.sub(value, text)


@pytest.fixture(scope="session")
def compose_text() -> str:
    return (ROOT / "docker-compose.yaml").read_text()


@pytest.fixture(scope="session")
def example_names() -> list[str]:
    """The variables that ``.env.example`` asks for, not the optional ones in its comments."""
    lines = (ROOT / ".env.example").read_text().splitlines()
    return [line.partition("=")[0] for line in lines if line and not line.startswith("#")]


@pytest.fixture(scope="session")
def compose_file(compose_text: str, example_names: list[str]) -> Callable[..., dict[str, Any]]:
    """The parsed file; ``replaced`` puts other words in place of some (hosts, ports) before it is parsed."""

    def parsed(values: Mapping[str, str] | None = None, replaced: Mapping[str, str] | None = None) -> dict[str, Any]:
        text = interpolate(compose_text, {name: f"{name.lower()}9" for name in example_names} | dict(values or {}))
        for old, new in (replaced or {}).items():
            assert old in text, f"{old} does not occur in docker-compose.yaml any more"
            text = text.replace(old, new)
        return yaml.safe_load(text)

    return parsed
