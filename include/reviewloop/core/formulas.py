"""Texts that a spreadsheet would take for a formula, kept from being one, as OWASP advises on CSV injection.

https://owasp.org/www-community/attacks/CSV_Injection: a cell that begins with ``= + - @``, a tab or a carriage return gets an
apostrophe in front. So do their full-width forms, and one that stands behind blanks or signs without width, which importers drop.
"""

import re
from typing import Final

_BLANK: Final = r"[\s\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
_START: Final = re.compile(rf"'*(?:[\t\r\n]|{_BLANK}*[=+\-@\uff1d\uff0b\uff0d\uff20\u2212])")
_NUMBER: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")


def defused(text: str) -> str:
    """``text`` with an apostrophe in front where it begins like a formula; a number such as ``-1.5`` stays one.

    Nothing is lost: a text that begins with apostrophes and then like a formula gets one more, so ``as_written`` undoes it.
    """
    return f"'{text}" if _START.match(text) and not _NUMBER.fullmatch(text) else text


def as_written(cell: str) -> str:
    """The text that ``defused`` was given."""
    return cell[1:] if cell.startswith("'") and defused(cell[1:]) == cell else cell
