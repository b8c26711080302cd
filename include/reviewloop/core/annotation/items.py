"""What people are asked about: one text of one review, and the words that an answer may have."""

from dataclasses import dataclass
from typing import Final, Literal

from reviewloop.core.digests import json_digest
from reviewloop.core.reviews import SENTIMENTS

UNCLEAR: Final = "unclear"
"""A person has read it and cannot say: it is not asked again, and its label stays what it was."""
LABELS: Final = (*SENTIMENTS, UNCLEAR)
Kind = Literal["disputed", "random", "unsure"]
"""Why a text is asked: people disagreed on it, it was drawn at random, or a model hesitates between two sentiments."""
_DIGITS: Final = 15


@dataclass(frozen=True)
class Item:
    """A text in a queue. ``rated`` is the sentiment that its rating says; ``why`` it was chosen, in words.

    ``inclusion_probability`` is None where no lot was drawn, and in queues of before it was kept.
    """

    item: str
    day: str
    review_id: int
    text_digest: str
    kind: Kind
    rated: str
    why: str
    inclusion_probability: float | None = None


def item_id(day: str, review_id: int, text_digest: str) -> str:
    """The same for ever, and another one once the review has another text.

    It begins with a letter that no number has: a spreadsheet makes ``12e4567`` infinite.
    """
    return f"r{json_digest([day, review_id, text_digest])[:_DIGITS]}"
