"""Write the policies of ``deploy/iam`` into the template: ``python deploy/cloudformation/write_policies.py``.

A ``PolicyDocument:`` whose comment names a file of that folder has the file's statements below it, with the stack's own names for
``BUCKET``, ``ACCOUNT`` and their kin. The JSON is what people change, the template what AWS gets; ``tests/deploy`` compares them.
"""

import json
import re
from pathlib import Path
from typing import Any, Final

import yaml

HERE: Final = Path(__file__).resolve().parent
IAM: Final = HERE.parent / "iam"
TEMPLATE: Final = HERE / "reviewloop.yaml"
NAMES: Final = {
    "ACCOUNT": "${AWS::AccountId}", "BUCKET": "${Name}", "MLFLOW": "${Name}-mlflow",
    "DATABASE": "${Database}", "WORKGROUP": "${Name}",
    "REPOSITORY": "${Name}", "QUEUE": "${Name}", "DEFINITION": "${Name}", "WORKER": "${Worker}", "PRODUCER": "${Producer}",
    "TRAINING": "${Training}", "CRAWLER": "${Crawler}",
}  # fmt: skip
"""A word of the policies -> what stands for it in the stack: its parameters, and its roles by their names in the template."""
_WORD: Final = re.compile(rf"\b({'|'.join(NAMES)})\b")
_BLOCK: Final = re.compile(
    r"^(?P<indent> *)PolicyDocument: # of deploy/iam/(?P<name>\w+)\.json\n(?:(?P=indent) +.*\n)*", re.MULTILINE
)


class _Sub(str):
    """A text in which CloudFormation fills in names."""


class _Dumper(yaml.SafeDumper):
    """YAML without anchors, in which CloudFormation could not read a list that stands twice."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 (PyYAML's own name)
        return True


_Dumper.add_representer(_Sub, lambda dumper, text: dumper.represent_scalar("!Sub", str(text), style='"'))


def filled(value: Any) -> Any:
    """The policy with the stack's names in it."""
    if isinstance(value, dict):
        return {key: filled(one) for key, one in value.items()}
    if isinstance(value, list):
        return [filled(one) for one in value]
    text = _WORD.sub(lambda found: NAMES[found[0]], value)
    return value if text == value else _Sub(text)


def written(template: str) -> str:
    """The template with every policy as its file has it."""

    def block(found: re.Match[str]) -> str:
        policy = json.loads((IAM / f"{found['name']}.json").read_text(encoding="utf-8"))
        indent = found["indent"] + "  "
        text = yaml.dump(filled(policy), Dumper=_Dumper, sort_keys=False, width=120 - len(indent))
        head = f"{found['indent']}PolicyDocument: # of deploy/iam/{found['name']}.json\n"
        return head + "".join(f"{indent}{line}\n" for line in text.splitlines())

    return _BLOCK.sub(block, template)


if __name__ == "__main__":
    TEMPLATE.write_text(written(TEMPLATE.read_text(encoding="utf-8")), encoding="utf-8")
