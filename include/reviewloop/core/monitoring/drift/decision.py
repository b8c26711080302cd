"""The decision: has the day moved away from the champion's reference? One family of tests, one known chance of a false alarm."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np

from reviewloop.config import MonitorConfig
from reviewloop.core.monitoring.drift.complaints import Complaints, chance
from reviewloop.core.monitoring.drift.feature_parts import COMPLAINTS, Part, lacking
from reviewloop.core.monitoring.drift.findings import findings
from reviewloop.core.monitoring.drift.null import Null
from reviewloop.core.monitoring.drift.reference import Reference, has_ratings
from reviewloop.core.monitoring.drift.signals import Means, Signal, statistic
from reviewloop.core.monitoring.drift.smallest_change import SmallestChange, smallest_change
from reviewloop.core.monitoring.drift.words import in_words
from reviewloop.core.monitoring.sample import Sample

Word = Literal["moved", "as before", "not enough evidence", "not measured"]


@dataclass(frozen=True)
class Outcome:
    """One signal of the day. ``chance`` is that of any one so unusual where nothing moved; at ``alpha`` or less it fires."""

    name: str
    slice: str | None
    family: str
    statistic: float | None
    chance: float | None
    alpha: float
    verdict: Word
    words: str
    pooled: bool = False
    """It moved by the days before and the day together; the day's own rows would not have shown it."""

    def __str__(self) -> str:
        where = f"{self.name.replace('_', ' ')} ({self.slice})" if self.slice else self.name.replace("_", " ")
        return f"{where}: {self.words}" + ("" if self.chance is None else f", by luck {self.chance:.2g}")


@dataclass(frozen=True)
class DriftVerdict:
    """Whether the day fires, and in words why or why not."""

    fired: bool
    reasons: tuple[str, ...]
    findings: tuple[str, ...]
    num_rows: int
    num_rated: int
    num_reference_rows: int
    signals: tuple[Outcome, ...]
    smallest_change: SmallestChange

    def as_json(self) -> dict[str, Any]:
        """The verdict as plain JSON values."""
        return asdict(self)


def decide(
    reference: Reference, day: Sample, null: Null | None, earlier: Sequence[Complaints], config: MonitorConfig
) -> DriftVerdict:
    """Fires when one signal is rarer than ``alpha`` allows all of them; ``null`` is that of ``null_rows``.

    Where rows are rated, half of alpha is for a rise of complaints (an exact test, with the days ``earlier`` pooled), the other
    half for the rest together. Signals that the day lacks something for are named, and the others judged.
    """
    alpha = config.alpha / 2 if has_ratings(day, config) else config.alpha
    outcomes = [_complaints(reference.complaints, day, earlier, alpha, config), *_joint(reference, day, null, alpha, config)]
    moved = sorted((one for one in outcomes if one.verdict == "moved"), key=lambda one: one.chance or 0.0)
    smallest = smallest_change(reference, day, null, alpha, earlier, config)
    return DriftVerdict(
        fired=bool(moved),
        reasons=tuple(map(str, moved)) if moved else _calm(outcomes, len(day), smallest, config),
        findings=tuple(findings(reference.rows, day)),
        num_rows=len(day),
        num_rated=day.num_rated,
        num_reference_rows=len(reference.rows),
        signals=tuple(outcomes),
        smallest_change=smallest,
    )


def _calm(outcomes: Sequence[Outcome], num_rows: int, smallest: SmallestChange, config: MonitorConfig) -> tuple[str, ...]:
    if num_rows < config.min_rows:
        return (f"not enough evidence: {num_rows} rows, {config.min_rows} are needed",)
    judged = [one for one in outcomes if one.chance is not None]
    rarest = min(judged, key=lambda one: (one.chance or 0.0) / one.alpha)
    unmeasured = sorted({one.name.replace("_", " ") for one in outcomes if one.verdict == "not measured"})
    lines = [f"{len(judged)} signals judged, none beyond what luck does; the least usual: {rarest}", smallest.words]
    return (*lines, *([f"not measured: {', '.join(unmeasured)}"] if unmeasured else []))


def _complaints(before: Complaints, day: Sample, earlier: Sequence[Complaints], alpha: float, config: MonitorConfig) -> Outcome:
    def outcome(value: float | None, by_luck: float | None, verdict: Word, words: str) -> Outcome:
        return Outcome(COMPLAINTS, None, "labels", value, by_luck, alpha, verdict, words)

    now = Complaints(day.num_complaints, day.num_rated)
    if not now.num_rated:
        return outcome(None, None, "not measured", "no review is rated")
    if not has_ratings(day, config):
        return outcome(None, None, "not enough evidence", f"{now.num_rated} rated reviews, {config.min_rows} are needed")
    by_luck = chance(now, earlier, before)
    words = f"{before.share:.1%} before, {now.share:.1%} today ({now.num_complaints:,} of {now.num_rated:,})"
    if earlier:
        together = sum(earlier, now)
        words += (
            f"; of {1 + len(earlier)} days together {together.share:.1%} ({together.num_complaints:,} of {together.num_rated:,})"
        )
    if by_luck > alpha:
        return outcome(now.share - before.share, by_luck, "as before", words)
    pooled = bool(earlier) and chance(now, (), before) > alpha
    return replace(outcome(now.share - before.share, by_luck, "moved", words), pooled=pooled)


def _joint(reference: Reference, day: Sample, null: Null | None, alpha: float, config: MonitorConfig) -> list[Outcome]:
    features = reference.map.features(day)
    now, then = features.means(), reference.features.means()
    judged = [
        _outcome(part, signal, reference, day, now, then, null, alpha, config)
        for part, signal in zip(reference.map.parts, reference.map.signals, strict=True)
    ]
    return [*judged, *(Outcome(*one, None, None, alpha, "not measured", why) for one, why in lacking(reference.rows))]


def _outcome(
    part: Part, signal: Signal, reference: Reference, day: Sample, now: Means, then: Means, null: Null | None, alpha: float,
    config: MonitorConfig,
) -> Outcome:  # fmt: skip
    def outcome(value: float | None, by_luck: float | None, verdict: Word, words: str) -> Outcome:
        return Outcome(signal.name, signal.slice, signal.family, value, by_luck, alpha, verdict, words)

    why_not = reference.map.why_not(part, day)
    if why_not is not None:
        return outcome(None, None, "not measured", why_not)
    if null is None or signal.key not in null.tails:
        num_rows = now.rows_of(signal)
        return outcome(None, None, "not enough evidence", f"{num_rows} reviews, {config.min_rows} are needed")
    value = float(statistic(signal, now, then, config.min_slice_rows)[0])
    if math.isinf(value):
        num_rows = round(float(getattr(now, signal.block)[0, signal.start]) * now.rows_of(signal))
        return outcome(None, None, "not enough evidence", f"{num_rows} reviews, {config.min_slice_rows} are needed")
    rarity = float(null.rarity(signal, np.array(value)))
    if math.isinf(rarity):
        return outcome(value, None, "not enough evidence", "none of the days that were drawn from the reference varied in it")
    by_luck = null.chance(rarity)
    words = in_words(part, value, reference.rows, day, null, signal.key)
    return outcome(value, by_luck, "moved" if by_luck <= alpha else "as before", words)
