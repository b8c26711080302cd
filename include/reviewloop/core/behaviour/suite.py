"""The files of a behaviour suite, as an owner writes them: strict, so that a slip of the pen is an error and not a lost test."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from reviewloop.config import Section, Sentiment
from reviewloop.core.behaviour.perturbations import Change
from reviewloop.core.behaviour.templates import slots, stray_brace
from reviewloop.errors import ConfigError

Must = Literal["rise", "not fall"]
Kind = Literal["mft", "inv", "dir"]
"""CheckList's kinds: minimum functionality, invariance, directional."""

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
"""Becomes part of a metric's name."""
Text = Annotated[str, Field(pattern=r"\S")]


def _listed(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Expected = Annotated[tuple[Sentiment, ...], BeforeValidator(_listed), Field(min_length=1, max_length=2)]
"""One sentiment or two; with all three a test could never fail."""
Words = dict[Name, Annotated[tuple[Text, ...], Field(min_length=1)]]
TextPair = tuple[Text, Text]


def _after_nothing(value: Any) -> Any:
    return ("", value) if isinstance(value, str) else value


Added = Annotated[tuple[str, Text], BeforeValidator(_after_nothing)]
"""What is added to a review: nothing and a sentence, or a sentence and another."""


class Templates(Section):
    """Texts with slots, and the sentiments that are right for them."""

    expected: Expected
    templates: tuple[Text, ...] = Field(min_length=1)


class MinimumFunctionality(Section):
    """A capability shown on texts that are written for it."""

    about: Text
    cases: tuple[Templates, ...] = Field(min_length=1)


class Invariance(Section):
    """A change that must not change the answer."""

    about: Text
    swap: tuple[Annotated[tuple[Text, ...], Field(min_length=2)], ...] = ()
    add: tuple[Text, ...] = ()
    change: tuple[Change, ...] = ()

    @model_validator(mode="after")
    def _changes_something(self) -> "Invariance":
        if bool(self.change) == bool(self.swap or self.add):
            raise ValueError("give either change, or swap and add (one of them or both)")
        _distinct_words([word for group in self.swap for word in group])
        if without := [one for one in self.add if not slots(one)]:
            raise ValueError(f"add: {without[0]!r} has no {{slot}}, so its two versions would be the same")
        return self


class Directional(Section):
    """A sentence that must move the probability of ``sentiment``; of a pair, the second against the first."""

    about: Text
    add: tuple[Added, ...] = Field(min_length=1)
    labels: tuple[Sentiment, ...] = Field(min_length=1)
    """The sentiments of the sealed reviews that it is added to."""
    sentiment: Sentiment
    must: Must


class Flip(Section):
    """A change of who is spoken of, which must not change the answer. Pairs stand in the order of ``groups``."""

    about: Text
    groups: tuple[Name, Name]
    swap: tuple[TextPair, ...] = ()
    add: tuple[TextPair, ...] = ()

    @model_validator(mode="after")
    def _changes_something(self) -> "Flip":
        if not self.swap and not self.add:
            raise ValueError("give swap, add or both")
        _distinct_words([word for pair in self.swap for word in pair])
        if same := [first for first, second in (*self.add, self.groups) if first == second]:
            raise ValueError(f"both of a pair are {same[0]!r}")
        return self


class Suite(Section):
    """All files of a suite, by name; ``important.yaml`` has its own (``core.behaviour.important``)."""

    words: Words
    minimum_functionality: dict[Name, MinimumFunctionality] = Field(min_length=1)
    invariance: dict[Name, Invariance] = Field(min_length=1)
    directional: dict[Name, Directional] = Field(min_length=1)
    flips: dict[Name, Flip] = Field(min_length=1)

    @model_validator(mode="after")
    def _slots_are_known(self) -> "Suite":
        for place, template in self._templates():
            if stray_brace(template):
                raise ValueError(f"{place}: {template!r} has a brace that is no {{slot}} of small letters, digits and _")
            if unknown := [name for name in slots(template) if name not in self.words]:
                raise ValueError(f"{place}: no list {unknown[0]!r} in words.yaml; known: {', '.join(sorted(self.words))}")
        for name, test in self.invariance.items():
            for slot in (slot for template in test.add for slot in slots(template)):
                if len(set(self.words[slot])) < 2:
                    raise ValueError(f"invariance.{name}: words.yaml has only one {slot!r}, so the two versions would be the same")
        return self

    def _templates(self) -> Iterator[tuple[str, str]]:
        for name, capability in self.minimum_functionality.items():
            yield from ((f"minimum_functionality.{name}", one) for case in capability.cases for one in case.templates)
        for name, test in self.invariance.items():
            yield from ((f"invariance.{name}", one) for one in test.add)
        for name, direction in self.directional.items():
            yield from ((f"directional.{name}", part) for pair in direction.add for part in pair)
        for name, flip in self.flips.items():
            yield from ((f"flips.{name}", part) for pair in flip.add for part in pair)


def _distinct_words(words: Sequence[str]) -> None:
    folded = [word.casefold() for word in words]
    if twice := [word for word in words if folded.count(word.casefold()) > 1]:
        raise ValueError(f"swap: {twice[0]!r} stands twice, so it is not clear what it becomes")


def parse_suite(name: str, files: Mapping[str, Any]) -> Suite:
    """Validate what the files hold, by file stem; raises ``ConfigError`` in one line: file, entry, field and what is allowed."""
    try:
        return Suite.model_validate(files)
    except ValidationError as error:
        raise ConfigError(f"behaviour/{name}: {mistakes(error)}") from None


def mistakes(error: ValidationError, file: str | None = None) -> str:
    """All faults in one line; ``file`` is the stem of the file they are in, unless each fault's own path begins with it."""
    found = error.errors(include_url=False)
    # A list whose only entry is wrong is also reported as too short; the entry says it better.
    inner = [one for one in found if not any(_holds(one, other) for other in found)]
    return "; ".join(_mistake(one, file) for one in inner)


def _holds(outer: ErrorDetails, inner: ErrorDetails) -> bool:
    return len(inner["loc"]) > len(outer["loc"]) and inner["loc"][: len(outer["loc"])] == outer["loc"]


_KIND: Final = {
    "dict_type": "entries by name are expected (name: ...)",
    "model_type": "fields are expected (field: value)",
    "tuple_type": "a list is expected (- ...)",
}
"""Pydantic's errors about what a file is made of, in the words of YAML and not of Python."""


def _mistake(one: ErrorDetails, file: str | None) -> str:
    path = [str(part) for part in (*([file] if file else []), *one["loc"])]
    where = [f"{path[0]}.yaml", ".".join(path[1:])] if path else []
    shown = "nothing" if one["input"] is None else repr(one["input"])
    found = "" if one["type"] in ("missing", "value_error") else f" (found {shown}{_quotes(one)})"
    return ": ".join([*filter(None, where), _KIND.get(one["type"], one["msg"])]) + found


def _quotes(one: ErrorDetails) -> str:
    """YAML reads ``12`` as a number and ``no`` as false: a word that is not text lacks its quotes."""
    return "; put it in quotes" if one["type"] == "string_type" and isinstance(one["input"], bool | int | float) else ""
