"""One name for what moved on a day that fired: the link of the chain that no other link explains."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from reviewloop.config import KindsConfig
from reviewloop.core.delivery.mojibake import is_mojibake
from reviewloop.core.facets import MISSING
from reviewloop.core.monitoring.descriptors import NUMBERS
from reviewloop.core.monitoring.kinds.described import Before, answered, grouped
from reviewloop.core.monitoring.kinds.explained import chance_by_shares, chance_given
from reviewloop.core.monitoring.kinds.kinds import TOLD, Kind
from reviewloop.core.monitoring.kinds.label_map import gain_of_map, recorded_as
from reviewloop.core.monitoring.quality.calibration import Calibration
from reviewloop.core.monitoring.sample import Sample
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.statistics.many_tests import holm
from reviewloop.core.statistics.metrics import NUM_CLASSES
from reviewloop.core.statistics.stratified import one_hot, stratified_difference


@dataclass(frozen=True)
class Named:
    """The kind and why it is taken for it."""

    kind: Kind
    why: str

    def as_json(self) -> dict[str, Any]:
        """Plain JSON values: ``name``, and ``words`` with what the kind means, how it is planted and which labels tell it."""
        told, why = TOLD.get(self.kind), self.why[0].upper() + self.why[1:]
        return {"name": str(self.kind), "words": f"{why}. {str(told)[0].upper()}{str(told)[1:]}" if told else self.why}


@dataclass(frozen=True)
class _Moves:
    """Chances that each link is as before, the largest over all that might explain it; small: it moved by itself."""

    words: float
    words_alone: float
    """Of the words, nothing allowed for."""
    groups: float
    answers: float
    """By other shares of the classes."""
    answers_by_label: float
    """Of answers to reviews of one label; this and the next are 1 where too few are rated."""
    labels: float
    shares: float
    """Of the answers, nothing allowed for."""


NOTHING_MOVED: Final = Named(Kind.NONE, "nothing moved beyond what luck does")
"""Of a day that did not fire: so a clean day is named as seldom as it fires."""


def name_kind(before: Before, day: Sample, calibration: Calibration | None, limits: KindsConfig) -> Named:
    """The kind of a day that fired.

    ``calibration`` is of the champion's answers, None where there is none: then a label's definition cannot be told from a
    concept. Broken data come first, since all else follows from them; then each link of the chain, in its order.
    """
    if lost := _lost(before.rows, day, limits):
        return Named(Kind.QUALITY, lost)
    found, alpha = _moves(before, day, limits), limits.alpha
    if found.words <= alpha:
        why = "words moved that neither the mix of customers nor the sentiments' shares explain"
        return Named(Kind.COVARIATE, why + _luck(found.words))
    are_against_labels = max(found.answers_by_label, found.shares) <= alpha < found.labels
    if min(found.words_alone, found.groups) > alpha and (found.answers <= alpha or are_against_labels):
        why = "the champion's answers moved, words and customers did not, and no shares of the sentiments explain it"
        return Named(Kind.MODEL, why + _luck(min(found.answers, found.answers_by_label)))
    if min(found.labels, found.answers_by_label) <= alpha and (relabelled := _relabelled(day, found, calibration, limits)):
        return relabelled
    if found.groups <= alpha:
        why = "the mix of customers and products moved, and each writes as before"
        return Named(Kind.POPULATION, why + _luck(found.groups))
    if min(found.shares, found.labels) <= alpha:
        why = "the sentiments' shares moved, and reviews of one sentiment are as before"
        return Named(Kind.PRIOR, why + _luck(min(found.shares, found.labels)))
    return Named(Kind.UNKNOWN, "no single kind explains it")


def _luck(chance: float) -> str:
    return f" (by luck {max(chance, 1e-300):.2g})"


def _moves(before: Before, day: Sample, limits: KindsConfig) -> _Moves:
    reference = before.rows
    is_day, labels = np.repeat([False, True], [len(reference), len(day)]), reference.labels
    words, groups = (before.written, before.words(day)), grouped(reference, day)
    both_words, both_groups = np.vstack(words), np.vstack(groups)
    alone = chance_given(both_words, is_day)
    of_words = [alone, chance_given(both_words, is_day, both_groups), chance_by_shares(words[1], words[0], labels)]
    of_groups = [chance_given(both_groups, is_day), chance_by_shares(groups[1], groups[0], labels)]
    answers = shares = 1.0
    if reference.probabilities is not None and day.probabilities is not None:
        said = answered(reference), answered(day)
        both = np.vstack(said)
        answers, shares = chance_by_shares(said[1], said[0], labels), chance_given(both, is_day)
        of_words.append(chance_given(both_words, is_day, np.hstack([both_groups, both])))
        of_groups.append(chance_given(both_groups, is_day, both))
    by_label, of_labels = _by_label(reference, day, limits)
    return _Moves(max(of_words), alone, max(of_groups), answers, by_label, of_labels, shares)


def _by_label(reference: Sample, day: Sample, limits: KindsConfig) -> tuple[float, float]:
    """Of the rated rows: the chances of answers that differ so within the labels, and of labels that differ so."""
    if day.num_rated < limits.min_rated or reference.probabilities is None or day.probabilities is None:
        return 1.0, 1.0
    labels = np.concatenate([reference.labels[reference.is_rated], day.labels[day.is_rated]])
    is_day = np.repeat([False, True], [reference.num_rated, day.num_rated])
    said = np.vstack([reference.answers[reference.is_rated], day.answers[day.is_rated]])[:, : NUM_CLASSES - 1]
    inside = [chance_given(said[labels == label], is_day[labels == label]) for label in range(NUM_CLASSES)]
    together = stratified_difference(said, is_day, labels).chance
    return float(np.nanmin(holm(np.array([together, *inside])))), chance_given(one_hot(labels), is_day)


def _relabelled(day: Sample, found: _Moves, calibration: Calibration | None, limits: KindsConfig) -> Named | None:
    """A label's definition where a class as a whole is recorded as another, else a concept; None where it is rather that there are
    other reviews."""
    by_luck = _luck(min(found.labels, found.answers_by_label))
    concept = Named(Kind.CONCEPT, f"reviews that read as before are rated otherwise{by_luck}")
    if calibration is None:
        return concept if found.answers_by_label <= limits.alpha else None
    likely, labels = calibration.apply(day.answers[day.is_rated]), day.labels[day.is_rated].astype(int)
    recorded = recorded_as(likely, labels)
    if gain_of_map(likely, labels, calibration.shares, recorded) <= 0:
        return None
    kept = int(recorded.diagonal().argmin())
    if recorded[kept, kept] >= limits.least_kept:
        return concept
    why = f"what reads {SENTIMENTS[kept]} is recorded as {SENTIMENTS[int(recorded[kept].argmax())]}"
    return Named(Kind.LABEL_DEFINITION, why + by_luck)


def _lost(reference: Sample, day: Sample, limits: KindsConfig) -> str:
    """What came broken, in words: the worst of what lost ``min_lost`` or more of its values, beyond luck; else empty."""
    found = []
    for name in map(str, reference.columns):
        if name not in NUMBERS and name in day.columns:
            then, now = ((rows.columns[name] == MISSING).to_numpy() for rows in (reference, day))
            found.append((f"{name.replace('_', ' ')} missing", then, now))
    garbled = [np.array([is_mojibake(str(text)) for text in rows.reviews["text"]], dtype=bool) for rows in (reference, day)]
    return _worst([*found, ("texts decoded wrongly", garbled[0], garbled[1])], limits)


def _worst(found: Sequence[tuple[str, np.ndarray, np.ndarray]], limits: KindsConfig) -> str:
    from scipy.stats import hypergeom

    worst, rise = "", limits.min_lost
    for words, then, now in found:
        by_luck = float(hypergeom.sf(now.sum() - 1, len(then) + len(now), then.sum() + now.sum(), len(now)))
        if by_luck * len(found) <= limits.alpha and now.mean() - then.mean() >= rise:
            worst, rise = f"{words}: {then.mean():.1%} before, {now.mean():.1%} today{_luck(by_luck)}", now.mean() - then.mean()
    return worst
