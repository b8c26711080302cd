"""Text that was decoded with the wrong table on its way to us, so that its characters are no longer the writer's.

UTF-8 writes a character beyond ASCII as a lead byte (C2 to F4) and one to three continuation bytes (80 to BF). A reader that takes
each byte for a character shows pairs such as ``Ã©`` for ``é`` or ``â€™`` for an apostrophe, which are looked for here.
"""

from typing import Final

import regex

_NEXT: Final = bytes(range(0x80, 0xC0)).decode("cp1252", "ignore")
"""Continuation bytes as Windows-1252 shows them; Latin-1 shows the same, or C1 controls."""
_ODD: Final = "€ƒˆ‰˜¡¢£¤¥¦§¨©¬¯±µ¶¸¼½¾¿"
"""Those of ``_NEXT`` that stand behind no accented letter in any language; quotes, dashes, ``®`` or ``ž`` do: ``CAFÉ”, Úžasné``."""
_DOS: Final = bytes(range(0x80, 0xC0)).decode("cp437") + bytes(range(0x80, 0xC0)).decode("cp850")
_MAC: Final = bytes(range(0x80, 0xC0)).decode("mac_roman")
_DASHES: Final = [b"\xe2\x80".decode(table) for table in ("mac_roman", "cp437", "cp850", "cp1251", "cp1253", "gbk")]
"""How other tables show the first two bytes of typographic quotes, dashes and the ellipsis."""
_SIGNS: Final = (
    r"[\uFFFD\x80-\x9F]",  # the replacement character, C1 controls
    rf"[Â-ÖØ-ßâã][{_ODD}]",  # two bytes (× is left out: "2×£5"); â, ã: put into lower case after the fault
    rf"(?<!\p{{Lu}})[ÂÃÄÅ][{_NEXT}]",  # in a word of capitals these may end it: "MANHÃ…"
    rf"(?:[Â-ß][{_NEXT}]){{2}}",
    rf"[à-ï](?:[{_ODD}][{_NEXT}]|[{_NEXT}--\xA0][{_ODD}])",  # three bytes; "café £5" with a no-break space is sound
    r"â[€‚„œžš˜]|ï»¿|ð[Ÿÿ]",  # punctuation and symbols, a byte order mark, emoji
    rf"√[{_MAC}--π]|├[{_DOS}]",  # Western letters, by the tables of old Macs and of DOS
    "|".join(_DASHES),
)
_MOJIBAKE: Final = regex.compile("|".join(_SIGNS), regex.VERSION1)


def is_mojibake(text: str) -> bool:
    """Whether ``text`` holds a character or a run of characters that only a wrong decoding leaves.

    Sure of UTF-8 that was read as Windows-1252 or Latin-1, once or twice, and of what a decoder puts for bytes that it cannot
    read; of other tables it knows the punctuation. One table read as another, both of one byte, leaves no such sign.
    """
    return not text.isascii() and _MOJIBAKE.search(text) is not None
