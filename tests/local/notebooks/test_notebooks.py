"""Both notebooks on a tiny file: they run, they say the same again, and nothing of this machine is in them."""

import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reviewloop.adapters.leaderboard.race import TABLE
from reviewloop.core.leaderboard.board import Entry, Setting, make_board
from reviewloop.core.leaderboard.row import Cost
from reviewloop_local.leaderboard.__main__ import read_rows
from reviewloop_local.notebooks import __main__ as command
from reviewloop_local.notebooks import candidates_notebook, data_notebook, exploring, trying
from reviewloop_local.notebooks.candidates_notebook import Board
from reviewloop_local.notebooks.cells import notebook
from reviewloop_local.notebooks.executing import CellFailed, kernel, require_clean, run
from reviewloop_local.sample.reviews import make_reviews, to_csv_bytes

SEED, FOLDS = 7, 2
ROOT = Path(__file__).resolve().parents[3]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("delivered") / "tiny reviews.csv"
    place.write_bytes(to_csv_bytes(make_reviews(500)))
    return place


@pytest.fixture(scope="module")
def board(csv: Path) -> Board:
    """Two kinds that take no time, and one that failed."""
    rows = read_rows(csv, FOLDS)
    entries = [
        Entry(name, "what it does", "done", trying.tried(trying.kind(name, TABLE), rows, SEED), Cost(1.0, 1, 1.0))
        for name in ("majority", "naive Bayes")
    ]
    entries.append(Entry("boosted trees", "what it does", "failed", reason="ValueError: planted"))
    labels, folds = (rows[name].to_numpy(dtype=np.int64) for name in ("label", "fold"))
    made = make_board(labels, folds, entries, Setting(csv.name, len(rows), FOLDS, SEED, 60.0, 3.0))
    return Board.of(json.loads(json.dumps(asdict(made))))


@pytest.fixture(scope="module")
def twice(csv: Path, board: Board) -> Iterator[tuple[dict[str, Any], dict[str, Any], Any]]:
    """Both notebooks, run twice, and the kernel."""
    made = {
        "data": notebook(data_notebook.TITLE, data_notebook.CELLS),
        "candidates": notebook(candidates_notebook.TITLE, candidates_notebook.cells(board, TABLE)),
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", f"{ROOT / 'include'}:{ROOT / 'plugins'}")
        with kernel(made["data"], csv, 280) as client:  # a busy machine is no fault
            first, second = ({name: run(client, deepcopy(one)) for name, one in made.items()} for _ in range(2))
            yield first, second, client


def test_the_same_numbers_come_again(twice: Any) -> None:
    first, second, _ = twice
    assert json.dumps(first, sort_keys=True) == json.dumps(second, sort_keys=True)


def test_every_cell_of_code_shows_something_and_nothing_is_of_this_machine(twice: Any, csv: Path) -> None:
    for one in twice[0].values():
        require_clean(one, csv)
        assert all(cell.outputs for cell in one.cells if cell.cell_type == "code")
    assert csv.name in str(twice[0]["data"].cells[2].outputs)


def test_the_numbers_are_those_of_the_library(twice: Any, csv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(exploring.FILE, str(csv))
    of, cells = exploring.delivered(), twice[0]["data"].cells
    shown = {cell.source: cell.outputs[0].data.get("application/vnd.dataresource+json") for cell in cells if cell.get("outputs")}
    for name in ("arrived", "parts", "near_copies"):
        rows = [{key: value for key, value in row.items() if key != "index"} for row in shown[f"exploring.{name}(reviews)"]["data"]]
        assert rows == json.loads(getattr(exploring, name)(of).to_json(orient="records")), name
    numbers = exploring.arrived(of).set_index("rows")["number"]
    parts = numbers[[name for name in numbers.index if str(name).startswith("part ")]]
    assert numbers["landed"] == 500
    assert parts.sum() == numbers[["accepted", *(n for n in numbers.index if str(n).startswith("left out"))]].sum()


def test_of_the_sealed_part_no_text_is_shown(twice: Any, csv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(exploring.FILE, str(csv))
    sealed = exploring.delivered().snapshot.parts["test"]["text"]
    told = json.dumps(twice[0])
    assert len(sealed) > 50
    assert not [text for text in sealed if json.dumps(text)[1:-1] in told]


def test_every_kind_that_was_done_is_there_with_its_settings_its_code_and_its_marks_and_the_others_with_their_reason(
    twice: Any,
) -> None:
    told = json.dumps(twice[0]["candidates"])
    for words in (
        "## majority",
        "## naive Bayes",
        "ComplementNB(alpha=smoothing)",
        "NGRAM_MAX",
        "boosted trees: failed (ValueError: planted)",
    ):
        assert words in told
    assert "## boosted trees" not in told


def test_other_marks_than_the_leaderboards_stop_it(twice: Any, board: Board) -> None:
    wrong = deepcopy(list(board.rows))
    next(row for row in wrong if row["kind"] == "majority")["marks"]["macro_f1"]["value"] += 0.001
    planted = notebook(candidates_notebook.TITLE, candidates_notebook.cells(replace(board, rows=wrong), TABLE))
    with pytest.raises(CellFailed, match=r"AssertionError: macro-F1 is 0\.\d+ now, and 0\.\d+ on the leaderboard: make the"):
        run(twice[2], planted)


def test_notebooks_and_pages_are_kept_together(twice: Any, tmp_path: Path) -> None:
    pages = command.kept(twice[0], tmp_path / "home" / "notebooks")
    assert sorted(path.name for path in pages[0].parent.iterdir()) == sorted(
        ["data.html", "data.ipynb", "candidates.html", "candidates.ipynb"]
    )
    assert f"<h1>{data_notebook.TITLE}</h1>" in pages[0].read_text()
    assert json.loads((pages[0].parent / "data.ipynb").read_text())["nbformat"] == 4


def test_a_leaderboard_is_told_where_it_is_of_these_rows_and_made_where_it_is_not(
    csv: Path, board: Board, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def leaderboard(rows: Any, source: str, seconds: float, seed: int, _begun: float) -> Any:
        asked.append((source, seconds, seed))
        setting = {**board.setting, "seed": seed}
        (tmp_path / "leaderboard.json").write_text(json.dumps({"setting": setting, "rows": board.rows, "chosen": None}))

    monkeypatch.setattr(command, "leaderboard", leaderboard)
    monkeypatch.setattr(command, "keep", lambda _board, _folder: None)
    for seed in (SEED, SEED, SEED + 1):
        assert command.board_of(csv, tmp_path, FOLDS, seed, 3).setting["seed"] == seed
    assert asked == [("tiny reviews.csv", 180.0, SEED), ("tiny reviews.csv", 180.0, SEED + 1)]
