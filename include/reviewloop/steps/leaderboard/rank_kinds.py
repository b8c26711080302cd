"""The leaderboard, of what the kinds have answered."""

import json
import logging
from collections.abc import Sequence
from dataclasses import asdict

import numpy as np

from reviewloop.adapters.lake import artifacts, places
from reviewloop.adapters.leaderboard import workplace
from reviewloop.config import load_config
from reviewloop.core.leaderboard.board import Board, Setting, make_board
from reviewloop.pages.evaluation.leaderboard import leaderboard_page
from reviewloop.pages.links import Links
from reviewloop.refs import AnsweredRef, KindRef, LeaderboardRef, SearchRef, SeedsRef
from reviewloop.steps.leaderboard.answer_kind import entry_of
from reviewloop.steps.leaderboard.finetune_seeds import row_of

log = logging.getLogger(__name__)

BOARD = "leaderboard.json"
PAGE = "index.html"
DEPTH = 3
"""Folders below ``reports/`` in which the pages lie."""


def rank_kinds(
    search: SearchRef, kinds: Sequence[KindRef], answered: Sequence[AnsweredRef | None] | None, seeds: SeedsRef | None = None
) -> LeaderboardRef:
    """Mark, rank and choose, and publish the page with its numbers: whole or not at all, the same of the same answers.

    A kind of which no task came back is a row that says so; ``seeds`` are shown apart, for their marks are of other rows. It
    chooses and promotes nothing beyond this page.
    """
    rows = workplace.rows_of(search)
    came = {one.kind: one for one in answered or () if one is not None}
    told = {one.name: one.told for one in workplace.learners()}
    lost = "its task ended without an answer"
    pairs = [
        entry_of(came.get(one.kind) or AnsweredRef(kind=one.kind, state="failed", reason=lost), one, told[one.kind], len(rows))
        for one in kinds
    ]
    labels, folds = (rows[name].to_numpy(dtype=np.int64) for name in ("label", "fold"))
    seconds = max([0.0, *(ended - search.begun_at for _, ended in pairs if ended)])
    source = f"the snapshot up to {search.features.last_day}"
    setting = Setting(source, len(rows), search.num_folds, search.seed, search.budget_seconds, seconds)
    board = make_board(labels, folds, [entry for entry, _ in pairs], setting, [row_of(seeds)] if seeds else [])
    weight_power = load_config().training.baseline.weight_power
    page = leaderboard_page(board, links=Links(DEPTH, day=search.features.last_day), weight_power=weight_power)
    files = {BOARD: json.dumps(asdict(board), indent=1, sort_keys=True).encode(), PAGE: page.encode()}
    kept = artifacts.publish(reports_of(search), files, {"features_uri": search.features.uri})
    chosen = board.chosen
    mark = chosen.marks.macro_f1.value if chosen and chosen.marks else None
    log.info("leaderboard %s: chosen %s, macro-F1 %s", kept.digest[:16], chosen.kind if chosen else "none", mark)
    return LeaderboardRef(
        uri=kept.uri, digest=kept.digest, page_uri=f"{kept.uri}/{PAGE}", search=search,
        chosen=chosen.kind if chosen else None, macro_f1=mark,
    )  # fmt: skip


def reports_of(search: SearchRef) -> str:
    """The folder of the leaderboards of one snapshot's day."""
    return places.reports("leaderboard", f"day={search.features.last_day}")


def read_board(board: LeaderboardRef) -> Board:
    """The leaderboard, read by its digest."""
    from pydantic import TypeAdapter

    return TypeAdapter(Board).validate_python(json.loads(artifacts.open_artifact(board.uri, board.digest).read(BOARD)))
