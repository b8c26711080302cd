"""What a labelling function looks for in a review: words, a pattern, or a heuristic of ours."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field, model_validator

from reviewloop.config import Section
from reviewloop.core.texts import normalise
from reviewloop.core.weak.heuristics import HEURISTICS
from reviewloop.core.weak.review import Part, Review
from reviewloop.errors import ConfigError

Speaks = Callable[[Review], bool]
"""Whether a review holds what a rule looks for."""
PATTERN_SECONDS: Final = 1.0
"""Of one pattern on one review, which takes microseconds: one that takes longer would hold up the whole day."""


def _has_words(keyword: str) -> str:
    if not normalise(keyword):
        raise ValueError(f"{keyword!r} has no letter and no digit")
    return keyword


Keyword = Annotated[str, AfterValidator(_has_words)]
"""A word or a run of words, compared as ``texts.normalise`` has them; ``*`` at the end stands for any ending."""


class Keywords(Section):
    """Whether a review has one of some words, and none of others."""

    any_of: tuple[Keyword, ...] = Field(min_length=1)
    none_of: tuple[Keyword, ...] = ()
    part: Part = "both"

    def compiled(self) -> Speaks:
        """The rule."""
        wanted, barred = _one_of(self.any_of), _one_of(self.none_of) if self.none_of else None

        def speaks(review: Review) -> bool:
            said = review.normal[self.part]
            return wanted.search(said) is not None and (barred is None or barred.search(said) is None)

        return speaks


class Pattern(Section):
    """Whether a review, as it was written, holds a regular expression; upper and lower case are the same."""

    regex: str = Field(min_length=1)
    part: Part = "both"

    @model_validator(mode="after")
    def _compiles(self) -> "Pattern":
        import regex

        try:
            finds_nothing = regex.compile(self.regex).search("") is None
        except regex.error as error:
            raise ValueError(f"regex: {self.regex!r} is no regular expression: {error}") from None
        if not finds_nothing:
            raise ValueError(f"regex: {self.regex!r} finds something in an empty review; ask for a character at least")
        return self

    def compiled(self) -> Speaks:
        """The rule. It raises ``ConfigError`` for a pattern that does not come to an end."""
        import regex

        compiled = regex.compile(self.regex, regex.IGNORECASE)

        def speaks(review: Review) -> bool:
            try:
                return compiled.search(review.written[self.part], timeout=PATTERN_SECONDS) is not None
            except TimeoutError:
                shown = f"regex: {self.regex!r} took over {PATTERN_SECONDS:.0f} s on a review of {len(review.text)} characters"
                raise ConfigError(f"{shown}; write it without nested repetitions") from None

        return speaks


class Heuristic(Section):
    """A rule in Python, by its name in ``heuristics.HEURISTICS``, with what it is set to."""

    name: str
    parameters: Mapping[str, Any] = {}

    @model_validator(mode="after")
    def _works(self) -> "Heuristic":
        if self.name not in HEURISTICS:
            raise ValueError(f"name: no heuristic {self.name!r}; known: {', '.join(sorted(HEURISTICS))}")
        try:
            found = self.compiled()(Review("", ""))
        except TypeError as error:
            raise ValueError(f"parameters: {error}") from None
        if found:
            raise ValueError(f"{self.name} finds something in an empty review")
        return self

    def compiled(self) -> Speaks:
        """The rule."""
        return partial(HEURISTICS[self.name], **self.parameters)


def _one_of(keywords: Sequence[str]) -> re.Pattern[str]:
    """Finds any of the keywords in a normalised text, at the borders of words."""
    found = "|".join(re.escape(normalise(one)) + (r"\w*" if one.rstrip().endswith("*") else "") for one in keywords)
    return re.compile(rf"\b(?:{found})\b")
