"""The one reader of the project's YAML files."""

from collections.abc import Hashable
from pathlib import Path
from typing import Any, Final

import yaml

from reviewloop.errors import ConfigError

try:
    from yaml import CSafeLoader as SafeLoader  # nine times as fast: every task and every parse of a DAG reads the configuration
except ImportError:  # a build without libyaml
    from yaml import SafeLoader  # type: ignore[assignment]

_MERGE: Final = "tag:yaml.org,2002:merge"


def read_yaml(path: Path, name: str) -> Any:
    """What the file holds. ``name`` is what an error calls it, such as ``datasets/shoes.yaml``.

    Raises ``ConfigError`` in one line where it is not YAML in UTF-8 or gives a key twice, and ``FileNotFoundError``.
    """
    try:
        return _OneOfEach(path.read_text(encoding="utf-8")).get_single_data()
    except _Twice as twice:
        raise ConfigError(f"{name}: {twice}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{name}: not YAML: {' '.join(str(error).split())}") from None


class _Twice(Exception):
    """A mapping gives a key twice."""


class _OneOfEach(SafeLoader):
    """Refuses a key that stands twice in a mapping: YAML would keep the second and drop the first without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        lines: dict[Hashable, int] = {}
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode) and key.tag != _MERGE):
            value, line = self.construct_object(key), key.start_mark.line + 1
            if value in lines:
                raise _Twice(f"line {line}: key {key.value!r} stands twice, first on line {lines[value]}; keep one of them")
            lines[value] = line
        return super().construct_mapping(node, deep)
