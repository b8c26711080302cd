"""A review as a labelling function is given it.

Title and text and nothing else: that no function reads the rating, or what the champion answers, is not left to whoever writes one.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

from reviewloop.core.texts import model_text, normalise

Part = Literal["title", "text", "both"]
MAX_CHARS: Final = 20_000
"""Of a review that is looked at: as many as the longest that a contract lets in."""


@dataclass(frozen=True)
class Review:
    """What a function may look at; read once, whatever number of functions ask."""

    title: str
    text: str

    @cached_property
    def written(self) -> dict[Part, str]:
        """Each part as it was written; ``both`` is what a model reads."""
        title, text = self.title[:MAX_CHARS], self.text[:MAX_CHARS]
        return {"title": title, "text": text, "both": model_text(title, text)}

    @cached_property
    def normal(self) -> dict[Part, str]:
        """Each part normalised (``texts.normalise``)."""
        return {part: normalise(written) for part, written in self.written.items()}

    @cached_property
    def words(self) -> list[str]:
        """Of title and text, normalised, in order."""
        return self.normal["both"].split()
