"""``make notebooks``: what the rows of a file are like, and what was tried on them, as two notebooks that were run.

``python -m reviewloop_local.notebooks [--csv FILE] [--minutes 20] [--folds 5] [--seed 20260101]``. Leaves ``data`` and
``candidates`` under ``.local/notebooks/``, each as a notebook and as a page. The leaderboard of these rows that is kept is told;
where there is none, one is made first, within the minutes. Exit status 0 only where every cell ran, and every kind had the
leaderboard's macro-F1 again.
"""

import json
import os
import signal
import sys
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from reviewloop.adapters.leaderboard.race import TABLE
from reviewloop.errors import ReviewloopError
from reviewloop.files import write_folder
from reviewloop.pages.notebook import notebook_page
from reviewloop_local.errors import LocalError
from reviewloop_local.leaderboard.__main__ import COUNTS, keep, leaderboard, read_rows
from reviewloop_local.notebooks import candidates_notebook, data_notebook
from reviewloop_local.notebooks.candidates_notebook import Board
from reviewloop_local.notebooks.cells import notebook
from reviewloop_local.notebooks.executing import kernel, require_clean, run
from reviewloop_local.stack.home import home_from
from reviewloop_local.studies.arguments import parser_of, read

if TYPE_CHECKING:
    from nbformat import NotebookNode


def board_of(csv: Path | None, folder: Path, num_folds: int, seed: int, minutes: float) -> Board:
    """The leaderboard kept in ``folder`` where it is of these rows, folds and seed; else a new one, which is kept there."""
    begun, rows = monotonic(), read_rows(csv, num_folds)
    source, place = csv.name if csv else "made-up sample", folder / "leaderboard.json"
    if place.is_file():
        found = Board.of(json.loads(place.read_text(encoding="utf-8")))
        if found.is_of(source, len(rows), num_folds, seed):
            return found
    print("There is no leaderboard of these rows yet: one is made first.", file=sys.stderr, flush=True)
    keep(leaderboard(rows, source, 60.0 * minutes, seed, begun), folder)
    return Board.of(json.loads(place.read_text(encoding="utf-8")))


def made(csv: Path | None, board: Board, table: str, seconds: float) -> "dict[str, NotebookNode]":
    """Both notebooks, run in one kernel after the other's end, and looked through. A cell may take so many ``seconds``."""
    wanted = {
        "data": notebook(data_notebook.TITLE, data_notebook.CELLS),
        "candidates": notebook(candidates_notebook.TITLE, candidates_notebook.cells(board, table)),
    }
    for name, one in wanted.items():
        print(f"Running {name}: {len(one.cells)} cells", file=sys.stderr, flush=True)
        with kernel(one, csv, seconds) as client:
            require_clean(run(client, one), csv)
    return wanted


def kept(notebooks: "dict[str, NotebookNode]", folder: Path) -> list[Path]:
    """Notebooks and pages in ``folder``, all or none; returns the pages' paths."""
    import nbformat

    folder.parent.mkdir(parents=True, exist_ok=True)

    def fill(fresh: Path) -> None:
        for name, one in notebooks.items():
            nbformat.validate(one)
            (fresh / f"{name}.ipynb").write_text(nbformat.writes(one), encoding="utf-8")
            (fresh / f"{name}.html").write_text(notebook_page(one), encoding="utf-8")

    write_folder(folder, fill)
    return [folder / f"{name}.html" for name in notebooks]


def main(arguments: list[str] | None = None) -> int:
    """Make both; returns the exit status."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # or a kind that is being tried would go on without us
    chosen = read(parser_of("notebooks", str(__doc__), COUNTS, None), COUNTS, arguments)
    home = home_from(os.environ).root
    try:
        board = board_of(chosen.csv, home / "leaderboard", chosen.folds, chosen.seed, chosen.minutes)
        pages = kept(made(chosen.csv, board, TABLE, 60.0 * chosen.minutes), home / "notebooks")
    except (LocalError, ReviewloopError) as error:
        print(f"notebooks: {error}", file=sys.stderr)
        return 1
    print("\n".join(map(str, pages)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
