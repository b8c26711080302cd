"""Labelling functions: rules that say "a review that holds this is negative", and otherwise say nothing.

One file a function, with its owner and version, as a person writes it under ``include/config/labelling/<dataset>/``. After
Ratner et al., "Snorkel: rapid training data creation with weak supervision", VLDB 2017.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

import numpy as np
import numpy.typing as npt
from pydantic import Field, ValidationError, model_validator

from reviewloop.config import Section, Sentiment
from reviewloop.core.behaviour.suite import Name, mistakes
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.weak.review import Review
from reviewloop.core.weak.rules import Heuristic, Keywords, Pattern
from reviewloop.errors import ConfigError

ABSTAINS: Final = -1
"""A vote that is none."""
Votes = npt.NDArray[np.int8]
"""Shape (reviews, functions): a class id, or ``ABSTAINS``."""
_RULES: Final = ("keywords", "pattern", "heuristic")


class LabellingFunction(Section):
    """One file. Its name is the file's; exactly one of ``keywords``, ``pattern`` and ``heuristic`` is its rule."""

    name: Name
    owner: Annotated[str, Field(min_length=1)]
    """Whom to ask before it is changed or taken out."""
    version: Annotated[int, Field(ge=1)]
    """One more with every change, so that a label says which rule it came from."""
    description: Annotated[str, Field(min_length=1)]
    """Why what it finds is of the sentiment that it answers."""
    answers: Sentiment
    keywords: Keywords | None = None
    pattern: Pattern | None = None
    heuristic: Heuristic | None = None

    @model_validator(mode="after")
    def _has_one_rule(self) -> "LabellingFunction":
        if len(given := [name for name in _RULES if getattr(self, name) is not None]) != 1:
            raise ValueError(f"{' and '.join(given) or 'no rule'} given; give exactly one of {', '.join(_RULES)}")
        return self

    @property
    def label(self) -> int:
        """The class id that it answers."""
        return SENTIMENTS.index(self.answers)

    @property
    def rule(self) -> Keywords | Pattern | Heuristic:
        """The one that it has."""
        return next(one for one in (self.keywords, self.pattern, self.heuristic) if one is not None)


def parse_functions(dataset: str, files: Mapping[str, Any]) -> tuple[LabellingFunction, ...]:
    """The functions of ``files``, by file stem, in the order of their names.

    Raises ``ConfigError`` in one line: file, field, what is allowed.
    """
    return tuple(_parse(dataset, name, files[name]) for name in sorted(files))


def _parse(dataset: str, name: str, data: Any) -> LabellingFunction:
    if not isinstance(data, Mapping):
        raise ConfigError(f"labelling/{dataset}: {name}.yaml: fields are expected (field: value)")
    if "name" in data:
        raise ConfigError(f"labelling/{dataset}: {name}.yaml: name: {data['name']!r} is not to be given; the file's name is it")
    try:
        return LabellingFunction.model_validate({**data, "name": name})
    except ValidationError as error:
        raise ConfigError(f"labelling/{dataset}: {mistakes(error, name)}") from None


def votes_of(functions: Sequence[LabellingFunction], titles: Sequence[str | None], texts: Sequence[str]) -> Votes:
    """What each function says of each review; a title may be missing. Raises ``ConfigError`` for a pattern without an end."""
    reviews = [Review(title or "", text) for title, text in zip(titles, texts, strict=True)]
    votes = np.full((len(reviews), len(functions)), ABSTAINS, dtype=np.int8)
    for place, function in enumerate(functions):
        speaks = function.rule.compiled()
        votes[[speaks(review) for review in reviews], place] = function.label
    return votes
