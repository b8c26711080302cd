"""A CloudFormation template as Python reads it, with its short forms (``!Sub``) written out, and with values in place of names."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "cloudformation"


class _Loader(yaml.SafeLoader):
    """Tags become what they are short for: ``!Ref`` a ``Ref``, ``!Sub`` a ``Fn::Sub``."""


def _tag(loader: yaml.SafeLoader, tag: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
        return {"Ref": value} if tag == "Ref" else {f"Fn::{tag}": value.split(".") if tag == "GetAtt" else value}
    assert isinstance(node, yaml.SequenceNode)
    return {f"Fn::{tag}": loader.construct_sequence(node, deep=True)}


_Loader.add_multi_constructor("!", _tag)  # type: ignore[no-untyped-call]


def template(name: str) -> dict[str, Any]:
    return dict(yaml.load((FOLDER / name).read_text(), Loader=_Loader))


def resolved(value: Any, names: Mapping[str, str]) -> Any:
    """With ``names`` (``Lake``, ``Training.Arn``, ``AWS::Region``) in the places where the template has a reference."""
    if isinstance(value, dict):
        if len(value) == 1:
            ((kind, what),) = value.items()
            if kind == "Ref":
                return names[what]
            if kind == "Fn::GetAtt":
                return names[".".join(what)]
            if kind == "Fn::Sub":
                return re.sub(r"\$\{([\w:.]+)\}", lambda found: names[found[1]], what)
        return {key: resolved(one, names) for key, one in value.items()}
    return [resolved(one, names) for one in value] if isinstance(value, list) else value
