"""``make leaderboard``: kinds of models side by side on train and validation, cross-validated, within a budget of minutes.

``python -m reviewloop_local.leaderboard [--csv FILE] [--minutes 20] [--folds 5] [--docs]``. Prints the table, and leaves page and
JSON under ``.local/leaderboard/``. The sealed part is never looked at.
"""

import json
import os
import signal
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from time import monotonic
from typing import Final

import numpy as np
import pandas as pd

from reviewloop.adapters.leaderboard.race import TABLE, deadline_of, race
from reviewloop.config import load_config
from reviewloop.core.dataset.folds import folds_of, near_copy_groups, require_every_sentiment
from reviewloop.core.leaderboard.board import Board, Setting, make_board
from reviewloop.core.leaderboard.open_rows import open_rows
from reviewloop.errors import ReviewloopError
from reviewloop.files import write_folder
from reviewloop.models.learners.protocol import Learner
from reviewloop.models.learners.table import LEARNERS
from reviewloop.pages.evaluation.leaderboard import leaderboard_page
from reviewloop_local.generated import put
from reviewloop_local.leaderboard.tables import board_table
from reviewloop_local.stack.home import home_from
from reviewloop_local.studies.arguments import Count, parser_of, read
from reviewloop_local.studies.challengers import read_snapshot

COUNTS: Final = {
    "minutes": Count(20, "minutes that all kinds have together"),
    "folds": Count(5, "folds of the cross-validation", least=2),
    "seed": Count(20260101, "seed of what the kinds draw, and of the intervals", least=0),
}
KEPT: Final = ("title", "text", "label", "fold")
"""What a kind is given of a row."""


def read_rows(csv: Path | None, num_folds: int) -> pd.DataFrame:
    """Train and validation of the file's reviews, as ``build_features`` would part them, each row with its ``fold``.

    Raises ``PermanentError`` where a fold leaves others without a sentiment.
    """
    features = load_config().features
    rows = open_rows(read_snapshot(csv).parts, features.split)
    groups = near_copy_groups(rows["text"].tolist(), features.near_duplicate_jaccard)
    folds = folds_of(rows["text_digest"].tolist(), groups, num_folds)
    require_every_sentiment(rows["label"].to_numpy(dtype=np.int64), folds)
    return rows.assign(fold=folds)


def leaderboard(
    rows: pd.DataFrame,
    source: str,
    budget_seconds: float,
    seed: int,
    begun: float,
    learners: Sequence[Learner] = LEARNERS,
    table: str = TABLE,
) -> Board:
    """The board of ``rows`` (``title``, ``text``, ``label``, ``fold``); the budget runs since ``begun`` (``time.monotonic``)."""
    with tempfile.TemporaryDirectory(prefix="leaderboard-") as scratch:
        place = Path(scratch) / "rows.parquet"
        rows[list(KEPT)].to_parquet(place, index=False)
        entries = race(learners, place, Path(scratch) / "kinds", deadline_of(begun, budget_seconds), seed, table, _say)
    labels, folds = (rows[name].to_numpy(dtype=np.int64) for name in ("label", "fold"))
    setting = Setting(source, len(rows), len(np.unique(folds)), seed, budget_seconds, monotonic() - begun)
    return make_board(labels, folds, entries, setting)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def keep(board: Board, folder: Path) -> Path:
    """Page and JSON of the board in ``folder``, both or neither; returns the page's path."""
    folder.parent.mkdir(parents=True, exist_ok=True)

    def fill(fresh: Path) -> None:
        (fresh / "index.html").write_text(leaderboard_page(board), encoding="utf-8")
        (fresh / "leaderboard.json").write_text(json.dumps(asdict(board), indent=2), encoding="utf-8")

    write_folder(folder, fill)
    return folder / "index.html"


def main(arguments: list[str] | None = None) -> int:
    """Make the board; the exit status is 0 only where some kind is done."""
    begun = monotonic()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # or the kind that is being tried would go on without us
    parser = parser_of("leaderboard", str(__doc__), COUNTS, "leaderboard.md")
    chosen = read(parser, COUNTS, arguments)
    try:
        rows = read_rows(chosen.csv, chosen.folds)
    except ReviewloopError as error:
        print(f"leaderboard: {error}", file=sys.stderr)
        return 1
    source = chosen.csv.name if chosen.csv else "made-up sample"
    board = leaderboard(rows, source, 60.0 * chosen.minutes, chosen.seed, begun)
    tables = board_table(board)
    page = keep(board, home_from(os.environ).root / "leaderboard")
    print(f"{tables}\n\n{page}")
    if chosen.docs:
        given = [f"{name.upper()}={getattr(chosen, name)}" for name, one in COUNTS.items() if getattr(chosen, name) != one.default]
        put("leaderboard.md", " ".join(["make leaderboard", *(["CSV=..."] if chosen.csv else []), *given, "DOCS=1"]), tables)
    return 0 if board.best else 1


if __name__ == "__main__":
    sys.exit(main())
