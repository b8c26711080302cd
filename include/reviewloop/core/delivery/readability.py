"""Can a review be read at all? A plain rule with four questions, so that a refusal can be checked by hand."""

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Final

import numpy as np

from reviewloop.core.delivery.mojibake import is_mojibake
from reviewloop.core.texts import words
from reviewloop.core.visibility import seen_ascii, seen_characters

_NO_LETTERS: Final = bytes(at for at in range(256) if not (at < 128 and chr(at).isalpha()))


def letter_share(text: str) -> float:
    """Share, in [0, 1], of the characters that are seen which are letters of any script; 0 for a text that shows nothing."""
    if text.isascii():
        seen = seen_ascii(text)
        return len(seen.translate(None, _NO_LETTERS)) / len(seen) if seen else 0.0
    visible = seen_characters(text)
    return sum(char.isalpha() for char in visible) / len(visible) if visible else 0.0


def top_char_share(text: str) -> float:
    """Share, in [0, 1], of the commonest character (case folded) among those that are seen; 0 for a text that shows nothing."""
    if text.isascii():
        seen = seen_ascii(text.lower())
        return int(np.bincount(np.frombuffer(seen, np.uint8)).max()) / len(seen) if seen else 0.0
    counts = Counter(seen_characters(text.casefold()))
    return max(counts.values()) / counts.total() if counts else 0.0


def common_word_share(text: str, common: Collection[str]) -> float:
    """Share, in [0, 1], of the words of ``text`` that are in ``common``; 0 for a text without words."""
    return _common_share(words(text), common)


def _common_share(found: Sequence[str], common: Collection[str]) -> float:
    return sum(map(common.__contains__, found)) / len(found) if found else 0.0


def why_unreadable(
    text: str,
    common: Collection[str],
    *,
    min_letter_share: float,
    max_char_share: float,
    min_common_word_share: float,
    min_words: int,
) -> str | None:
    """The first reason why ``text`` is garbage or in another language, or ``None``.

    - decoded wrongly: characters that the writer never wrote, from the first one on: ``donâ€™t`` is no negation to a model;
    - few letters: nothing that is seen, numbers, markup, base64, question marks where letters were;
    - one character repeated: ``aaaaaaaa``;
    - few common words: keyboard mash, or another language than that of ``common``. Asked of texts with at least
      ``min_words`` words only: in a shorter one their absence says nothing.
    """
    if is_mojibake(text):
        return "decoded wrongly"
    if letter_share(text) < min_letter_share:
        return "few letters"
    if top_char_share(text) > max_char_share:
        return "one character repeated"
    found = words(text)
    if len(found) >= min_words and _common_share(found, common) < min_common_word_share:
        return "few common words"
    return None
