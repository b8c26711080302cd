"""What a race of endpoints found, and how sure it is."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from reviewloop_local.bench.ratios import NUM_RESAMPLES, Ratio
from reviewloop_local.bench_serving.breakdown import Breakdown
from reviewloop_local.bench_serving.load import Answers

OURS = "ours"


@dataclass
class Overload:
    """Ours under ``times`` what it can bear."""

    times: float
    offered: float
    answers: Answers
    memory_mb: float
    """More than before, at the end."""
    recovered_seconds: float | None
    """From the last request's due time to an answer as quick as without load; None where it did not come."""


@dataclass
class Results:
    """``closed`` and ``alone``: each contender's rounds, in the same order; ``batch``: seconds on one core, in turns."""

    machine: str
    form: str
    num_texts: int
    closed: dict[str, list[Answers]] = field(default_factory=dict)
    alone: dict[str, list[Answers]] = field(default_factory=dict)
    batch: dict[str, list[float]] = field(default_factory=dict)
    half: Answers | None = None
    cpu_ms: dict[str, list[float]] = field(default_factory=dict)
    """Processor time of the server for one request at 8 clients, of each round."""
    alone_cpu_ms: list[float] = field(default_factory=list)
    """Of ours, asked one after the other."""
    breakdown: Breakdown | None = None
    overloads: list[Overload] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def ratio(ours: Sequence[float], theirs: Sequence[float], seed: int = 0) -> Ratio:
    """Of the sums over rounds, which were run in turns; a 95 % interval over rounds drawn with replacement, pairs together."""
    first, second = np.array(ours), np.array(theirs)
    drawn = np.random.default_rng(seed).integers(len(first), size=(NUM_RESAMPLES, len(first)))
    values = first[drawn].sum(axis=1) / second[drawn].sum(axis=1)
    low, high = np.quantile(values, (0.025, 0.975))
    return Ratio(float(first.sum() / second.sum()), float(low), float(high))


def rates(rounds: Sequence[Answers]) -> list[float]:
    """Good answers a second, of each round."""
    return [one.rate for one in rounds]


def together(rounds: Sequence[Answers]) -> Answers:
    """All rounds as one."""
    whole = Answers(sum(one.seconds for one in rounds))
    for one in rounds:
        for status, took in one.took.items():
            whole.took.setdefault(status, []).extend(took)
        whole.lost += one.lost
    return whole
