"""What a command of the AWS CLI asks of AWS: ``words`` as a shell hands them on, by botocore's description of the request."""

import re
from pathlib import Path
from typing import Any

import botocore.session
from botocore import xform_name
from botocore.model import ListShape, Shape, StructureShape
from botocore.validate import ParamValidator

_ITEM = re.compile(r"(\w+)=('[^']*'|[^,]*)(?:,|$)")
_OF_THE_CLI = {"profile"}
"""Options of the CLI, and of no request."""


class AwsCommand:
    """``operation`` (or ``waiter``) of ``service`` with ``params``. Raises ``AssertionError`` for what AWS does not know."""

    def __init__(self, words: list[str], folder: Path) -> None:
        service, name, *rest = words
        self.service = "s3" if service == "s3api" else service
        self.model = botocore.session.get_session().get_service_model(self.service)
        self.waiter = ""
        if name == "wait":
            self.waiter, rest = rest[0].replace("-", "_"), rest[1:]
            config = botocore.session.get_session().get_waiter_model(self.service)
            known = {xform_name(one): one for one in config.waiter_names}
            assert self.waiter in known, f"{self.service} has nothing to wait for that is called {self.waiter}"
            self.operation = config.get_waiter(known[self.waiter]).operation
        else:
            operations = {xform_name(one, "-"): one for one in self.model.operation_names}
            assert name in operations, f"{self.service} has no operation {name}"
            self.operation = operations[name]
        self.folder, self.params = folder, {}
        shape = self.model.operation_model(self.operation).input_shape
        members = {xform_name(one, "-"): one for one in shape.members} if shape else {}
        options = [(option[0].removeprefix("--"), option[1:]) for option in _options(rest)]
        for option, values in options:
            if option in _OF_THE_CLI:
                continue
            positive = option.removeprefix("no-")
            assert option in members or positive in members, f"{self.service} {name} has no option --{option}"
            member = members.get(option) or members[positive]
            self.params[member] = option in members if not values else self._value(shape.members[member], values)
        faults = ParamValidator().validate(self.params, shape)
        assert not faults.has_errors(), f"{' '.join(words)}: {faults.generate_report()}"

    def _value(self, shape: Shape, values: list[str]) -> Any:
        if isinstance(shape, ListShape):
            return [self._value(shape.member, [one]) for one in values]
        (value,) = values
        if isinstance(shape, StructureShape):
            return {key: text.strip("'") for key, text in _ITEM.findall(value)}
        if shape.type_name == "blob":
            return (self.folder / value).read_bytes()
        if value.startswith("file://"):
            return (self.folder / value.removeprefix("file://")).read_text()
        return int(value) if shape.type_name in {"integer", "long"} else value


def _options(words: list[str]) -> list[list[str]]:
    found: list[list[str]] = []
    for word in words:
        if word.startswith("--"):
            found.append([word])
        else:
            assert found, f"{word} belongs to no option"
            found[-1].append(word)
    return found
