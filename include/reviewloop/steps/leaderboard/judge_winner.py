"""The sealed part judges what a leaderboard has chosen, once. It promotes nothing."""

import json
import logging
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd

from reviewloop.adapters.lake import artifacts, claims, places, s3, sealed
from reviewloop.adapters.lake.model_store import fetch_predictor
from reviewloop.adapters.leaderboard import workplace
from reviewloop.adapters.leaderboard.program import ints, seen_by, weights_of
from reviewloop.adapters.release.champion import current_champion
from reviewloop.config import load_config
from reviewloop.core.dataset.snapshots import model_texts
from reviewloop.core.leaderboard.board import ENSEMBLE, Board
from reviewloop.core.leaderboard.judging import judge
from reviewloop.core.leaderboard.row import Row, require_probabilities
from reviewloop.core.statistics.metrics import Floats
from reviewloop.errors import NothingToDo, PermanentError, TransientError
from reviewloop.models.learners.protocol import Fitted, Learner, Settings
from reviewloop.pages.evaluation.leaderboard import leaderboard_page
from reviewloop.pages.links import Links
from reviewloop.refs import LeaderboardRef, WinnerRef
from reviewloop.steps.leaderboard.rank_kinds import DEPTH, PAGE, read_board, reports_of

log = logging.getLogger(__name__)

JUDGEMENT = "judgement.json"
BASELINE = "TF-IDF + LR"
"""The kind that is today's baseline."""
NAMED = "baseline: TF-IDF + LR as configured"


def judge_winner(board: LeaderboardRef, dag_run_key: str = "") -> WinnerRef:
    """Fit the chosen kind on all open rows with the settings found on them, then let it answer the sealed part, beside the baseline
    (fitted on the same rows) and the champion. What was said is recorded under the leaderboard's digest.

    A leaderboard that was judged before is not judged again: its record is returned, with the run that made it. Nothing is
    registered or released. Raises ``NothingToDo`` where no kind was done.
    """
    if board.chosen is None:
        workplace.leave(board.search)
        raise NothingToDo("no kind was done: there is no winner to judge")
    sealed_digest = board.search.features.sealed_uri.rpartition("/")[2]
    record = places.leaderboard_judged(sealed_digest, board.digest)
    known = claims.read(record)
    if known is not None:
        log.info("leaderboard %s was judged before, in run %s", board.digest[:16], known.note["made_by"])
        return WinnerRef.model_validate(known.note)
    kept = artifacts.publish_once(f"{reports_of(board.search)}/judged-{board.digest[:16]}", lambda: _judged(board, sealed_digest))
    judgement = json.loads(kept.read(JUDGEMENT))
    winner = WinnerRef(
        board_digest=board.digest, kind=board.chosen, uri=kept.uri, digest=kept.digest, page_uri=f"{kept.uri}/{PAGE}",
        macro_f1=judgement["rows"][0]["marks"]["macro_f1"]["value"], made_by=dag_run_key,
    )  # fmt: skip
    taken = claims.take(record, **winner.model_dump(mode="json")) or claims.read(record)
    if taken is None:
        raise TransientError(f"{record}: it was there and is not")
    workplace.leave(board.search)
    log.info("%s on %d sealed rows: macro-F1 %.4f", winner.kind, judgement["num_rows"], winner.macro_f1)
    return WinnerRef.model_validate(taken.note)


def _judged(ref: LeaderboardRef, sealed_digest: str) -> dict[str, bytes]:
    """The judgement's files. Everything is fitted before the sealed part is opened."""
    search, board = ref.search, read_board(ref)
    if board.chosen is None or board.chosen.marks is None:
        raise PermanentError(f"{ref.uri}: names no choice, and its task said {ref.chosen}")
    rows = workplace.rows_of(search)
    shared = workplace.rows_file(search).parent / "shared"
    fitted = {board.chosen.kind: [_fit(rows, shared, *one, search.seed) for one in _asked(board, board.chosen)]}
    if board.chosen.kind != BASELINE or board.chosen.settings:
        fitted[NAMED] = [_fit(rows, shared, one, {}, search.seed) for one in workplace.learners() if one.name == BASELINE]
    champion = current_champion()

    exam = sealed.open_sealed(search.features, "leaderboard")
    answers = {name: _mean(models, exam) for name, models in fitted.items() if models}
    notes = {} if champion else {"champion": "there is none yet"}
    if champion is not None:
        name = f"champion, version {champion.version}"
        try:
            read = fetch_predictor(champion.source, champion.digest).predict_proba(model_texts(exam))
            answers[name] = require_probabilities(np.asarray(read, dtype=np.float64), len(exam))
        except (PermanentError, ValueError) as error:
            log.error("%s could not be asked: %s", name, error)
            notes[name] = f"could not be asked: {error}"
    luck = board.optimism.luck if board.optimism else 0.0
    number = sum(1 for _ in s3.list_uris(places.leaderboard_judged(sealed_digest))) + 1
    found = judge(
        ints(exam["label"]), answers, notes, board.chosen.marks.macro_f1.value - luck, number,
        load_config().training.num_resamples, search.seed,
    )  # fmt: skip
    page = leaderboard_page(board, found, Links(DEPTH, day=search.features.last_day), load_config().training.baseline.weight_power)
    return {JUDGEMENT: json.dumps(asdict(found), indent=1, sort_keys=True).encode(), PAGE: page.encode()}


def _asked(board: Board, chosen: Row) -> Sequence[tuple[Learner, Settings]]:
    """The kinds that the chosen one asks, each with what was found for it on all rows."""
    names = board.members if chosen.kind == ENSEMBLE else (chosen.kind,)
    settings = {row.kind: row.settings for row in board.rows}
    return [(one, settings[one.name]) for one in workplace.learners() if one.name in names]


def _fit(rows: pd.DataFrame, shared: Path, learner: Learner, settings: Settings, seed: int) -> tuple[Learner, Fitted]:
    seen, _ = seen_by(learner, rows, shared)
    labels = rows["label"]
    return learner, learner.fit(seen, ints(labels), weights_of(labels, load_config()), seed, **settings)


def _mean(models: Sequence[tuple[Learner, Fitted]], exam: pd.DataFrame) -> Floats:
    """The mean of their probabilities: (n, 3). Raises ``ValueError`` where they are none."""
    read = [require_probabilities(np.asarray(fitted.read(learner.represent(exam))), len(exam)) for learner, fitted in models]
    return np.asarray(np.mean(read, axis=0), dtype=np.float64)
