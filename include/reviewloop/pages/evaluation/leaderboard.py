"""The leaderboard: which kind of model is chosen, how all of them did, and how much of the best one's lead is luck."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from markupsafe import Markup

from reviewloop.core.leaderboard.apart import Apart
from reviewloop.core.leaderboard.board import Board
from reviewloop.core.leaderboard.judging import Beside, Judgement
from reviewloop.core.leaderboard.optimism import Optimism
from reviewloop.core.leaderboard.row import Estimate, Row
from reviewloop.core.leaderboard.taking_over import lines_to_change
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.pages import kit
from reviewloop.pages.links import Links

_ROW: Final = 26
_TOP: Final = 26
_BELOW: Final = 26
_NAME: Final = 210
_PANEL: Final = 520
_PAD: Final = 12
"""Lengths in px: of a row, the space above and below, a name, the axis, and the space beside it."""
MAX_NAME: Final = 28
"""Characters of a kind's name that fit before its interval."""
_TICK: Final = 0.1


def leaderboard_page(board: Board, judged: Judgement | None = None, links: Links | None = None, weight_power: float = 1.0) -> str:
    """HTML of a page that stands alone: the plot of intervals, the table, settings, luck, and how to read them.

    ``judged`` is what the sealed part said of the choice, where it was asked; ``weight_power`` is the baseline's, as configured.
    """
    of = board.setting
    tiles = kit.tiles(
        (f"{of.num_rows:,}", "rows of train and validation"),
        (f"{of.num_folds}", "folds that part no near copies"),
        (f"{sum(row.state == 'done' for row in board.rows)} of {len(board.rows)}", "kinds were done"),
        (f"{of.seconds / 60:.1f} of {of.budget_seconds / 60:.0f}", "minutes of the budget"),
    )
    looked = "The sealed part was not looked at." if judged is None else "The sealed part has judged the choice."
    told = f"Reviews of {of.source}. Seed {of.seed}. {looked}"
    sections = [
        *([kit.section("sealed", "The choice on the sealed part", lambda: _judged(judged))] if judged else []),
        kit.section("marks", "Every kind, the best first", lambda: _marks(board)),
        *([kit.section("apart", "Marked on other rows", lambda: _apart(board.apart))] if board.apart else []),
        kit.section("luck", "How much of the best is luck", lambda: _luck(board.optimism)),
        kit.section("settings", "Settings", lambda: _settings(board)),
        kit.section("taking-over", "To train with the choice", lambda: _taking_over(board, weight_power)),
        kit.section("reading", "How to read this", lambda: kit.bullets(_READING)),
    ]
    return kit.page(
        "Leaderboard", links, kit.judged(lambda: _verdict(board)), kit.join([tiles, kit.paragraph(told, "soft")]), sections
    )


_READING: Final = (
    "Each row was answered by a model that had not seen it nor a near copy of it. Macro-F1 counts each sentiment the same.",
    "Chosen is the simplest kind within one standard error of the best (Breiman and others, Classification and Regression Trees, "
    "1984, section 3.4.3): what these rows cannot tell apart should not cost more.",
    "An interval is of the rows that were drawn. That a kind learns a little differently from other rows is not in it.",
    "Seconds are of one core: learning and answering in all folds. Milliseconds are the median of one review alone on one core.",
    "Searched settings are chosen on inner folds alone: the rows of an outer fold, which mark a kind, have no part in them.",
    "A kind that failed, or had no time left, stays in the table with its reason. It is never chosen.",
)


def _verdict(board: Board) -> kit.Verdict:
    chosen, top = board.chosen, board.best
    if chosen is None or top is None or chosen.marks is None or top.marks is None:
        return kit.Verdict("fail", "no kind was done", "there is nothing to choose from")
    why = f"the simplest within one standard error of the best, {top.kind} at {top.marks.macro_f1.value:.3f}"
    if chosen == top:
        why = "the best, and no simpler kind is within one standard error of it"
    return kit.Verdict("pass", chosen.kind, f"macro-F1 {chosen.marks.macro_f1.value:.3f}: {why}.")


def _marks(board: Board) -> Markup:
    head = ["Kind", "Macro-F1", "Accuracy", *(f"Recall {name}" for name in SENTIMENTS), "Seconds", "MB", "ms a review"]
    rows = [[kit.below(_name(row, board), row.reason or row.told), *_cells(row)] for row in board.rows]
    return kit.join([_plot(board), kit.table(head, rows, numeric=range(1, len(head)), kind="many")])


def _name(row: Row, board: Board) -> Markup:
    if row.state != "done":
        return Markup("{} {}").format(row.kind, kit.mark("fail" if row.state == "failed" else "warn", row.state))
    return Markup("{} {}").format(row.kind, kit.mark("pass", "chosen")) if row == board.chosen else Markup.escape(row.kind)


def _cells(row: Row) -> list[kit.Cell]:
    if row.marks is None or row.cost is None:
        return ["–"] * (5 + len(SENTIMENTS))
    shares = [row.marks.macro_f1, row.marks.accuracy, *row.marks.recalls]
    cost = row.cost
    return [*map(_estimate, shares), f"{cost.seconds:,.0f}", f"{cost.num_bytes / 1e6:,.1f}", f"{cost.latency_ms:.2f}"]


def _estimate(one: Estimate) -> Markup:
    return kit.below(f"{one.value:.3f}", f"{one.low:.3f} to {one.high:.3f}")


def _luck(found: Optimism | None) -> Markup:
    if found is None:
        return kit.paragraph("No kind was done.")
    interval = f"95 % interval {found.low:.3f} to {found.high:.3f}"
    told = (
        f"The best of {found.num_candidates} has macro-F1 {found.seen:.4f} on the rows that chose it. Chosen on some rows and "
        f"marked on others, the best has {found.corrected:.4f} ({interval}): {found.luck:+.4f} is luck."
    )
    wins = sorted(found.wins.items(), key=lambda item: -item[1])
    rows = [[name, kit.bar(share, "c1"), f"{share:.1%}"] for name, share in wins if share > 0]
    source = (
        "Bootstrap bias corrected cross-validation (Tsamardinos and others, Machine Learning 107, 2018). Which kind was best in so "
        "many draws:"
    )
    return kit.join(
        [
            kit.paragraph(told),
            kit.paragraph(source, "soft"),
            kit.table(["Kind", "Best", "of draws"], rows, numeric=(2,), kind="middle"),
        ]
    )


def _apart(rows: Sequence[Apart]) -> Markup:
    head = [
        "Kind",
        "Macro-F1, mean of the seeds",
        "Each seed",
        "Accuracy",
        *(f"Recall {name}" for name in SENTIMENTS),
        "Seconds",
        "MB",
    ]
    told = (
        "Marked on the validation part, which also chose the best epoch: on fewer rows than the others and a little flattered. "
        "Neither ranked nor chosen here. Seconds are on the clock, of all seeds together."
    )
    return kit.join(
        [kit.paragraph(told), kit.table(head, [_cells_apart(one) for one in rows], numeric=range(1, len(head)), kind="many")]
    )


def _cells_apart(one: Apart) -> list[kit.Cell]:
    if one.macro_f1 is None or one.accuracy is None:
        name = Markup("{} {}").format(one.kind, kit.mark("fail" if one.state == "failed" else "warn", one.state))
        return [kit.below(name, one.reason), *["–"] * (5 + len(SENTIMENTS))]
    seeds = ", ".join(f"{value:.3f}" for value in one.by_seed)
    shares = [_estimate(share) for share in (one.accuracy, *one.recalls)]
    kind = kit.below(one.kind, f"{one.told} {one.num_rows:,} rows.")
    return [kind, _estimate(one.macro_f1), seeds, *shares, f"{one.seconds:,.0f}", f"{one.num_bytes / 1e6:,.1f}"]


def _judged(found: Judgement) -> Markup:
    """The winner beside the baseline and the champion, on the same rows."""
    head = ["Model", "Macro-F1", "The winner's less its own", "Accuracy", *(f"Recall {name}" for name in SENTIMENTS)]
    told = (
        f"{found.kind}, fitted on all open rows, on {found.num_rows:,} sealed rows. Expected was macro-F1 {found.expected:.3f}. "
        f"This is the {_nth(found.number)} leaderboard that this sealed part has judged: the more there are, the less its marks "
        "say of fresh rows. Nothing was registered or released."
    )
    table = kit.table(head, [_beside(one) for one in found.rows], numeric=range(1, len(head)), kind="many")
    return kit.join([kit.paragraph(told), table])


def _beside(one: Beside) -> list[kit.Cell]:
    if one.marks is None:
        return [kit.below(one.name, one.note), *["–"] * (3 + len(SENTIMENTS))]
    less: kit.Cell = "–"
    if one.delta is not None and one.low is not None and one.high is not None:
        less = kit.below(f"{one.delta:+.3f}", f"{one.low:+.3f} to {one.high:+.3f}")
    return [one.name, _estimate(one.marks.macro_f1), less, _estimate(one.marks.accuracy), *map(_estimate, one.marks.recalls)]


def _nth(number: int) -> str:
    return {1: "first", 2: "second", 3: "third"}.get(number, f"{number}th")


def _settings(board: Board) -> Markup:
    searched = [row for row in board.rows if row.searched]
    if not searched:
        return kit.paragraph("Nothing was searched: each kind has its own settings, as its code or the configuration has them.")
    told = kit.paragraph(
        "Of the model that is fitted on all rows. Those of a fold were chosen without it, and may be others.", "soft"
    )
    rows = [[kit.below(row.kind, row.searched), _found(row)] for row in searched]
    return kit.join([told, kit.table(["Kind", "Best settings"], rows)])


def _found(row: Row) -> str:
    return ", ".join(f"{name} {value:.4g}" for name, value in row.settings.items()) or "its own"


def _taking_over(board: Board, weight_power: float) -> Markup:
    chosen = board.chosen
    if chosen is None:
        return kit.paragraph("No kind was done.")
    lines = lines_to_change(chosen.kind, chosen.settings, weight_power)
    if lines:
        told = "Nothing is taken over by itself. These lines of include/config/base.yaml make the training's baseline this one:"
        return kit.join([kit.paragraph(told), Markup("<pre>{}</pre>").format("\n".join(lines))])
    if chosen.settings:
        told = (
            "sentiment_train does not train this kind. To let it: its module and entry in models/kinds/table.py (README, Limits), "
            "and the settings above as its defaults."
        )
        return kit.paragraph(told)
    return kit.paragraph("The choice has its own settings. What sentiment_train trains is not changed by this page.")


def _plot(board: Board) -> Markup:
    """An interval a kind; the band reaches from the best mark down by its standard error."""
    known = [row.marks.macro_f1 for row in board.rows if row.marks]
    if not known or board.best is None or board.best.marks is None:
        return Markup()
    low = math.floor(min(one.low for one in known) / _TICK) * _TICK
    high = math.ceil(max(one.high for one in known) / _TICK) * _TICK
    top = board.best.marks

    def x(value: float) -> float:
        return _PAD + (value - low) / (high - low) * _PANEL

    bottom, ticks = _TOP + _ROW * len(board.rows), round((high - low) / _TICK)
    band = x(top.macro_f1.value - top.standard_error)
    return kit.drawing(
        "interval_plot.html",
        label=f"Macro-F1 with 95 % intervals of {len(known)} kinds",
        width=_PANEL + 2 * _PAD, name_width=_NAME, height=bottom + _BELOW, top=_TOP, bottom=bottom, left=_PAD,
        heading="Kind", title="Macro-F1, 95 % intervals; the band is within one standard error of the best",
        band={"x": band, "width": x(top.macro_f1.value) - band},
        ticks=[{"x": x(low + place * _TICK), "name": f"{low + place * _TICK:.1f}"} for place in range(ticks + 1)],
        rows=[_interval(row, board, _TOP + _ROW * place, x) for place, row in enumerate(board.rows)],
    )  # fmt: skip


def _interval(row: Row, board: Board, y: int, x: Callable[[float], float]) -> Mapping[str, object]:
    shown = {"y": y + _ROW / 2, "name": kit.shorten(row.kind, MAX_NAME)}
    if row.marks is None:
        return shown | {"tip": f"{row.kind}: {row.state}: {row.reason}", "instead": row.state, "colour": "none"}
    one = row.marks.macro_f1
    return shown | {
        "tip": f"{row.kind}: {one.value:.3f} ({one.low:.3f} to {one.high:.3f})", "instead": "",
        "colour": "pass" if row == board.chosen else "c1", "x": x(one.value), "low": x(one.low), "high": x(one.high),
    }  # fmt: skip
