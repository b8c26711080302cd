"""Our verdict on top of Evidently's page."""

import html
import re
from collections.abc import Sequence

from reviewloop.errors import PermanentError


def with_verdict(page: bytes, title: str, fired: bool, reasons: Sequence[str]) -> bytes:
    """Evidently's page with our verdict above it: its own banner counts tests and does not know our rule."""
    colour, word = ("#b3261e", "DRIFT") if fired else ("#1b6e3c", "no drift")
    items = "".join(f"<li>{html.escape(reason)}</li>" for reason in reasons)
    banner = (
        f'<section style="font-family:system-ui,sans-serif;margin:0;padding:16px 24px;border-left:8px solid {colour};'
        f'background:#fafafa;color:#222"><h1 style="margin:0;font-size:20px">{html.escape(title)}: '
        f'<span style="color:{colour}">{word}</span></h1><ul style="margin:8px 0 0">{items}</ul></section>'
    )
    text, found = re.subn(r"(<body[^>]*>)", lambda tag: tag.group(1) + banner, page.decode(), count=1)
    if not found:
        raise PermanentError("drift page: Evidently wrote no <body>, so the verdict has no place to stand")
    return text.encode()
