"""The notebook ``candidates``: what the leaderboard tried, and each of it again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from reviewloop.core.leaderboard.board import ENSEMBLE
from reviewloop_local.notebooks.cells import Cell, code, told

TITLE: Final = "What was tried on the reviews"


@dataclass(frozen=True)
class Board:
    """What is kept of a leaderboard (``leaderboard.json``), as far as the notebook tells it."""

    setting: Mapping[str, Any]
    rows: Sequence[Mapping[str, Any]]
    chosen: str
    """The kind that was chosen; empty where none was done."""

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> "Board":
        """From its JSON."""
        return cls(kept["setting"], kept["rows"], (kept["chosen"] or {}).get("kind", ""))

    @property
    def tried(self) -> list[Mapping[str, Any]]:
        """The rows that were done, but for the ensemble, from simple to complex."""
        done = [row for row in self.rows if row["marks"] is not None and row["kind"] != ENSEMBLE]
        return sorted(done, key=lambda row: int(row["place"]))

    @property
    def ensemble(self) -> Mapping[str, Any] | None:
        """Its row, where it was done."""
        return next((row for row in self.rows if row["kind"] == ENSEMBLE and row["marks"] is not None), None)

    def is_of(self, source: str, num_rows: int, num_folds: int, seed: int) -> bool:
        """Whether it was made on these rows in this way."""
        wanted = {"source": source, "num_rows": num_rows, "num_folds": num_folds, "seed": seed}
        return all(self.setting[name] == value for name, value in wanted.items())


def cells(board: Board, table: str) -> list[Cell]:
    """The cells. ``table`` is the module in which the kinds are found by name. Each kind is learnt again in the same folds, beside
    its settings and its code, and its cell fails where macro-F1 is not what the leaderboard has."""
    of = board.setting
    made = [
        told(f"""
        The leaderboard of {of["source"]}: {of["num_rows"]:,} rows of train and validation in {of["num_folds"]} folds, seed
        {of["seed"]}. Made by `make notebooks`; run it again with `CSV` in the environment naming the same file, or without it on
        the made-up sample. The sealed part is never looked at.
        """),
        code(f"""
        from reviewloop_local.leaderboard.__main__ import read_rows
        from reviewloop_local.notebooks import showing, trying

        SEED, TABLE = {of["seed"]}, {table!r}
        showing.tables_for_people()
        rows = read_rows(showing.review_file(), {of["num_folds"]})
        answers = {{}}
        len(rows), sorted(rows["fold"].unique().tolist())
        """),
        told(_board(board)),
    ]
    for row in board.tried:
        made += [told(f"## {row['kind']}\n\n{row['told']}"), *_kind(row)]
    if board.ensemble:
        value = board.ensemble["marks"]["macro_f1"]["value"]
        made += [
            told(f"## {ENSEMBLE}\n\n{board.ensemble['told']}"),
            code(f"trying.beside(trying.averaged(answers, rows), rows, SEED, told={value:.6f})"),
        ]
    return made


def _board(board: Board) -> str:
    lines = ["## The leaderboard", "", "Macro-F1 out of fold, with its 95 % interval over rows, the best first:", ""]
    for row in board.rows:
        if row["marks"] is None:
            lines.append(f"- {row['kind']}: {row['state']} ({row['reason']})")
            continue
        one, mark = row["marks"]["macro_f1"], " (chosen)" if row["kind"] == board.chosen else ""
        lines.append(f"- {row['kind']}{mark}: {one['value']:.3f} ({one['low']:.3f} to {one['high']:.3f})")
    return "\n".join(lines)


def _kind(row: Mapping[str, Any]) -> list[Cell]:
    name, value = row["kind"], row["marks"]["macro_f1"]["value"]
    return [
        code(f"""
        learner = trying.kind({name!r}, TABLE)
        trying.settings_of(learner)
        """),
        code("print(trying.code_of(learner))"),
        code(f"""
        answers[{name!r}] = trying.tried(learner, rows, SEED)
        trying.beside(answers[{name!r}], rows, SEED, told={value:.6f})
        """),
    ]
