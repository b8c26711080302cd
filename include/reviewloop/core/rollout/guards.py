"""The guards: each compares the challenger with the champion on the same window and gives a value, in a unit of its own, and how
likely such evidence is by luck. What follows from them together: ``verdicts.py``.

A stage that both answer is compared between its arms; one that the champion answers alone, between what the two made of the same
requests in shadow; one that the challenger answers alone, with the guard's limit itself.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.rollout.evidence import Evidence, Reads, StageEvidence, upper_ms
from reviewloop.core.rollout.excess import chance, log_evidence_more, log_mean
from reviewloop.core.rollout.paired_quality import Pairs, log_evidence_worse
from reviewloop.core.rollout.plan import Guard, Stage

Word = Literal["fired", "beyond", "clear", "no verdict", "no evidence", "not asked"]
_MIN_DISTINCT: Final = 3
"""Different answers, probabilities and all, that ``_DISTINCT_UNITS`` units get or more. Of units: one caller who sends the same
again and again gets the same."""
_DISTINCT_UNITS: Final = 50
_TAIL: Final = 0.99
_SURE: Final = 0.05
"""Chance of calling a champion sick that is well."""


@dataclass(frozen=True)
class Finding:
    """What one guard comes to. ``value`` is in the guard's unit; ``p`` of the guard alone, or as one of all.

    ``beyond``: the value is, but it may be luck: nobody goes back for it, and nobody goes on. ``no verdict``: the champion itself
    is not well. ``not asked``: this stage has no source for it.
    """

    guard: str
    word: Word
    told: str
    limit: float
    value: float | None = None
    p: float | None = None


@dataclass(frozen=True)
class Window:
    """The two versions in one stage. ``share`` of the units, or of the reads, are the challenger's; 1: nobody to compare with."""

    challenger: Reads
    champion: Reads
    share: float
    is_shadow: bool


def window(stage: Stage, found: StageEvidence) -> Window:
    """Whom a stage's evidence compares."""
    if stage.challenger == 0:
        return Window(found.shadow.challenger, found.shadow.champion, 0.5, is_shadow=True)
    return Window(found.challenger, found.champion, stage.challenger, is_shadow=False)


def _rate(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _p_above(hits: int, whole: int, limit: float) -> float:
    """How likely it is by luck that so many of the whole are hits, where at most a share of ``limit`` should be."""
    return chance(log_evidence_more(hits, whole - hits, min(max(limit, 1e-6), 1 - 1e-6)))


def _of_units(rate: float, reads: Reads) -> float:
    """The share of units with a hit or more, at most, where ``rate`` of the requests are hits: that of units which all send the
    mean number, since 1 - (1 - rate)^number is concave in the number."""
    return float(1 - (1 - rate) ** max(reads.num_requests / max(reads.num_units, 1), 1.0))


def _is_sick(hits: int, whole: int, limit: float | None) -> bool:
    """Whether the champion's own rate is beyond ``limit``, and surely so."""
    return limit is not None and _rate(hits, whole) > limit and _p_above(hits, whole, limit) <= _SURE


def _failing(name: str, units_name: str, words: str, by_caller: bool = False) -> Callable[[Guard, Window, Evidence], Finding]:
    """A guard over requests that come to nothing in one way: the challenger's share of them above the champion's.

    ``by_caller``: callers have a part in it, who come all at once or go away. A shadow has none; and alone, where nobody tells how
    many it would be with another version, it takes what no version may have (``sick``) to go back, beyond the limit it is held.
    """

    def look(guard: Guard, seen: Window, _: Evidence) -> Finding:
        mine, theirs = seen.challenger, seen.champion
        if by_caller and seen.is_shadow:
            return Finding(guard.name, "not asked", "nobody waits for a shadow", guard.limit)
        hits, others = getattr(mine, name), getattr(theirs, name)
        units, other_units = getattr(mine, units_name), getattr(theirs, units_name)
        if not mine.num_requests:
            return Finding(guard.name, "no evidence", "the challenger has read nothing yet", guard.limit)
        told, rate = f"{hits} of {mine.num_requests} {words}", _rate(hits, mine.num_requests)
        if seen.share == 1:
            # Nobody to compare with: the limit itself is what is compared with.
            most = (1.0 if guard.sick is None else guard.sick) if by_caller else guard.limit
            p = _p_above(units, mine.num_units, _of_units(most, mine))
            return Finding(guard.name, "clear", told, guard.limit, rate, p)
        told += f", of the champion's {others} of {theirs.num_requests}"
        if _is_often_sick(others, other_units, theirs, guard.sick):
            return Finding(guard.name, "no verdict", f"the champion itself is not well: {told}", guard.limit)
        p = chance(log_evidence_more(units, other_units, seen.share))
        return Finding(guard.name, "clear", told, guard.limit, rate - _rate(others, theirs.num_requests), p)

    return look


def _is_often_sick(hits: int, units: int, champion: Reads, limit: float | None) -> bool:
    """As ``_is_sick``, of requests: by their share, and surely so by the units that had such."""
    if limit is None or _rate(hits, champion.num_requests) <= limit:
        return False
    return _is_sick(units, champion.num_units, _of_units(limit, champion))


def _not_finite(guard: Guard, seen: Window, _: Evidence) -> Finding:
    """Share of requests that fail because a probability is no number: of the challenger alone, for no version may have any."""
    mine, theirs = seen.challenger, seen.champion
    if not mine.num_requests:
        return Finding(guard.name, "no evidence", "the challenger has read nothing yet", guard.limit)
    told = f"{mine.num_not_finite} of {mine.num_requests} requests had a probability that is no number"
    if seen.share < 1 and _is_often_sick(theirs.num_not_finite, theirs.units_with_not_finite, theirs, guard.sick):
        return Finding(guard.name, "no verdict", f"the champion itself is not well: {told}", guard.limit)
    p = _p_above(mine.units_with_not_finite, mine.num_units, _of_units(guard.limit, mine))
    return Finding(guard.name, "clear", told, guard.limit, _rate(mine.num_not_finite, mine.num_requests), p)


def quantile_ms(latencies: Mapping[int, int], share: float = _TAIL) -> float | None:
    """The latency, ms, that ``share`` of the counted lie at or below, up to a tenth; None without any."""
    step = _quantile_step(latencies, share)
    return None if step is None else upper_ms(step)


def _quantile_step(latencies: Mapping[int, int], share: float) -> int | None:
    wanted, passed = share * sum(latencies.values()), 0
    for step in sorted(latencies):
        passed += latencies[step]
        if passed >= wanted:
            return step
    return None


def _slow(guard: Guard, seen: Window, _: Evidence) -> Finding:
    """The challenger's p99 in the champion's of the same window. A shadow waits behind everybody: its latency says nothing."""
    if seen.is_shadow:
        return Finding(guard.name, "not asked", "a shadow waits behind everybody", guard.limit)
    if seen.share == 1:
        return _slow_alone(guard, seen.challenger)
    mine, theirs = quantile_ms(seen.challenger.latencies), quantile_ms(seen.champion.latencies)
    if mine is None or theirs is None:
        return Finding(guard.name, "no evidence", "one of the two has answered nothing yet", guard.limit)
    told = f"p99 {mine:.0f} ms, the champion's {theirs:.0f} ms"
    beyond = sum(count for step, count in seen.champion.latencies.items() if guard.sick is not None and upper_ms(step) > guard.sick)
    if _is_sick(beyond, sum(seen.champion.latencies.values()), 1 - _TAIL):
        return Finding(guard.name, "no verdict", f"everything is slow: {told}", guard.limit)
    tail = _quantile_step(seen.champion.unit_latencies, _TAIL)
    slow = [sum(n for step, n in reads.unit_latencies.items() if tail is None or step > tail)
            for reads in (seen.challenger, seen.champion)]  # fmt: skip
    return Finding(guard.name, "clear", told, guard.limit, mine / theirs, chance(log_evidence_more(slow[0], slow[1], seen.share)))


def _slow_alone(guard: Guard, mine: Reads) -> Finding:
    """Its p99 in what is too slow of any version: nobody tells how slow the other one would be now."""
    if guard.sick is None:
        return Finding(guard.name, "not asked", "alone it takes a limit in ms (sick)", guard.limit)
    p99 = quantile_ms(mine.latencies)
    if p99 is None:
        return Finding(guard.name, "no evidence", "the challenger has answered nothing yet", guard.limit)
    slow = sum(num for step, num in mine.unit_latencies.items() if upper_ms(step) > guard.sick)
    p = _p_above(slow, sum(mine.unit_latencies.values()), _of_units(1 - _TAIL, mine))
    return Finding(guard.name, "clear", f"p99 {p99:.0f} ms, of {guard.sick:,.0f} ms at most", 1.0, p99 / guard.sick, p)


def _constant(guard: Guard, seen: Window, _: Evidence) -> Finding:
    """The share of the challenger's commonest answer; or fewer than three different answers, probabilities and all."""
    mine, theirs = seen.challenger, seen.champion
    total = sum(mine.answers.values())
    if not total:
        return Finding(guard.name, "no evidence", "the challenger has answered nothing yet", guard.limit)
    common, count = max(mine.answers.items(), key=lambda pair: pair[1])
    told = f"{count} of {total} answers are {common}, {mine.num_distinct} different answers"
    others, most = sum(theirs.answers.values()), max(theirs.answers.values(), default=0)
    is_same = sum(theirs.unit_answers.values()) >= _DISTINCT_UNITS and theirs.num_distinct < _MIN_DISTINCT
    if seen.share < 1 and (is_same or _is_sick(most, others, guard.sick)):
        return Finding(guard.name, "no verdict", f"the champion answers as much alike: {told}", guard.limit)
    units = sum(mine.unit_answers.values())
    if units >= _DISTINCT_UNITS and mine.num_distinct < _MIN_DISTINCT:
        return Finding(guard.name, "clear", told, guard.limit, 1.0, 0.0)
    # The commonest is known only afterwards: of three, one is by luck the most common three times as likely.
    p = min(1.0, len(SENTIMENTS) * _p_above(max(mine.unit_answers.values(), default=0), units, guard.limit))
    return Finding(guard.name, "clear", told, guard.limit, count / total, p)


def _answer_shift(guard: Guard, seen: Window, _: Evidence) -> Finding:
    """How far the two mixes of answers lie apart, in total variation; by each unit's first answer."""
    if seen.share == 1:
        return Finding(guard.name, "not asked", "asked where both read", guard.limit)
    mine, theirs = seen.challenger.unit_answers, seen.champion.unit_answers
    totals = sum(mine.values()), sum(theirs.values())
    if not all(totals):
        return Finding(guard.name, "no evidence", "one of the two has answered nothing yet", guard.limit)
    counts = [(mine.get(name, 0), theirs.get(name, 0)) for name in SENTIMENTS]
    gaps = {name: a / totals[0] - b / totals[1] for name, (a, b) in zip(SENTIMENTS, counts, strict=True)}
    logs = [log_evidence_more(a, b, seen.share) for a, b in counts]
    logs += [log_evidence_more(b, a, 1 - seen.share) for a, b in counts]
    told = ", ".join(f"{name} {gap * 100:+.1f} points" for name, gap in gaps.items())
    return Finding(guard.name, "clear", told, guard.limit, sum(map(abs, gaps.values())) / 2, chance(log_mean(logs)))


def _disagreement(guard: Guard, _: Window, evidence: Evidence) -> Finding:
    """Share of the reviews that both read and answered with another sentiment."""
    both = evidence.paired
    if not both.num_reviews:
        return Finding(guard.name, "no evidence", "no review was read by both yet", guard.limit)
    told = f"{both.num_differ} of {both.num_reviews} reviews that both read are answered otherwise"
    p = _p_above(both.units_differ, both.units, guard.limit)
    return Finding(guard.name, "clear", told, guard.limit, both.num_differ / both.num_reviews, p)


def _worse(guard: Guard, pairs: Pairs, what: str) -> Finding:
    """By one pair a unit, value and chance alike: a caller who labels a thousand reviews neither sinks nor saves a challenger."""
    total = pairs.num_champion_only + pairs.num_challenger_only + pairs.num_ties
    if not total:
        return Finding(guard.name, "no evidence", f"no {what} that both read yet", guard.limit)
    loss = (pairs.num_champion_only - pairs.num_challenger_only) / total
    alone = f"the champion alone is right on {pairs.num_champion_only}, the challenger alone on {pairs.num_challenger_only}"
    told = f"of {total} {what}, one a unit, {alone}"
    p = chance(float(log_evidence_worse(pairs.num_champion_only, pairs.num_challenger_only)))
    return Finding(guard.name, "clear", told, guard.limit, loss, p)


def _quality(guard: Guard, _: Window, evidence: Evidence) -> Finding:
    """Accuracy below the champion's on the labelled reviews that both read."""
    return _worse(guard, evidence.paired.pairs, "labelled reviews")


def _recall_negative(guard: Guard, _: Window, evidence: Evidence) -> Finding:
    """Recall of the complaints below the champion's, on the same complaints."""
    return _worse(guard, evidence.paired.negative, "labelled complaints")


LOOKS: Final[Mapping[str, Callable[[Guard, Window, Evidence], Finding]]] = {
    "errors": _failing("num_errors", "units_with_errors", "requests failed"),
    "timeouts": _failing("num_timeouts", "units_with_timeouts", "requests timed out"),
    "refused": _failing("num_refused", "units_refused", "requests were refused for want of room", by_caller=True),
    "gone": _failing("num_gone", "units_gone", "callers went away unanswered", by_caller=True),
    "slow": _slow,
    "not_finite": _not_finite,
    "constant": _constant,
    "answer_shift": _answer_shift,
    "disagreement": _disagreement,
    "quality": _quality,
    "recall_negative": _recall_negative,
}
"""By name; ``sample_ratio`` is none of them: it says whether the comparison itself is sound."""
