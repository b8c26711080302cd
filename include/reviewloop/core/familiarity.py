"""Whether a model may be believed on a text at all: is it English, and does it speak as the reviews that the model was trained on?

Counted in words that the training part does not know (``core.texts.vocabulary``), so it is learnt anew with every model and costs
a look-up a word. The bounds are measured: `make study-notes`, and the table in ``docs/serving.md``.
"""

from collections.abc import Collection
from typing import Final, Literal

import regex

from reviewloop.core.texts import words

Note = Literal["not_english", "unlike_training"]

UNLIKE_SHARE: Final = 0.25
"""Of the words, from which on a text is unlike the training part; 0.18 was the most of 9,056 real reviews that were held out."""
FOREIGN_SHARE: Final = 0.45
"""Of the words, from which on a text is not English, where hardly any of the others is one of ``COMMON``."""
MAX_COMMON: Final = 0.12
"""Share of ``COMMON`` words below which a text is not English; English of any subject has a fifth and more."""
MIN_UNKNOWN: Final = 3
"""Words: a short review may have a name in it, and a misspelt word."""
COMMON: Final = frozenset(
    words(
        """
        about after all and any are be because been but by can could did does for from had have how if into is isn it its just
        like more most my not of one only or other our out she some than that the their them then there these they this those to
        too very we were what when which who why with would you your
        """
    )
)
"""The commonest words of English but for those that other languages write alike (a, in, on, do, no, was ...)."""
_LETTER: Final = regex.compile(r"\p{L}")
_LATIN: Final = regex.compile(r"\p{Script=Latin}")
_MAX_WORDS: Final = 400
"""Words that are looked at; what is longer has said by then what it is."""


def notes(text: str, vocabulary: Collection[str] | None) -> list[Note]:
    """What a caller should know of ``text``; nothing for one that reads like a review of the training part.

    ``vocabulary`` (a set) is of the model that answers; without one only another script is seen.
    """
    head = text[: 8 * _MAX_WORDS]
    if not head.isascii() and len(_LATIN.findall(head)) < len(_LETTER.findall(head)) / 2:
        return ["not_english", "unlike_training"]
    if vocabulary is None:
        return []
    found = words(head)[:_MAX_WORDS]
    num_unknown = sum(word not in vocabulary for word in found)
    if num_unknown < MIN_UNKNOWN or num_unknown < UNLIKE_SHARE * len(found):
        return []
    num_common = sum(word in COMMON for word in found)
    if num_unknown >= FOREIGN_SHARE * len(found) and num_common < MAX_COMMON * len(found):
        return ["not_english", "unlike_training"]
    return ["unlike_training"]
