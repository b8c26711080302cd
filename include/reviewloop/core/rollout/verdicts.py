"""What the guards say together: a challenger goes back where a value is beyond its limit and no luck, by Holm over all of them."""

from collections.abc import Mapping
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
PLACES: Final = {"assigned": "num_units", "answered": "units_answered", "labelled": "units_labelled"}
"""Where the sample ratio is asked: a slow arm loses units between the first and the second, one whose customers do not return
between the second and the third."""


def judge_guards(plan: Plan, stage: Stage, evidence: Evidence) -> tuple[Finding, ...]:
    """A finding for each guard of the plan, in its order; of ``sample_ratio`` see ``ratio``."""
    seen = window(stage, evidence.stage(stage.name))
    found = [LOOKS[guard.name](guard, seen, evidence) for guard in plan.guards if guard.name != SAMPLE_RATIO]
    adjusted = holm(np.array([np.nan if one.p is None else one.p for one in found]))
    judged = [
        one if one.p is None else replace(one, p=float(p), word=_word(one, float(p), plan))
        for one, p in zip(found, adjusted, strict=True)
    ]
    ratio_guard = plan.guard(SAMPLE_RATIO)
    return (*judged, *([_ratio_finding(ratio_guard, plan, evidence)] if ratio_guard else []))


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
    found, seen = judge(evidence.paired.pairs, plan.margin, plan.alpha), coverage(evidence)
    is_uneven = seen is not None and seen.value > plan.max_coverage_gap and seen.p <= plan.alpha
    return Verdict.UNEVEN if found is Verdict.NO_WORSE and is_uneven else found


def coverage(evidence: Evidence) -> Gap | None:
    """Between the labelled shares of the shorter and of the longer reviews that both read. By arm: ``ratio``, at "labelled"."""
    return gap(evidence.paired.shorter, evidence.paired.longer)


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
