"""Important examples: texts that a model must get right, whatever its average is."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from reviewloop.config import Section
from reviewloop.core.behaviour.answers import Answers
from reviewloop.core.behaviour.suite import Expected, Name, Text, mistakes
from reviewloop.core.behaviour.verdicts import answer_json
from reviewloop.core.texts import model_text
from reviewloop.errors import ConfigError


class Important(Section):
    """One example, as its owner wrote it."""

    id: Name
    title: Text | None = None
    text: Text
    expected: Expected
    why: Text
    """What it costs to get it wrong."""
    owner: Text
    """Whom to ask before it is changed or taken out."""

    @property
    def model_text(self) -> str:
        """What a model reads."""
        return model_text(self.title, self.text)


_EXAMPLES: TypeAdapter[tuple[Important, ...]] = TypeAdapter(Annotated[tuple[Important, ...], Field(min_length=1)])


def parse_important(name: str, data: Any) -> tuple[Important, ...]:
    """Validate the file's entries; raises ``ConfigError`` in one line: entry (its place from 0), field, what is allowed."""
    try:
        examples = _EXAMPLES.validate_python(data)
    except ValidationError as error:
        raise ConfigError(f"behaviour/{name}: {mistakes(error, 'important')}") from None
    if twice := [one for one, count in Counter(example.id for example in examples).items() if count > 1]:
        raise ConfigError(f"behaviour/{name}: important.yaml: id: {twice[0]!r} stands twice; each example needs its own")
    return examples


def judged(examples: Sequence[Important], answers: Answers) -> list[dict[str, Any]]:
    """Each example with what the model said, and whether that is ``right``; the wrong ones first. No answer is wrong."""
    found = [
        {
            **example.model_dump(mode="json", exclude={"text"}),
            **answer_json(example.model_text, answers),
            "right": answers.said(example.model_text) in example.expected,
        }
        for example in examples
    ]
    return sorted(found, key=lambda one: bool(one["right"]))


def metrics(found: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """``important.num_wrong`` and ``important.num_cases``, of what ``judged`` gives."""
    return {"important.num_wrong": float(sum(not one["right"] for one in found)), "important.num_cases": float(len(found))}


def in_words(found: Sequence[Mapping[str, Any]]) -> str:
    """In words, each wrong one by its id: what a gate says when it refuses."""
    wrong = [f"{one['id']} (said {one['said']}, expected {' or '.join(one['expected'])})" for one in found if not one["right"]]
    return f"{len(wrong)} of {len(found)} important examples are wrong: {', '.join(wrong)}" if wrong else f"all {len(found)} right"
