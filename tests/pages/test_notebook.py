"""A notebook that was run, as a page."""

from typing import Any

from reviewloop.pages.notebook import FIGURE, TABLE, TEXT, notebook_page


def of_notebook(name: str = "a name") -> dict[str, Any]:
    """A notebook with ``name`` at every place that words can come to."""
    resource = {
        "schema": {
            "fields": [{"name": one, "type": kind} for one, kind in (("index", "integer"), (name, "string"), ("n", "number"))],
            "primaryKey": ["index"],
        },
        "data": [{"index": 0, name: name, "n": 1234.5}, {"index": 1, name: None, "n": 7}],
    }  # fmt: skip
    shown = [{TABLE: resource, "text/html": f"<b>{name}</b>"}, {FIGURE: f"<svg>{name}</svg>"}, {TEXT: [name, "\n", name]}]
    outputs: list[dict[str, Any]] = [{"output_type": "execute_result", "data": data} for data in shown]
    outputs += [
        {"output_type": "stream", "name": "stdout", "text": f"{name} printed"},
        {"output_type": "error", "ename": name, "evalue": name, "traceback": [name]},
    ]
    cells = [
        {"cell_type": "markdown", "source": f"# {name}"},
        {"cell_type": "markdown", "source": f"First words of {name}."},
        {"cell_type": "code", "source": [f"# {name}\n", "1 + 1"], "outputs": []},
        {"cell_type": "markdown", "source": f"## {name}\n\nWhat `{name}` is.\n\n- one {name}\n- two"},
        {"cell_type": "code", "source": name, "outputs": outputs},
    ]
    return {"metadata": {"title": name}, "cells": cells}


def test_words_code_and_what_it_gave_are_shown_in_their_order() -> None:
    page = notebook_page(of_notebook())
    places = [
        page.index(part)
        for part in (
            "<h1>a name</h1>", "First words of a name.", "<pre><code># a name\n1 + 1</code></pre>", "<h2>a name</h2>",
            "What <code>a name</code> is.", "<li>one a name</li>", "<pre>a name\na name</pre>", "<pre>a name printed</pre>",
        )
    ]  # fmt: skip
    assert places == sorted(places)


def test_a_table_is_made_of_its_data_and_its_html_is_not_looked_at() -> None:
    page = notebook_page(of_notebook())
    assert "1,234.5" in page
    assert "index" not in page.partition("<table")[2].partition("</table>")[0]
    assert "<b>a name</b></p>" not in page


def test_a_figure_is_an_image_and_an_error_a_card() -> None:
    page = notebook_page(of_notebook())
    assert page.count('src="data:image/svg+xml;base64,') == 1
    assert "<svg>a name" not in page
    assert "a name: a name" in page


def test_figures_stand_side_by_side_and_a_table_without_rows_says_so() -> None:
    found = of_notebook()
    (shown, *_) = [cell["outputs"] for cell in found["cells"] if cell.get("outputs")]
    shown[0]["data"][TABLE]["data"] = []
    shown.append(shown[1])
    page = notebook_page(found)
    assert "None." in page
    assert page.partition('<div class="grid">')[2].count("data:image/svg+xml") == 2
