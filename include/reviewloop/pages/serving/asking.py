"""The endpoint's own page: one review in, and out its answer, the words that drove it, and what to know of it."""

import base64
import hashlib
from functools import cache

from markupsafe import Markup

from reviewloop.pages import kit


@cache
def asking_page() -> tuple[str, str]:
    """HTML, and its Content-Security-Policy: its own style and script by their digests, and requests to where it came from.

    No request's text is in it. The script puts in what it is answered as text, so that nothing of it can come alive.
    """
    style = kit.stylesheet() + Markup(_read("asking.css"))  # noqa: S704 (ours)
    script = Markup(_read("asking.js"))  # noqa: S704 (ours)
    policy = (
        f"default-src 'none'; base-uri 'none'; form-action 'none'; connect-src 'self'; img-src data:; "
        f"style-src {_digest(style)}; script-src {_digest(script)}"
    )
    return kit.drawing("asking.html", style=style, script=script, policy=policy), policy


def _read(name: str) -> str:
    return (kit.TEMPLATES / name).read_text(encoding="utf-8")


def _digest(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"
