"""Which characters of a text a reader sees: ``str.strip`` knows white space only, Unicode knows many more that show nothing."""

from typing import Final

import regex  # Unicode's properties, most of which the standard library lacks

_SEEN: Final = regex.compile(
    r"[^\p{White_Space}\p{Cc}\p{Cf}\p{Cs}\p{M}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}"
    r"\u2800\U0001D159\U00013441\U00013442]"
)
"""All but white space, controls, marks without a letter of their own, and what Unicode says is drawn as nothing (zero width and
bidirectional controls, fillers, soft hyphens, variation selectors, tags). The four at the end are symbols drawn blank, which no
property tells: Braille, a note head, two hieroglyphs. Characters too new to be known count as seen: they show as boxes."""
_UNSEEN_ASCII: Final = bytes(at for at in range(256) if not _SEEN.match(chr(at)))
"""As ``bytes.translate`` deletes them."""


def seen_characters(text: str) -> list[str]:
    """The characters that take a place of their own on a page, in order: an accent or a joiner belongs to the one before it."""
    found: list[str] = _SEEN.findall(text)
    return found


def can_be_seen(text: str) -> bool:
    """Whether ``text`` shows anything at all."""
    return _SEEN.search(text) is not None


def seen_ascii(text: str) -> bytes:
    """``seen_characters`` of a text in ASCII, as its bytes: many times as fast, and most texts are."""
    return text.encode("ascii").translate(None, _UNSEEN_ASCII)
