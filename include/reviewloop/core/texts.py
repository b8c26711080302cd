"""The text of a review: as the model reads it, and as the loop tells one text from another."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from typing import Final

from reviewloop.core.digests import bytes_digest

_NOT_WORD: Final = re.compile(r"[\W_]+")
_ASCII_WORDS: Final = bytes(ord(char.lower()) if char.isascii() and char.isalnum() else ord(" ") for char in map(chr, range(256)))
"""What ``normalise`` makes of each byte of an ASCII text, most texts: a table is three times as fast as Unicode's rules."""


def model_text(title: str | None, text: str) -> str:
    """Title and text as one line, all a model sees of a review. Runs of white space become one space."""
    head, body = " ".join((title or "").split()), " ".join(text.split())
    if not head:
        return body
    return f"{head} {body}" if head[-1] in ".!?" else f"{head}. {body}"


def normalise(text: str) -> str:
    """``text`` without what does not make it another text: case, Unicode form, punctuation and white space.

    NFKC, case folding, NFKC again (folding can leave the normal form), then each run of non-alphanumerics becomes one
    space. Texts without a single letter or digit all become the empty string.
    """
    if text.isascii():
        return b" ".join(text.encode().translate(_ASCII_WORDS).split()).decode()
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return _NOT_WORD.sub(" ", folded).strip()


def text_digest(text: str) -> str:
    """The identity of a text: SHA-256 of ``normalise(text)``, in hex."""
    return bytes_digest(normalise(text).encode())


def words(text: str) -> list[str]:
    """The words of ``normalise(text)``, in order."""
    return normalise(text).split()


def vocabulary(texts: Iterable[str], min_count: int = 2) -> list[str]:
    """The words that occur at least ``min_count`` times in ``texts``, sorted. A word seen once is as likely a typing error."""
    counts = Counter(word for text in texts for word in words(text))
    return sorted(word for word, count in counts.items() if count >= min_count)
