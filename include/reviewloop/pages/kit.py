"""The one kit of all pages: a header, sections, and pieces. Templates hold the HTML and escape what is put into them.

Pieces are ``Markup``; any other text is data. A page is one file: its style inside, nothing fetched, and
no script but where ``page`` is given some.
"""

import base64
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from reviewloop.core.reviews import SENTIMENTS
from reviewloop.pages.links import Link, Links

log = logging.getLogger(__name__)

Kind = Literal["pass", "warn", "fail", "none"]
"""How a verdict looks: its colour and its sign. ``none``: neither good nor bad."""
Cell = object
"""Of a table: ``Markup`` stands as it is, everything else is escaped."""
POLICY: Final = "default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'unsafe-inline'; img-src data:"
"""What a browser may do with a page, as a Content-Security-Policy: show its own styles and drawings, fetch and run nothing.

It stands in the page too, for a file that is opened from S3 and not from the web server.
"""
SCRIPTED_POLICY: Final = f"{POLICY} blob:; font-src data:; script-src 'unsafe-inline'"
"""The same for a page whose own scripts draw its charts: they may run, and send nothing anywhere."""
CHARTED_POLICY: Final = f"{POLICY}; script-src 'self'"
"""The same for a page whose plots are drawn by scripts of the web server's own: no script that stands in a page runs."""
SENTIMENT_KEY: Final = {name: name for name in SENTIMENTS}
"""For ``key``."""
TEMPLATES: Final = Path(__file__).parent / "templates"
PLOTLY: Final = TEMPLATES / "plotly-cartesian.min.js"
"""plotly.js 2.35.2 as its npm package plotly.js-cartesian-dist-min has it: the plots on two axes, less than a third of it all."""
"""Where the templates lie, the style and the scripts."""
_MAX_REASON: Final = 300
"""Characters of an error that a page shows; the log has the rest."""


@dataclass(frozen=True)
class Verdict:
    """What the page comes to: a word in the colour of ``kind``, and a sentence that says why."""

    kind: Kind
    word: str
    told: str = ""


@dataclass(frozen=True)
class Section:
    """A part of a page under its heading, with the anchor that the contents link."""

    anchor: str
    title: str
    body: Markup


def page(
    title: str,
    links: Links | None,
    verdict: Verdict | None = None,
    top: str | Markup = "",
    sections: Sequence[Section] = (),
    scripts: Sequence[str] = (),
) -> str:
    """A whole page. ``top`` stands above the sections; with three sections or more there are contents beside them.

    ``links`` is ``None`` for pages that are made on request, which lead on by themselves. ``scripts`` are addresses on the web
    server, of what draws the page's plots.
    """
    menu = [one for one in sections if one.title]
    shown: dict[str, object] = {"verdict": verdict, "top": top, "sections": sections, "menu": menu if len(menu) > 2 else []}
    shown |= {"style": stylesheet(), "policy": CHARTED_POLICY if scripts else POLICY, "scripts": scripts}
    return _environment().get_template("page.html").render(title=title, **_linked(links), **shown)


def banner(title: str, links: Links, verdict: Verdict) -> Markup:
    """The header alone, to stand on a page that another program rendered: neither's style reaches the other."""
    made = _environment().get_template("banner.html").render(title=title, **_linked(links), verdict=verdict, style=stylesheet())
    return Markup(made)  # noqa: S704 (the template escapes)


def _linked(links: Links | None) -> dict[str, object]:
    return {"about": links.about if links else "", "links": list(links or ())}


def section(anchor: str, title: str, make: Callable[[], str | Markup]) -> Section:
    """The section that ``make`` builds. Where that raises, the section says so in one line, and the page stays whole."""
    return Section(anchor, title, safely(title, make))


def safely(name: str, make: Callable[[], str | Markup]) -> Markup:
    """What ``make`` builds or, where that raises, a card that says that ``name`` could not be shown; the log has the traceback."""
    try:
        return Markup.escape(make())
    except Exception as error:
        log.exception("page: %s could not be shown", name)
        return card("fail", f"{name}: this part could not be shown", paragraph(_reason(error)))


def judged(make: Callable[[], Verdict]) -> Verdict:
    """The verdict that ``make`` comes to or, where that raises, a warning that there is none; the log has the traceback."""
    try:
        return make()
    except Exception as error:
        log.exception("page: there is no verdict")
        return Verdict("warn", "not judged", f"the verdict could not be told: {_reason(error)}")


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0][:_MAX_REASON]


def mark(kind: Kind, word: str) -> Markup:
    """A verdict's word in its colour, with its sign."""
    return _piece("mark", kind, word)


def paragraph(text: str | Markup, kind: str = "") -> Markup:
    """A paragraph; ``kind`` is ``soft`` for an explanation."""
    return _piece("paragraph", text, kind)


def heading(text: str | Markup) -> Markup:
    """The heading of a part of a section."""
    return _piece("heading", text)


def ways(links: Iterable[Link]) -> Markup:
    """Where a page leads that has no header of a report."""
    return _piece("ways", list(links))


def bullets(lines: Iterable[str | Markup]) -> Markup:
    """A list; nothing for no lines."""
    return _piece("bullets", list(lines))


def table(
    head: Sequence[str], rows: Iterable[Sequence[Cell]], numeric: Iterable[int] = (), caption: str = "", kind: str = ""
) -> Markup:
    """A table that scrolls inside its own box. The columns in ``numeric`` are set right.

    ``kind`` is ``roomy`` (sentences: no column thinner than a few words), ``texts`` (whole reviews, all but the last column),
    ``digests`` (the last column breaks anywhere), ``middle`` (bars), ``heat``, or ``many`` (so many columns that the first one
    stays in sight). Raises ``ValueError`` for a row of another width.
    """
    whole = [list(row) for row in rows]
    for row in whole:
        if len(row) != len(head):
            raise ValueError(f"a row of {len(row)} cells in a table of {len(head)} columns: {row}")
    return _piece("table", head, whole, set(numeric), caption, kind)


def tiles(*shown: tuple[str, str]) -> Markup:
    """Numbers that matter, each with what it counts."""
    return _piece("tiles", shown)


def findings(*found: tuple[Literal["note", "warn", "fail"], str, str]) -> Markup:
    """What to know first: level, sentence, and the anchor of the section that tells more (may be empty)."""
    return _piece("findings", found)


def card(kind: Kind, title: str, body: str | Markup) -> Markup:
    """A box with a coloured edge."""
    return _piece("card", kind, title, body)


def details(summary: str | Markup, body: str | Markup) -> Markup:
    """A part that is folded until somebody opens it."""
    return _piece("details", summary, body)


def figure(svg: bytes, caption: str, kind: str = "") -> Markup:
    """An SVG as an image, on light paper in both themes; an image cannot run what a text in it might say.

    ``kind`` is ``broad`` for one whose text could not be read on a narrow screen: it scrolls inside its own box.
    """
    return _piece("figure", f"data:image/svg+xml;base64,{base64.b64encode(svg).decode()}", caption, kind)


def drawing(template: str, **values: object) -> Markup:
    """A drawing of our own from ``templates/``. It stands in the page, so that its titles are shown on hover and it is dark in the
    dark; where it is too wide it scrolls inside its own box."""
    return Markup(_environment().get_template(template).render(**values))  # noqa: S704 (the template escapes)


def bar(share: float, colour: str = "positive") -> Markup:
    """A bar filled to ``share`` (0 to 1); ``colour`` is a sentiment, or ``c1`` to ``c5``."""
    return _piece("bar", min(max(share, 0.0), 1.0), colour)


def stacked(parts: Sequence[tuple[str, float, str]]) -> Markup:
    """A bar of several parts: name, share (0 to 1) and colour of each."""
    return _piece("stacked", parts)


def sentiments(shares: Sequence[float]) -> Markup:
    """A bar of the sentiments' shares, in the order of ``SENTIMENTS``."""
    return stacked([(name, share, name) for name, share in zip(SENTIMENTS, shares, strict=True)])


def key(names: Mapping[str, str] = SENTIMENT_KEY) -> Markup:
    """What colours mean: name -> colour."""
    return _piece("key", names)


def grid(*parts: Markup) -> Markup:
    """Parts side by side where there is room, else below each other."""
    return _piece("side_by_side", parts, "grid")


def flow(*parts: Markup) -> Markup:
    """Parts of unlike heights, in as many columns as there is room for."""
    return _piece("side_by_side", parts, "flow")


def cloud(words: Sequence[tuple[str, float]], colour: str) -> Markup:
    """Words in the size of their weight (> 0), the heaviest first, in a sentiment's colour."""
    most = max((weight for _, weight in words), default=1.0)
    return _piece("cloud", [(word, 0.85 + 1.15 * weight / most) for word, weight in words], colour)


def shade(value: float | None) -> Markup:
    """A correlation from -1 to 1 on a background that tells sign and strength."""
    if value is None:
        return Markup("–")
    shown = round(value, 2) + 0.0  # without the sign of -0.0
    return _piece("shade", shown, "negative" if shown < 0 else "positive")


def below(first: Cell, second: Cell) -> Markup:
    """Two lines of a table's cell, the second softer."""
    return Markup('{}<br><span class="soft">{}</span>').format(first, second)


def titled(title: str, text: str) -> Markup:
    """A review to be read: its title, where it has one, above its text."""
    return Markup("<b>{}</b><br>{}").format(title, text) if title else Markup.escape(text)


def join(parts: Iterable[str | Markup]) -> Markup:
    """Parts one after another."""
    return Markup("").join(parts)


def shorten(value: str, most: int = 60) -> str:
    """A value from the data, cut after ``most`` characters."""
    return value if len(value) <= most else f"{value[: most - 1]}…"


@cache
def stylesheet() -> Markup:
    """The style of all pages, light and dark."""
    return Markup((TEMPLATES / "style.css").read_text(encoding="utf-8"))  # noqa: S704 (ours)


def _piece(macro: str, *values: Any) -> Markup:
    made: Markup = getattr(_environment().get_template("macros.html").module, macro)(*values)
    return made


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
