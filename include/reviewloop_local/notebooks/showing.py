"""How a notebook's cells show what they have: tables as data beside their HTML, and panels."""

import os
from pathlib import Path

import pandas as pd

from reviewloop.pages.figures import Figures
from reviewloop_local.notebooks.exploring import FILE


def tables_for_people() -> None:
    """Tables are shown whole, numbers to four digits behind the point; with their data, of which other programs make a table."""
    pd.options.display.max_rows = 200
    pd.options.display.max_colwidth = 120
    pd.options.display.precision = 4
    pd.options.display.width = 160
    pd.options.display.html.table_schema = True


def panels(figures: Figures) -> None:
    """Show each figure. Raises the error of one that could not be drawn."""
    from IPython.display import SVG, display

    for figure in figures.values():
        if isinstance(figure, Exception):
            raise figure
        display(SVG(figure))


def review_file() -> Path | None:
    """The file that ``CSV`` names."""
    return Path(named) if (named := os.environ.get(FILE)) else None
