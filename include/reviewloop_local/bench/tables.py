"""Tables of words, as Markdown and for a terminal."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.markup import escape
from rich.table import Table as RichTable


@dataclass(frozen=True)
class Table:
    """Cells as they are to be read; ``note`` says what the numbers are. The first column names the row."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""
    is_words: bool = False
    """Whether the cells are words, to be aligned to the left."""

    def markdown(self) -> str:
        """The table under its title, the note below it."""
        aligns = ["---"] + ["---" if self.is_words else "---:"] * (len(self.header) - 1)
        lines = [_line(cells) for cells in (self.header, aligns, *self.rows)]
        return "\n".join([f"### {self.title}", "", *lines, *(["", self.note] if self.note else []), ""])

    def show(self, console: Console) -> None:
        """Print it."""
        table = RichTable(title=escape(self.title), title_justify="left", title_style="bold")
        for number, column in enumerate(self.header):
            table.add_column(escape(column), justify="left" if self.is_words or number == 0 else "right", overflow="fold")
        for row in self.rows:
            table.add_row(*map(escape, row))
        console.print(table)
        if self.note:
            console.print(escape(self.note), style="dim")


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
