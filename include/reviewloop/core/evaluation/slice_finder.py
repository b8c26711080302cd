"""Slices with more mistakes than the rest, found by a small decision tree and proven on rows that it never saw.

A tree always finds something: the worst corner of noise. So one half of the rows proposes slices and the other half judges
them, each against all its other rows by Fisher's exact test, with Holm's correction over all that were proposed. What is named
is then worse with the stated certainty, and its accuracy, measured on the judging half alone, is not flattered.
Finding slices by a tree on the mistakes: Chung and others, "Automated data slicing for model validation", IEEE TKDE 32, 2020.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from reviewloop.config import SliceSearchConfig
from reviewloop.core.dataset.splits import fraction
from reviewloop.core.evaluation.slice_features import Feature
from reviewloop.core.statistics.many_tests import holm
from reviewloop.core.statistics.proportions import wilson

Flags = NDArray[np.bool_]
_LEAF: Final = -1


@dataclass(frozen=True)
class FoundSlice:
    """A slice that is worse than the rest. All numbers are of the judging half; ``low`` to ``high`` is Wilson's 95 % interval."""

    rule: str
    num_rows: int
    accuracy: float
    low: float
    high: float
    rest_accuracy: float
    chance: float
    """Holm's adjusted p-value: the chance of such a difference, anywhere in the report, if there were none."""
    mistakes: tuple[int, ...]
    """Places of its wrong rows."""


@dataclass(frozen=True)
class SliceSearch:
    """The slices, worst first, and how many were proposed (each of them is a test)."""

    num_judging: int
    num_proposed: int
    found: tuple[FoundSlice, ...]


def proposing_half(text_digests: Sequence[str]) -> Flags:
    """Which rows propose; the others judge. The text decides, so that the next report of the same rows has the same halves."""
    return np.array([fraction(digest, "slices") < 0.5 for digest in text_digests], dtype=bool)


def find_slices(features: Sequence[Feature], is_wrong: Flags, proposes: Flags, config: SliceSearchConfig, seed: int) -> SliceSearch:
    """Slices of the rows (arrays of one length, in one order) in which more of the answers are wrong.

    Of two slices of which one holds the other, the one with the stronger evidence is named.
    """
    judges = ~proposes
    nothing = SliceSearch(int(judges.sum()), 0, ())
    if min(proposes.sum(), judges.sum()) < 2 * config.min_rows or len(set(is_wrong[proposes])) < 2:
        return nothing
    from sklearn.tree import DecisionTreeClassifier

    table = np.column_stack([feature.numbers for feature in features])
    model = DecisionTreeClassifier(max_depth=config.max_depth, min_samples_leaf=config.min_rows, random_state=seed)
    model.fit(table[proposes], is_wrong[proposes])
    members = model.decision_path(table).toarray().astype(bool)  # (rows, nodes); node 0 is all rows
    usual = is_wrong[proposes].mean()
    nodes = [
        node
        for node in range(1, members.shape[1])
        if is_wrong[proposes & members[:, node]].mean() > usual and (judges & members[:, node]).sum() >= config.min_rows
    ]
    if not nodes:
        return nothing
    chances = holm(np.array([_chance(is_wrong[judges], members[judges, node]) for node in nodes]))
    rules = _rules(model.tree_, features)
    kept: list[tuple[int, float]] = []
    for place in np.argsort(chances, kind="stable"):
        related = any(_hold_each_other(members[:, nodes[place]], members[:, other]) for other, _ in kept)
        if chances[place] <= config.alpha and not related:
            kept.append((nodes[place], float(chances[place])))
    found = [_found(rules[node], is_wrong, judges, members[:, node], chance) for node, chance in kept]
    found.sort(key=lambda one: one.accuracy)
    return SliceSearch(nothing.num_judging, len(nodes), tuple(found))


def _chance(is_wrong: Flags, inside: Flags) -> float:
    """One-sided: as many mistakes inside, or more, by luck."""
    from scipy.stats import fisher_exact

    cells = [[int((is_wrong & side).sum()), int((~is_wrong & side).sum())] for side in (inside, ~inside)]
    return float(fisher_exact(cells, alternative="greater").pvalue)


def _hold_each_other(one: Flags, other: Flags) -> bool:
    both = (one & other).sum()
    return bool(both == one.sum() or both == other.sum())


def _found(rule: str, is_wrong: Flags, judges: Flags, inside: Flags, chance: float) -> FoundSlice:
    num_rows = int((judges & inside).sum())
    num_right = int((judges & inside & ~is_wrong).sum())
    low, high = wilson(num_right, num_rows)
    return FoundSlice(
        rule=rule,
        num_rows=num_rows,
        accuracy=num_right / num_rows,
        low=low,
        high=high,
        rest_accuracy=float((~is_wrong[judges & ~inside]).mean()),
        chance=chance,
        mistakes=tuple(np.flatnonzero(judges & inside & is_wrong).tolist()),
    )


def _rules(tree: Any, features: Sequence[Feature]) -> dict[int, str]:
    """The way to each node in words, conditions on one feature drawn together; they stand in the order of the features."""
    bounds: dict[int, dict[int, tuple[int | None, int | None]]] = {0: {}}
    for node in range(tree.node_count):  # a node's number is above its parent's
        if tree.children_left[node] == _LEAF:
            continue
        feature, edge = int(tree.feature[node]), int(np.floor(tree.threshold[node]))
        low, high = bounds[node].get(feature, (None, None))
        bounds[int(tree.children_left[node])] = bounds[node] | {feature: (low, edge)}
        bounds[int(tree.children_right[node])] = bounds[node] | {feature: (edge + 1, high)}
    return {
        node: ", ".join(features[place].condition(*ends) for place, ends in sorted(limits.items()))
        for node, limits in bounds.items()
    }
