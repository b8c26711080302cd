"""The leaderboard in Markdown, as ``docs/leaderboard.md`` has it."""

from typing import Final

from reviewloop.core.leaderboard.board import ENSEMBLE, Board
from reviewloop.core.leaderboard.row import Estimate, Row
from reviewloop.core.reviews import SENTIMENTS
from reviewloop_local.studies.markdown import table

HEAD: Final = ("kind", "macro-F1 (95 %)", "accuracy", *(f"recall {name}" for name in SENTIMENTS), "seconds", "MB", "ms a review")


def board_table(board: Board) -> str:
    """A line on what was tried, the table, and what the choice comes to."""
    of = board.setting
    about = (
        f"{of.source}: {of.num_rows:,} rows of train and validation, {of.num_folds} folds, seed {of.seed}, "
        f"{of.seconds:.0f} s of a budget of {of.budget_seconds:.0f}."
    )
    return "\n\n".join([about, table(HEAD, [_cells(row) for row in board.rows]), *_told(board)])


def _cells(row: Row) -> list[str]:
    if row.marks is None or row.cost is None:
        return [row.kind, f"{row.state}: {row.reason}".replace("|", "\\|"), *[""] * (len(HEAD) - 2)]
    return [
        row.kind, _interval(row.marks.macro_f1), f"{row.marks.accuracy.value:.3f}",
        *(f"{one.value:.3f}" for one in row.marks.recalls),
        f"{row.cost.seconds:.0f}", f"{row.cost.num_bytes / 1e6:.1f}", f"{row.cost.latency_ms:.2f}",
    ]  # fmt: skip


def _interval(one: Estimate) -> str:
    return f"{one.value:.3f} ({one.low:.3f} to {one.high:.3f})"


def _told(board: Board) -> list[str]:
    if not (board.best and board.best.marks and board.chosen and board.chosen.marks and board.optimism):
        return ["No kind was done, so there is no best one."]
    best, luck = board.best, board.optimism
    error = board.best.marks.standard_error
    why = f"the simplest within one standard error ({error:.4f}) of the best, {best.kind}"
    if board.chosen == best:
        why = f"the best; no simpler kind is within one standard error ({error:.4f}) of it"
    return [
        *(f"The {row.kind}: {row.told}" for row in board.rows if row.kind == ENSEMBLE and row.marks),
        f"Chosen: **{board.chosen.kind}**, {why}. The best of {luck.num_candidates}, marked on rows that did not choose it, has "
        f"{luck.corrected:.4f} ({luck.low:.3f} to {luck.high:.3f}) where {luck.seen:.4f} was seen: {luck.luck:+.4f} is luck.",
    ]
