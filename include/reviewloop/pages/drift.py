"""What the monitor found on one scored day, in words; Evidently's own page, with its charts, is a link away."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from reviewloop.errors import PermanentError
from reviewloop.pages import kit
from reviewloop.pages.links import Links


def drift_page(title: str, found: Mapping[str, Any], links: Links) -> str:
    """HTML. ``found`` is a ``DriftVerdict`` as JSON, with ``num_reference_rows`` and ``model_version`` beside it."""
    top = kit.join(
        [
            kit.tiles(
                (f"{found['num_rows']:,}", "reviews of the day"),
                (f"{found['num_reference_rows']:,}", "sealed reviews that they are compared with"),
                (f"{found['live_macro_f1']:.3f}", "macro-F1 on the day's rated reviews"),
                (f"version {found['model_version']}", "answered"),
            ),
            kit.bullets(found["reasons"]),
        ]
    )
    sections = [kit.section("columns", "What was compared", lambda: _columns(found["columns"]))]
    return kit.page(title, links, _verdict(found["fired"], found["reasons"]), top, sections)


def with_banner(page: bytes, title: str, fired: bool, reasons: Sequence[str], links: Links) -> bytes:
    """Evidently's page with our header above it: its own banner counts tests and does not know our rule.

    Raises ``PermanentError`` where the page has no ``<body>`` for it to stand in.
    """
    banner = str(kit.banner(title, links, _verdict(fired, reasons)))  # as text: joined to Markup, the rest would be escaped
    text, found = re.subn(r"(<body[^>]*>)", lambda tag: tag[1] + banner, page.decode(), count=1)
    if not found:
        raise PermanentError("drift page: Evidently wrote no <body>, so the verdict has no place to stand")
    policy = Markup('<meta http-equiv="Content-Security-Policy" content="{}">').format(kit.SCRIPTED_POLICY)
    named = str(policy + Markup("<title>{}</title>").format(title))  # it has none, or an empty one
    text = re.sub(r"<title>.*?</title>", "", text, count=1, flags=re.DOTALL)
    return re.sub(r"(<head[^>]*>)", lambda tag: tag[1] + named, text, count=1).encode()


def _verdict(fired: bool, reasons: Sequence[str]) -> kit.Verdict:
    if fired:
        return kit.Verdict("fail", "drift", reasons[0])
    is_small = reasons[0].startswith("not enough evidence")
    return kit.Verdict("none", "not judged", reasons[0]) if is_small else kit.Verdict("pass", "no drift", reasons[0])


def _columns(columns: Sequence[Mapping[str, Any]]) -> Markup:
    head = ["Verdict", "Column", "Distance", "Limit", "Method"]
    rows = sorted(columns, key=lambda one: not one["drifted"])
    shown = [
        [kit.mark("fail", "moved") if one["drifted"] else kit.mark("pass", "as before"), one["column"].replace("_", " "),
         f"{one['value']:.3f}", f"{one['threshold']:g}", one["method"]]
        for one in rows
    ]  # fmt: skip
    return kit.table(head, shown, numeric=(2, 3))
