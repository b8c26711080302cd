"""The command: its rows, its budget, what it keeps."""

import json
from time import monotonic

import numpy as np
import pandas as pd
import pytest
from tests.helpers.boards import COST, FOLDS, LABELS, SETTING, answers, entries

from reviewloop.core.dataset.folds import near_copy_groups
from reviewloop.core.leaderboard.board import Entry, make_board
from reviewloop.errors import PermanentError
from reviewloop_local.leaderboard import __main__ as command


def of_snapshot(num_rows: int = 300) -> pd.DataFrame:
    words = np.random.default_rng(1).integers(0, 500, (num_rows // 2, 40))  # every text comes twice, one word apart
    texts = [f"{' '.join(f'word{one}' for one in words[number // 2])} {number % 2}" for number in range(num_rows)]
    rows = pd.DataFrame({"review_id": range(num_rows), "title": None, "text": texts, "label": np.arange(num_rows) % 3})
    return rows.assign(text_digest=[f"{number:064x}" for number in range(num_rows)])


class Parts:
    def __init__(self, rows: pd.DataFrame) -> None:
        self.parts = {"train": rows[::2], "validation": rows[1::2]}


def test_near_copies_lie_in_one_fold_and_no_sealed_row_is_among_them(monkeypatch):
    monkeypatch.setattr(command, "read_snapshot", lambda _csv: Parts(of_snapshot()))
    with pytest.raises(PermanentError, match="are of the sealed part"):
        command.read_rows(None, 3)
    monkeypatch.setattr("reviewloop.core.leaderboard.open_rows.part_of", lambda *_: "train")
    rows = command.read_rows(None, 3)
    assert len(rows) == 300
    assert set(rows["fold"]) == {0, 1, 2}
    groups = near_copy_groups(rows["text"].tolist(), command.load_config().features.near_duplicate_jaccard)
    assert rows.groupby(groups)["fold"].nunique().max() == 1
    assert len(set(groups)) == 150, "there are near copies among them"


def test_the_kinds_are_given_texts_labels_and_folds_alone_and_time_for_the_rest_is_kept(monkeypatch):
    given = {}

    def race(learners, rows, folder, deadline, seed, table, say):
        given.update(columns=list(pd.read_parquet(rows)), deadline=deadline, seed=seed)
        return [Entry("a", "", "done", answers(0.5, 1), COST)]

    monkeypatch.setattr(command, "race", race)
    rows = pd.DataFrame({"title": None, "text": "x", "label": LABELS, "fold": FOLDS, "rating": 5, "review_id": 1})
    begun = monotonic()
    board = command.leaderboard(rows, "made-up", 600.0, 9, begun)
    assert given == {"columns": ["title", "text", "label", "fold"], "deadline": begun + 595.0, "seed": 9}
    assert (board.setting.num_rows, board.setting.num_folds, board.setting.seed) == (900, 3, 9)
    assert board.best is not None
    assert board.best.kind == "a"


def test_page_and_json_are_kept_together_or_not_at_all(tmp_path, monkeypatch):
    board = make_board(LABELS, FOLDS, entries(), SETTING)
    page = command.keep(board, tmp_path / "home" / "leaderboard")
    assert "<h1>Leaderboard</h1>" in page.read_text()
    kept = json.loads((page.parent / "leaderboard.json").read_text())
    assert kept["chosen"]["kind"] == board.chosen.kind
    monkeypatch.setattr(command, "leaderboard_page", lambda _board: "new")
    monkeypatch.setattr(command.json, "dumps", lambda *_args, **_more: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        command.keep(board, page.parent)
    assert page.read_text() != "new"
    assert [path.name for path in page.parent.parent.iterdir()] == ["leaderboard"]


@pytest.mark.parametrize("wrong", [["--folds", "1"], ["--minutes", "0"], ["--csv", "nowhere.csv"]])
def test_a_wrong_word_is_one_line(wrong, monkeypatch, capsys):
    monkeypatch.setattr(command.signal, "signal", lambda *_: None)
    with pytest.raises(SystemExit):
        command.main(wrong)
    assert wrong[0] in capsys.readouterr().err.splitlines()[-1]


def test_the_documents_name_the_command_as_it_was_given(monkeypatch, tmp_path, capsys):
    put, ends = [], []
    monkeypatch.setattr(command.signal, "signal", lambda number, end: ends.append((number, end)))
    board = make_board(LABELS, FOLDS, entries(), SETTING)
    monkeypatch.setattr(command, "read_rows", lambda _csv, _folds: pd.DataFrame())
    monkeypatch.setattr(command, "leaderboard", lambda *_: board)
    monkeypatch.setattr(command, "put", lambda *given: put.append(given))
    monkeypatch.setenv("REVIEWLOOP_HOME", str(tmp_path))
    csv = tmp_path / "a.csv"
    csv.touch()
    assert command.main(["--csv", str(csv), "--minutes", "12", "--docs"]) == 0
    ((page, named, tables),) = put
    assert (page, named) == ("leaderboard.md", "make leaderboard CSV=... MINUTES=12 DOCS=1")
    ((number, end),) = ends
    assert number == command.signal.SIGTERM
    with pytest.raises(SystemExit):
        end(number, None)  # which lets what is being tried be ended
    assert tables in capsys.readouterr().out
    assert str(tmp_path) not in tables
    assert (tmp_path / "leaderboard" / "index.html").exists()
