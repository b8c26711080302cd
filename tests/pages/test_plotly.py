"""The script that draws plots is the very file that was published, and has what the pages draw with."""

import re

from reviewloop.core.digests import bytes_digest
from reviewloop.pages import kit

PUBLISHED = "72409fd95b505d17772f2dd9bb81a8672ce6d5b61dcf61ba1fd8442c9ea3e180"
"""Of ``plotly-cartesian.min.js`` in plotly.js-cartesian-dist-min 2.35.2."""


def test_it_is_what_was_published_with_its_licence() -> None:
    assert bytes_digest(kit.PLOTLY.read_bytes()) == PUBLISHED
    assert "MIT License" in kit.PLOTLY.with_name(f"{kit.PLOTLY.name}.LICENSE.txt").read_text()


def test_it_has_every_kind_of_plot_that_a_page_asks_for() -> None:
    sources = "".join(path.read_text() for path in (kit.TEMPLATES.parent / "dashboards").glob("*.py"))
    kinds = set(re.findall(r'"type": "(\w+)"', sources)) - {"category", "line"}  # an axis and a shape
    assert kinds == {"scatter", "bar", "heatmap"}
    script = kit.PLOTLY.read_text(encoding="utf-8")
    assert all(f'name:"{kind}"' in script for kind in kinds)
