"""Small self-contained HTML pages: no script, no file beside them, readable without a network."""

from collections.abc import Iterable, Sequence
from html import escape
from string import Template

STYLE = """
body{font:15px/1.5 system-ui,sans-serif;color:#1f2933;background:#fff;max-width:1080px;margin:2rem auto;padding:0 1.5rem}
h1{font-size:1.5rem;margin:0 0 .25rem}h4,h5,h6{font-size:1rem;margin:1.2rem 0 .3rem}
table{border-collapse:collapse;width:100%;margin:.5rem 0 1rem}
th,td{text-align:left;vertical-align:top;padding:.35rem .7rem;border-bottom:1px solid #e1e5ea}
th{font-weight:600;background:#f5f7f9}td.num{text-align:right;font-variant-numeric:tabular-nums}
a{color:#1257a8}code{white-space:pre-wrap;font-size:.85em}p.lead{color:#52606d;margin:.25rem 0 1rem}
.pass,.text-success{color:#1b7a3d}.fail,.text-danger{color:#b3261e}.unknown,.text-warning{color:#8a6100}
.pass,.fail,.unknown{font-weight:600}
.bar{background:#e7ebef;width:9rem;height:.7rem;margin-top:.4rem}.bar i{display:block;height:100%;background:#4a7fb5}
"""

_PAGE = Template("""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>$title</title><style>$style</style></head>
<body><h1>$title</h1>
$body
</body></html>
""")


def page(title: str, body: str) -> str:
    """A whole page. ``body`` is HTML; ``title`` is text."""
    return _PAGE.substitute(title=escape(title), style=STYLE, body=body)


def lead(text: str) -> str:
    """A paragraph under the title."""
    return f'<p class="lead">{escape(text)}</p>'


def verdict(word: str, kind: str) -> str:
    """A coloured word; ``kind`` is ``pass``, ``fail`` or ``unknown``."""
    return f'<span class="{escape(kind)}">{escape(word)}</span>'


def bar(share: float) -> str:
    """A horizontal bar filled to ``share`` (0 to 1)."""
    return f'<div class="bar"><i style="width:{min(max(share, 0.0), 1.0) * 100:.1f}%"></i></div>'


def link(href: str, text: str) -> str:
    """A link; ``href`` is relative to the page."""
    return f'<a href="{escape(href)}">{escape(text)}</a>'


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; header cells are text, the rows' cells are HTML (escape what came from data)."""
    head = "".join(f"<th>{escape(cell)}</th>" for cell in header)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
