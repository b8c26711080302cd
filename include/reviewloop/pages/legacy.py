"""The pieces of the pages that are not built with ``pages.kit`` yet. Everything that comes from data is escaped here."""

import base64
from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

from reviewloop.core.reviews import SENTIMENTS

COLOURS: Final = {"negative": "#c8551b", "neutral": "#a3adb8", "positive": "#2f6fae"}
"""Of each sentiment, in every figure and bar; orange against blue, which colour-blind readers tell apart too."""

STYLE: Final = """
:root{color-scheme:light;--ink:#1c2430;--soft:#566270;--line:#dde2e8;--back:#f5f7f9;--warn:#9a4a00;--note:#2f6fae}
*{box-sizing:border-box}html{scroll-behavior:smooth}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:#fff;margin:0 auto;max-width:82rem;padding:1.5rem}
h1{font-size:1.55rem;line-height:1.25;margin:0}h2{font-size:1.2rem;margin:0 0 .3rem}h3{font-size:1rem;margin:1.2rem 0 .3rem}
p{margin:.3rem 0 .7rem;max-width:46rem}.soft,caption{color:var(--soft)}a{color:#1257a8}code{font-size:.9em}
nav ul{list-style:none;margin:0;padding:0}nav a{display:block;padding:.22rem .6rem;text-decoration:none;color:var(--soft)}
nav a:hover{color:var(--ink);background:var(--back)}
section{padding:1.6rem 0 .4rem;border-top:1px solid var(--line);margin-top:1.4rem;scroll-margin-top:.5rem}
.tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(10.5rem,1fr));gap:.7rem;margin:1.1rem 0}
.tile{background:var(--back);border-radius:6px;padding:.7rem .9rem}
.tile b{display:block;font-size:1.45rem;line-height:1.2;font-variant-numeric:tabular-nums}
.tile span{font-size:.85rem;color:var(--soft);display:block}
.found{list-style:none;margin:.4rem 0 0;padding:0}
.found li{border-left:4px solid var(--note);padding:.25rem .8rem;margin:.4rem 0;max-width:56rem}
.found li.warn{border-color:var(--warn);background:#fff7ef}.found b{color:var(--note)}.found .warn b{color:var(--warn)}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;margin:.4rem 0 .8rem}caption{text-align:left;padding-bottom:.3rem}
th,td{text-align:left;vertical-align:middle;padding:.32rem .6rem;border-bottom:1px solid var(--line)}
th{font-weight:600;color:var(--soft);font-size:.86rem}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
td.v{overflow-wrap:break-word}.heat td:not(:first-child),.heat th{text-align:center}
.warn-text{color:var(--warn);font-weight:600}
.bar{background:#e9edf1;height:.75rem;min-width:7rem;display:flex;border-radius:2px;overflow:hidden}
.bar i{display:block;height:100%}.key i{display:inline-block;width:.8rem;height:.8rem;margin:0 .35rem 0 1rem;border-radius:2px}
.key i:first-child{margin-left:0}
.grid{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(20rem,100%),1fr));gap:1rem 2rem}.grid>*{min-width:0}
.grid:has(figure){grid-template-columns:repeat(auto-fit,minmax(min(24rem,100%),1fr))}.grid .bar{min-width:2.5rem}
.grid th,.grid td{padding:.3rem .35rem}.grid table{font-size:.94rem}.line{white-space:nowrap}
.flow{columns:24rem;column-gap:2.5rem}.flow>*{break-inside:avoid;padding-bottom:.6rem}
figure{margin:.4rem 0}figure img{width:100%;height:auto;display:block}
figcaption{font-size:.86rem;color:var(--soft)}
blockquote{margin:.3rem 0;padding:.1rem .8rem;border-left:3px solid var(--line);overflow-wrap:anywhere}
.cloud{line-height:2.1;margin:.4rem 0 .8rem}.cloud span{margin-right:.8rem;white-space:nowrap}
@media(min-width:64rem){.page{display:grid;grid-template-columns:11rem minmax(0,1fr);gap:2.5rem}
nav{position:sticky;top:1.5rem;align-self:start}}
@media(max-width:63.99rem){body{padding:1rem}nav ul{display:flex;flex-wrap:wrap;margin-left:-.6rem}nav{padding-bottom:.6rem}
th,td{padding:.3rem .35rem}.bar{min-width:4rem}}
"""


def tile(number: str, label: str) -> str:
    """A number that matters, and what it counts."""
    return f'<div class="tile"><b>{escape(number)}</b><span>{escape(label)}</span></div>'


def paragraph(text: str, kind: str = "") -> str:
    """A paragraph of plain text; ``kind`` is ``soft`` for an explanation."""
    return f'<p class="{kind}">{escape(text)}</p>' if kind else f"<p>{escape(text)}</p>"


def bar(share: float, colour: str = COLOURS["positive"]) -> str:
    """A bar filled to ``share`` (0 to 1)."""
    return f'<div class="bar"><i style="width:{100 * min(max(share, 0.0), 1.0):.1f}%;background:{colour}"></i></div>'


def stacked(shares: Sequence[float]) -> str:
    """A bar of the sentiments' shares, in the order of ``SENTIMENTS``."""
    parts = "".join(
        f'<i style="width:{100 * share:.2f}%;background:{COLOURS[name]}" title="{name} {share:.1%}"></i>'
        for name, share in zip(SENTIMENTS, shares, strict=True)
    )
    return f'<div class="bar">{parts}</div>'


def legend() -> str:
    """What the colours of the sentiments mean."""
    return f'<p class="key soft">{"".join(f"<i style=background:{colour}></i>{name}" for name, colour in COLOURS.items())}</p>'


def table(
    head: Sequence[str], rows: Iterable[Sequence[str]], numeric: Iterable[int] = (), caption: str = "", kind: str = ""
) -> str:
    """A table that scrolls by itself where it is too wide. Cells are HTML; the columns in ``numeric`` are set right."""
    right = set(numeric)
    classes = ["n" if place in right else "v" for place in range(len(head))]
    top = "".join(f'<th class="{one}">{escape(cell)}</th>' for one, cell in zip(classes, head, strict=True))
    body = "".join(
        "<tr>" + "".join(f'<td class="{one}">{cell}</td>' for one, cell in zip(classes, row, strict=True)) + "</tr>" for row in rows
    )
    note = f"<caption>{escape(caption)}</caption>" if caption else ""
    return f'<div class="wide"><table class="{kind}">{note}<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'


def figure(svg: bytes, caption: str) -> str:
    """An SVG as an image inside the page; an image cannot run what a text in it might say."""
    data = base64.b64encode(svg).decode()
    image = f'<img alt="{escape(caption)}" src="data:image/svg+xml;base64,{data}">'
    return f"<figure>{image}<figcaption>{escape(caption)}</figcaption></figure>"


def grid(*parts: str) -> str:
    """Parts side by side where there is room, else below each other."""
    return f'<div class="grid">{"".join(f"<div>{part}</div>" for part in parts)}</div>'


def flow(*parts: str) -> str:
    """Parts of unlike heights, in as many columns as there is room for."""
    return f'<div class="flow">{"".join(f"<div>{part}</div>" for part in parts)}</div>'


def shorten(value: str, most: int = 60) -> str:
    """A value from the data as HTML, cut after ``most`` characters."""
    return escape(value if len(value) <= most else f"{value[: most - 1]}…")


def cloud(words: Sequence[tuple[str, float]], colour: str) -> str:
    """Words in the size of their weight (> 0), the heaviest first."""
    most = max((weight for _, weight in words), default=1.0)
    return f'<div class="cloud" style="color:{colour}">' + "".join(
        f'<span style="font-size:{0.85 + 1.15 * weight / most:.2f}rem">{escape(word)}</span> ' for word, weight in words
    ) + "</div>"  # fmt: skip


def shade(value: float | None) -> str:
    """A correlation from -1 to 1 on a background that tells sign and strength."""
    if value is None:
        return "–"
    colour = "200,85,27" if value < 0 else "47,111,174"
    return f'<div style="background:rgba({colour},{0.75 * abs(value):.2f});padding:.2rem">{value:+.2f}</div>'
