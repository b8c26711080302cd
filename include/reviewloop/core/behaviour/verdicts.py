"""What the answers say: the cases that a model passes, by capability."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

import numpy as np

from reviewloop.config import BehaviourConfig
from reviewloop.core.behaviour.answers import NO_ANSWER, Answers
from reviewloop.core.behaviour.cases import Case
from reviewloop.core.behaviour.suite import Kind, Suite
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.statistics.proportions import Rate, rate

KINDS: Final[tuple[Kind, ...]] = ("mft", "inv", "dir")


@dataclass(frozen=True)
class Outcome:
    """A case and how it went. ``fault`` orders failures, the worst (1) first; it is 0 for a case that passed."""

    case: Case
    passed: bool
    fault: float


@dataclass(frozen=True)
class CapabilityResult:
    """All cases of one capability."""

    kind: Kind
    name: str
    about: str
    outcomes: tuple[Outcome, ...]
    rate: Rate
    """Of the cases that passed."""

    @property
    def num_passed(self) -> int:
        """Cases that passed."""
        return sum(outcome.passed for outcome in self.outcomes)

    def failures(self, most: int) -> list[Outcome]:
        """The worst failures, at most that many."""
        return sorted((one for one in self.outcomes if not one.passed), key=lambda one: -one.fault)[:most]


def judge(case: Case, answers: Answers, config: BehaviourConfig) -> Outcome:
    """One case. No answer, before or after the change, is a failure.

    ``mft``: the answer is among the expected ones. ``inv``: the answer is the same as before. ``dir``: the probability rises by
    ``min_rise``, or stays where there is no room above; or does not fall by more than ``tolerance``.
    """
    said = [answers.said(text) for text in (case.before, case.text) if text is not None]
    if NO_ANSWER in said:
        return Outcome(case, passed=False, fault=1.0)
    now = answers.probabilities(case.text)
    if case.before is None:
        return _outcome(case, said[0] in case.expected, 1 - sum(float(now[SENTIMENTS.index(name)]) for name in case.expected))
    was = answers.probabilities(case.before)
    if case.must is None:
        return _outcome(case, said[0] == said[1], float(np.abs(now - was).sum()) / 2)
    place = SENTIMENTS.index(case.expected[0])
    rises = min(float(was[place]) + config.min_rise, 1 - config.min_rise)
    asked = rises if case.must == "rise" else float(was[place]) - config.tolerance
    return _outcome(case, bool(now[place] >= asked), asked - float(now[place]))


def _outcome(case: Case, passed: bool, fault: float) -> Outcome:
    return Outcome(case, passed, 0.0 if passed else fault)


def judge_all(suite: Suite, cases: Iterable[Case], answers: Answers, config: BehaviourConfig) -> list[CapabilityResult]:
    """Every capability of the suite, those without a single case too: their rate is unknown, and their gate fails."""
    outcomes: dict[tuple[Kind, str], list[Outcome]] = {}
    for case in cases:
        outcomes.setdefault((case.kind, case.capability), []).append(judge(case, answers, config))
    abouts = {
        "mft": {name: one.about for name, one in suite.minimum_functionality.items()},
        "inv": {name: one.about for name, one in suite.invariance.items()},
        "dir": {name: one.about for name, one in suite.directional.items()},
    }
    return [
        _result(kind, name, about, outcomes.get((kind, name), []), 1 if kind == "mft" else config.min_cases)
        for kind in KINDS
        for name, about in abouts[kind].items()
    ]


def _result(kind: Kind, name: str, about: str, outcomes: Sequence[Outcome], min_cases: int) -> CapabilityResult:
    passed = rate(sum(one.passed for one in outcomes), len(outcomes), min_cases)
    return CapabilityResult(kind, name, about, tuple(outcomes), passed)


def metrics(results: Sequence[CapabilityResult]) -> dict[str, float]:
    """``behaviour.<kind>.<capability>.rate`` with ``rate_low`` and ``rate_high`` (95 %), ``behaviour.<kind>.rate`` (the mean of the
    kind's capabilities), ``behaviour.<kind>.min_rate`` (the worst of them) and ``behaviour.num_cases``.

    A capability without enough evidence is NaN, and so are the two of its kind: what was not seen is not averaged away.
    """
    flat = {"behaviour.num_cases": float(sum(len(result.outcomes) for result in results))}
    for kind, found in groupby(results, key=lambda result: result.kind):
        of_kind = list(found)
        for result in of_kind:
            name = f"behaviour.{kind}.{result.name}"
            flat |= {f"{name}.rate": result.rate.value, f"{name}.num_cases": float(len(result.outcomes))}
            flat |= {f"{name}.rate_low": result.rate.low, f"{name}.rate_high": result.rate.high}
        rates = np.array([result.rate.value for result in of_kind])
        flat |= {f"behaviour.{kind}.rate": float(rates.mean()), f"behaviour.{kind}.min_rate": float(rates.min())}
    return flat


def as_json(result: CapabilityResult, answers: Answers, num_examples: int) -> Mapping[str, Any]:
    """The result with its worst failures, as the report keeps it; what is not known is null."""
    return {
        "kind": result.kind,
        "name": result.name,
        "about": result.about,
        "num_cases": len(result.outcomes),
        "num_passed": result.num_passed,
        **rate_json(result.rate),
        "failures": [_failure(one.case, answers) for one in result.failures(num_examples)],
    }


def rate_json(found: Rate) -> dict[str, float | None]:
    """``rate``, ``low`` and ``high``, null where they are not known."""
    return {name: _known(value) for name, value in (("rate", found.value), ("low", found.low), ("high", found.high))}


def answer_json(text: str, answers: Answers) -> dict[str, Any]:
    """A text and what the model said to it."""
    return {"text": text, "said": answers.said(text), "probabilities": [_known(one) for one in answers.probabilities(text)]}


def _failure(case: Case, answers: Answers) -> dict[str, Any]:
    before = None if case.before is None else answer_json(case.before, answers)
    return {"before": before, "after": answer_json(case.text, answers), "expected": list(case.expected), "must": case.must}


def _known(value: float) -> float | None:
    return round(float(value), 6) if np.isfinite(value) else None
