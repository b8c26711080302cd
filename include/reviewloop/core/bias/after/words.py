"""What a post-training measure says of a group, in words, and what a marked group may mean."""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from reviewloop.config import BiasAfterConfig
from reviewloop.core.bias.after.measures import Outcomes, outcomes
from reviewloop.core.bias.after.verdicts import AfterReport
from reviewloop.core.bias.verdicts import Mark
from reviewloop.core.reviews import SENTIMENTS

MEASURES: Final[Mapping[str, tuple[str, str]]] = {
    "DPPL": (
        "Difference in positive proportions in predicted labels",
        "The rest's share of reviews that are called so, minus the group's. 0: the same share.",
    ),
    "DI": ("Disparate impact", "The group's share of reviews that are called so, over the rest's. 1: the same share."),
    "DCAcc": (
        "Difference in conditional acceptance",
        "Reviews that are so for each that is called so, the rest's minus the group's.",
    ),
    "DCR": (
        "Difference in conditional rejection",
        "Reviews that are not so for each that is not called so, the group's minus the rest's.",
    ),
    "SD": ("Specificity difference", "Of the reviews that are not so, the share that is rightly not called so: group minus rest."),
    "RD": ("Recall difference", "Of the reviews that are so, the share that is found: rest minus group."),
    "DAR": ("Difference in acceptance rates", "Of the reviews called so, the share that is so: rest minus group."),
    "DRR": ("Difference in rejection rates", "Of the reviews not called so, the share that is not so: group minus rest."),
    "AD": ("Accuracy difference", "The share for which so-or-not is right: rest minus group."),
    "TE": ("Treatment equality", "Missed reviews for each false alarm: group minus rest. 0: the same kind of error prevails."),
    "CDDPL": (
        "Conditional demographic disparity in predicted labels",
        "Like DPPL, but like is compared with like, inside each value of another variable.",
    ),
    "GE": (
        "Generalized entropy",
        "How unevenly errors fall on reviews, over all groups: 0 where everyone fares alike.",
    ),
}
"""Name of each measure and what it says; "so" is the sentiment that counts as favourable."""

_PLAINEST: Final = ("RD", "AD", "DAR", "SD", "DRR", "DPPL", "GE")
"""What a person can picture comes first when one mark must stand for several."""

_Shares = Callable[[Outcomes], tuple[np.ndarray, np.ndarray]]
_PICTURES: Final[Mapping[str, tuple[_Shares, str]]] = {
    "RD": (lambda of: (of.tp, of.tp + of.fn), "of its {rows} {so} reviews {here} are found, {there} of the rest's"),
    "SD": (
        lambda of: (of.tn, of.tn + of.fp),
        "of its {rows} reviews that are not {so} {here} are not called so, {there} of the rest's",
    ),
    "DAR": (lambda of: (of.tp, of.tp + of.fp), "of its {rows} reviews called {so} {here} are, {there} of the rest's"),
    "DRR": (lambda of: (of.tn, of.tn + of.fn), "of its {rows} reviews not called {so} {here} are not, {there} of the rest's"),
    "AD": (lambda of: (of.tp + of.tn, of.rows), "{so} or not is right for {here} of its {rows} reviews, {there} of the rest"),
}
_CALLED: Final[tuple[_Shares, str]] = (
    lambda of: (of.tp + of.fp, of.rows), "{here} of its {rows} reviews are called {so}, {there} of the rest"
)  # fmt: skip
"""For all other measures."""

READINGS: Final = {
    "worse": (
        "The model reads this group worse than the others.",
        "read 20 of its mistakes; look for words that only this group uses, and whether it is rare in the training rows; weigh or "
        "collect more of it",
    ),
    "amplified": (
        "The model calls this group otherwise more than its ratings are.",
        "compare what it is called with its labels; it may take the group's words for a sign: change them and see (flip test)",
    ),
    "repeated": (
        "The model repeats a difference that stands in the ratings already.",
        "no fault of the model's alone: decide with the product team whether it may carry that on (see bias before training)",
    ),
}
"""What a marked group may mean, and what to do."""

_FOLLOWS_LABELS: Final = ("DPPL", "DI", "CDDPL")
"""Measures of what rows are called, whatever they are."""
_AMPLIFIED: Final = 1.25
"""The answers differ by a quarter more than the labels do."""


def in_words(report: AfterReport, after: BiasAfterConfig) -> str:
    """The plainest of a marked group's marks with its limit and what it rests on, then the names of the others."""
    level = report.verdict
    order = {name: place for place, name in enumerate(_PLAINEST)}
    first, *others = sorted(report.marked(level), key=lambda mark: (order.get(mark.measure, len(order)), -mark.strength))
    also = ", ".join(dict.fromkeys(mark.measure for mark in others if mark.measure != first.measure))
    limit = getattr(after.limit(first.measure), level)
    return f"{first.in_words()}, limit {limit:g}: {picture(report, first)}" + (f" (also {also})" if also else "")


def picture(report: AfterReport, mark: Mark) -> str:
    """The counts behind a mark: ``of its 120 negative reviews 40% are found, 68% of the rest's``."""
    if mark.measure == "GE":
        return f"errors on {report.num_rows:,} reviews fall unevenly"
    label = SENTIMENTS.index(mark.outcome or "")
    tables = np.array([report.rest_matrix, report.matrix])[:, np.newaxis]
    shares, words = _PICTURES.get(mark.measure, _CALLED)
    tops, rows = shares(outcomes(tables, label))
    there, here = (f"{top / all_rows:.0%}" if all_rows else "none" for top, all_rows in zip(tops, rows, strict=True))
    return words.format(rows=f"{rows[1]:,}", so=mark.outcome, here=here, there=there)


def reading(report: AfterReport) -> str:
    """Which of ``READINGS`` fits a marked group. Raises ``ValueError`` where nothing is marked."""
    marked = report.marked("warn", "reject")
    if not marked:
        raise ValueError(f"{report.name}: nothing is marked")
    if any(mark.measure not in _FOLLOWS_LABELS for mark in marked):
        return "worse"
    called = {mark.outcome: abs(mark.value or 0.0) for mark in report.marks if mark.measure == "DPPL"}
    label = max(range(len(SENTIMENTS)), key=lambda place: called[SENTIMENTS[place]])
    rated = abs(report.share(label) - report.rest_share(label))
    return "amplified" if called[SENTIMENTS[label]] > rated * _AMPLIFIED else "repeated"
