"""What the guards say together: a challenger goes back where a value is beyond its limit and no luck, at alpha over all guards
and stages."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from reviewloop.core.rollout.coverage import Gap, gap
from reviewloop.core.rollout.evidence import CHALLENGER, CHAMPION, Evidence
from reviewloop.core.rollout.excess import chance
from reviewloop.core.rollout.guards import LOOKS, Finding, Word, window
from reviewloop.core.rollout.paired_quality import Verdict, judge
from reviewloop.core.rollout.plan import Guard, Plan, Stage
from reviewloop.core.rollout.sample_ratio import SampleRatio, sample_ratio
from reviewloop.core.rollout.sample_ratio import Stage as Counted
from reviewloop.core.statistics.many_tests import holm

QUALITY: Final = "quality"
LABELLED: Final = frozenset({QUALITY, "recall_negative"})
SAMPLE_RATIO: Final = "sample_ratio"
QUALITY_SHARE: Final = 0.8
"""Of alpha, for the quality guard; the others share the rest. What they look for is seen in minutes, a loss of five points costs
labels, and is to be seen on 600 in 80 % (``make study-rollout``)."""
THROUGHOUT: Final = frozenset({"disagreement", QUALITY, "recall_negative"})
"""Guards whose evidence goes on from stage to stage. The others begin anew in each, with as many chances as there are stages."""
PLACES: Final = {"assigned": "num_units", "answered": "units_answered", "labelled": "units_labelled"}
"""Where the sample ratio is asked: a slow arm loses units between the first and the second, one whose customers do not return
between the second and the third."""


def judge_guards(plan: Plan, stage: Stage, evidence: Evidence) -> tuple[Finding, ...]:
    """A finding for each guard of the plan, in its order; of ``sample_ratio`` see ``ratio``."""
    seen = window(stage, evidence.stage(stage.name))
    found = [LOOKS[guard.name](guard, seen, evidence) for guard in plan.guards if guard.name != SAMPLE_RATIO]
    chances = _chances(found, len(plan.stages))
    judged = [one if one.p is None else replace(one, p=p, word=_word(one, p, plan)) for one, p in zip(found, chances, strict=True)]
    ratio_guard = plan.guard(SAMPLE_RATIO)
    return (*judged, *([_ratio_finding(ratio_guard, plan, evidence)] if ratio_guard else []))


def _chances(found: Sequence[Finding], num_stages: int) -> list[float]:
    """Of each finding, such that one at most alpha comes up by luck in a share of alpha of all rollouts, whatever the guard and the
    stage: quality and the rest divide alpha, the rest by Holm, and by Bonferroni over the stages."""
    alone = np.array([np.nan if one.p is None else one.p * (1 if one.guard in THROUGHOUT else num_stages) for one in found])
    is_quality = np.array([one.guard == QUALITY for one in found])
    share = QUALITY_SHARE if is_quality.any() else 0.0
    rest = holm(np.where(is_quality, np.nan, alone)) / (1 - share)
    both = np.where(is_quality, alone / share, rest) if share else rest
    return [float(p) for p in np.minimum(both, 1.0)]


def _word(found: Finding, p: float, plan: Plan) -> Word:
    if found.value is None or found.value <= found.limit:
        return "clear"
    if p <= plan.alpha:
        return "fired"
    # Half of all versions that are as good are a little worse on the reviews so far: of that the verdict asked for tells more.
    return "clear" if found.guard == QUALITY and found.value <= plan.margin else "beyond"


def ratio(plan: Plan, evidence: Evidence) -> Mapping[str, SampleRatio]:
    """The sample ratio at three places, in units: assigned, answered, labelled."""
    told = {}
    for place, name in PLACES.items():
        stages = []
        for stage in plan.stages:
            found = evidence.stage(stage.name)
            counts = {CHALLENGER: getattr(found.challenger, name), CHAMPION: getattr(found.champion, name)}
            stages.append(Counted({CHALLENGER: stage.challenger, CHAMPION: 1 - stage.challenger}, counts))
        told[place] = sample_ratio(stages)
    return told


def quality(plan: Plan, evidence: Evidence) -> Verdict:
    """Of all reviews that both read and whose labels are known. Where those are the short ones, or the long ones, nobody is called
    no worse: a loss among the others may be hidden. Worse is worse."""
    found = judge(evidence.paired.pairs, plan.margin, plan.alpha)
    return Verdict.UNEVEN if found is Verdict.NO_WORSE and is_uneven(plan, coverage(evidence)) else found


def is_uneven(plan: Plan, seen: Gap | None) -> bool:
    """Whether what is left of the one half of the lengths is less than of the other: beyond the plan's limit, and no luck."""
    return seen is not None and seen.value > plan.max_coverage_gap and seen.p <= plan.alpha


def coverage(evidence: Evidence) -> Gap | None:
    """Between the labelled shares of the shorter and of the longer reviews that both read. By arm: ``ratio``, at "labelled"."""
    return gap(evidence.paired.shorter, evidence.paired.longer)


def dropped(evidence: Evidence) -> Gap | None:
    """Between the shares that the shadow has read of the shorter and of the longer requests: for the others it had no room."""
    return gap(evidence.paired.fewer_tokens, evidence.paired.more_tokens)


def _ratio_finding(guard: Guard, plan: Plan, evidence: Evidence) -> Finding:
    found = ratio(plan, evidence)
    wrong = [place for place, one in found.items() if one.alarms(guard.limit)]
    size = max(one.largest_gap for one in found.values())
    p = min(chance(one.log_evidence) for one in found.values())
    leaks = sorted({arm for one in found.values() for arm in one.leaked})
    if leaks:
        return Finding(guard.name, "fired", f"units in an arm of share 0: {', '.join(leaks)}", guard.limit, size, 0.0)
    told = f"the arms' shares are off by {size:.2%} at most"
    if wrong:
        return Finding(guard.name, "fired", f"{told}, among those {', '.join(wrong)}", guard.limit, size, p)
    return Finding(guard.name, "clear", told, guard.limit, size, p)
