"""A notebook that was run, as a page: words, code and what it gave. Nothing of it is taken for markup, its HTML is not looked at.

Tables are made of the data beside them (the form "Table Schema", as pandas gives it), figures are images, which run nothing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

from markupsafe import Markup

from reviewloop.pages import kit

TABLE: Final = "application/vnd.dataresource+json"
FIGURE: Final = "image/svg+xml"
TEXT: Final = "text/plain"
_NUMBERS: Final = ("integer", "number")


def notebook_page(notebook: Mapping[str, Any]) -> str:
    """HTML of a page that stands alone. Each heading of the second level begins a section; the first one is the page's title."""
    title, parts = str(notebook["metadata"].get("title", "Notebook")), list(_parts(notebook["cells"]))
    top = _all(parts[0][1])
    sections = [kit.section(f"part-{place}", heading, partial(_all, cells)) for place, (heading, cells) in enumerate(parts[1:], 1)]
    return kit.page(title, None, None, top, sections)


def _parts(cells: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, list[Mapping[str, Any]]]]:
    """The cells by heading; those before the first heading of the second level come under none."""
    heading, found = "", list[Mapping[str, Any]]()
    for cell in cells:
        if cell["cell_type"] == "markdown" and _source(cell).startswith("## "):
            yield heading, found
            first, _, rest = _source(cell).partition("\n")
            heading, found = first.removeprefix("## "), [{**cell, "source": rest.strip()}]
        elif not _source(cell).startswith("# ") or cell["cell_type"] == "code":
            found.append(cell)
    yield heading, found


def _source(cell: Mapping[str, Any]) -> str:
    """A file may have it line by line."""
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)


def _all(cells: Iterable[Mapping[str, Any]]) -> Markup:
    return kit.join(map(_shown, cells))


def _shown(cell: Mapping[str, Any]) -> Markup:
    if cell["cell_type"] == "markdown":
        return kit.join(_words(block) for block in _source(cell).split("\n\n") if block.strip())
    outputs = cell.get("outputs", ())
    figures = [output for output in outputs if FIGURE in output.get("data", {})]
    shown = [_output(output) for output in outputs if output not in figures]
    if figures:
        shown.append(kit.grid(*map(_output, figures)))
    return kit.join([Markup("<pre><code>{}</code></pre>").format(_source(cell)), *shown])


def _words(block: str) -> Markup:
    lines = block.strip().splitlines()
    if all(line.startswith("- ") for line in lines):
        return kit.bullets(_marked(line.removeprefix("- ")) for line in lines)
    return kit.paragraph(_marked(" ".join(lines)))


def _marked(text: str) -> Markup:
    """Text in which every second part between backticks is code."""
    parts = text.split("`")
    return kit.join(Markup("<code>{}</code>").format(part) if place % 2 else part for place, part in enumerate(parts))


def _output(output: Mapping[str, Any]) -> Markup:
    if output["output_type"] == "stream":
        return Markup("<pre>{}</pre>").format(_text(output["text"]))
    if output["output_type"] == "error":
        return kit.card("fail", f"{output['ename']}: {output['evalue']}", "")
    data = output["data"]
    if TABLE in data:
        return _table(data[TABLE])
    if FIGURE in data:
        return kit.figure(_text(data[FIGURE]).encode(), "")
    return Markup("<pre>{}</pre>").format(_text(data.get(TEXT, "")))


def _text(value: object) -> str:
    return "".join(value) if isinstance(value, list) else str(value)


def _table(resource: Mapping[str, Any]) -> Markup:
    schema = resource["schema"]
    fields = [field for field in schema["fields"] if field["name"] not in schema.get("primaryKey", ())]
    if not resource["data"]:
        return kit.paragraph("None.", "soft")
    rows = [[_cell(row.get(field["name"])) for field in fields] for row in resource["data"]]
    numeric = [place for place, field in enumerate(fields) if field["type"] in _NUMBERS]
    return kit.table([str(field["name"]) for field in fields], rows, numeric)


def _cell(value: object) -> str:
    if isinstance(value, bool) or value is None:
        return "" if value is None else str(value)
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.4f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
