"""The flip test on texts: does the answer change when somebody else is spoken of, and to whose disadvantage?

Clarify's FT asks it of a row's nearest neighbours in the other group (Black, Yeom and Fredrikson, FlipTest, FAT* 2020); a text has
a better counterpart, itself with the group's words exchanged (Garg et al., Counterfactual Fairness in Text Classification
through Robustness, AIES 2019). ``signed`` is (flips to worse - flips to better) / pairs: FT itself where there are two
outcomes, and here on the scale negative, neutral, positive, so that no sentiment must be named the favourable one.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reviewloop.config import BehaviourConfig
from reviewloop.core.behaviour.answers import NO_ANSWER, Answers
from reviewloop.core.behaviour.cases import FlipPair
from reviewloop.core.behaviour.suite import Suite
from reviewloop.core.behaviour.verdicts import answer_json, rate_json
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.statistics.proportions import Rate, rate


@dataclass(frozen=True)
class FlipResult:
    """One facet. Worse and better are so for the second group, on the scale negative, neutral, positive."""

    facet: str
    about: str
    groups: tuple[str, str]
    pairs: tuple[FlipPair, ...]
    flipped: tuple[FlipPair, ...]
    """The pairs whose answers differ; one without an answer is among them."""
    num_worse: int
    num_better: int
    rate: Rate
    """Of the pairs that flipped."""
    signed: float
    """-1 to 1; NaN without enough evidence, or when a pair has no answer."""


def flip_results(suite: Suite, pairs: Iterable[FlipPair], answers: Answers, config: BehaviourConfig) -> list[FlipResult]:
    """Every facet of the suite, those without a single pair too."""
    of_facet: dict[str, list[FlipPair]] = {name: [] for name in suite.flips}
    for pair in pairs:
        of_facet[pair.facet].append(pair)
    return [
        _measured(facet, flip.about, flip.groups, of_facet[facet], answers, config.min_cases) for facet, flip in suite.flips.items()
    ]


def _measured(
    facet: str, about: str, groups: tuple[str, str], pairs: Sequence[FlipPair], answers: Answers, min_pairs: int
) -> FlipResult:
    said = [(answers.said(pair.first), answers.said(pair.second)) for pair in pairs]
    unknown = any(NO_ANSWER in both for both in said)
    moves = [0 if NO_ANSWER in both else SENTIMENTS.index(both[1]) - SENTIMENTS.index(both[0]) for both in said]
    worse, better = sum(move < 0 for move in moves), sum(move > 0 for move in moves)
    flipped = [pair for pair, both in zip(pairs, said, strict=True) if both[0] != both[1] or NO_ANSWER in both]
    share = rate(len(flipped), len(pairs), min_pairs)
    signed = math.nan if unknown or math.isnan(share.value) else (worse - better) / len(pairs)
    return FlipResult(facet, about, groups, tuple(pairs), tuple(flipped), worse, better, share, signed)


def metrics(results: Sequence[FlipResult]) -> dict[str, float]:
    """``flip.<facet>.rate`` with ``rate_low`` and ``rate_high`` (95 %), ``worse_rate``, ``better_rate``, ``signed``, ``num_pairs``;
    over the facets ``flip.max_rate`` and ``flip.max_abs_signed``, NaN when one of them is not known.
    """
    flat: dict[str, float] = {}
    for result in results:
        name, known = f"flip.{result.facet}", not math.isnan(result.signed)
        flat |= {f"{name}.rate": result.rate.value, f"{name}.rate_low": result.rate.low, f"{name}.rate_high": result.rate.high}
        flat |= {f"{name}.signed": result.signed, f"{name}.num_pairs": float(len(result.pairs))}
        for way, count in (("worse", result.num_worse), ("better", result.num_better)):
            flat[f"{name}.{way}_rate"] = count / len(result.pairs) if known else math.nan
    flat["flip.max_rate"] = _highest(result.rate.value for result in results)
    flat["flip.max_abs_signed"] = _highest(abs(result.signed) for result in results)
    return flat


def _highest(values: Iterable[float]) -> float:
    found = list(values)
    return math.nan if any(map(math.isnan, found)) else max(found)


def as_json(result: FlipResult, answers: Answers, num_examples: int) -> Mapping[str, Any]:
    """The result with the pairs whose probabilities moved most, as the report keeps it; what is not known is null."""
    moved = sorted(result.flipped, key=lambda pair: -_moved(pair, answers))[:num_examples]
    return {
        "facet": result.facet,
        "about": result.about,
        "groups": list(result.groups),
        "num_pairs": len(result.pairs),
        "num_flipped": len(result.flipped),
        "num_worse": result.num_worse,
        "num_better": result.num_better,
        **rate_json(result.rate),
        "signed": None if math.isnan(result.signed) else round(result.signed, 6),
        "examples": [{"before": answer_json(pair.first, answers), "after": answer_json(pair.second, answers)} for pair in moved],
    }


def _moved(pair: FlipPair, answers: Answers) -> float:
    distance = float(abs(answers.probabilities(pair.second) - answers.probabilities(pair.first)).sum()) / 2
    return 1.0 if math.isnan(distance) else distance
