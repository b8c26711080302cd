"""The tables of ``make bench-orchestration``."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

import numpy as np

from reviewloop_local.bench.ratios import NUM_RESAMPLES, Ratio
from reviewloop_local.bench_orchestration.timeline import PARTS, Span, Timeline
from reviewloop_local.bench_orchestration.turns import Script
from reviewloop_local.studies.markdown import table

MAX_OVERHEAD: Final = 0.15
"""Of the script's seconds, that the DAG may take more."""
MAX_UNCHANGED_SECONDS: Final = 10.0


@dataclass(frozen=True)
class Found:
    """What was measured. ``dags`` and ``scripts`` were run in turns; ``nothing`` is the script where nothing changed."""

    dags: Sequence[Timeline]
    scripts: Sequence[Script]
    unchanged: Sequence[Timeline]
    nothing: Script


def overhead(dags: Sequence[Timeline], scripts: Sequence[Script], seed: int = 0) -> Ratio:
    """What the DAGs take more than the scripts, as a share of the scripts' seconds, with its 95 % interval.

    Rounds are drawn with replacement, both turns of one together: what disturbed a round disturbed both. Raises ``ValueError``
    for turns that do not pair.
    """
    if len(dags) != len(scripts) or not dags:
        raise ValueError(f"{len(dags)} DAGs against {len(scripts)} scripts: they must pair, and be one or more")
    ours, plain = (np.array([one.seconds for one in those]) for those in (dags, scripts))
    drawn = np.random.default_rng(seed).integers(len(ours), size=(NUM_RESAMPLES, len(ours)))
    low, high = np.quantile(ours[drawn].sum(axis=1) / plain[drawn].sum(axis=1) - 1, [0.025, 0.975])
    return Ratio(float(ours.sum() / plain.sum() - 1), float(low), float(high))


def markdown(found: Found) -> str:
    """Everything that was measured."""
    more = overhead(found.dags, found.scripts)
    rows = [
        [
            "the whole training",
            _seconds(found.scripts),
            _seconds(found.dags),
            f"{more.value:+.1%} ({more.low:+.1%} to {more.high:+.1%})",
        ],
        ["nothing changed", f"{found.nothing.seconds:.1f}", _seconds(found.unchanged), ""],
    ]
    tables = [table(["", "plain script, s", "DAG, s", "more than the script (95 % interval)"], rows)]
    steps = {name: median(script.steps[name] for script in found.scripts) for name in found.scripts[0].steps}
    tables += [_where("the whole training", found.dags, steps), _where("nothing changed", found.unchanged, found.nothing.steps)]
    return "\n\n".join([*tables, *missed(found)])


def missed(found: Found) -> list[str]:
    """Each aim that is missed, in a line; none where both are met."""
    told = []
    if (more := overhead(found.dags, found.scripts)).value > MAX_OVERHEAD:
        told.append(f"The DAG takes {more.value:.1%} more than the script (aim: {MAX_OVERHEAD:.0%}).")
    if (seconds := median(one.seconds for one in found.unchanged)) > MAX_UNCHANGED_SECONDS:
        told.append(f"An unchanged training takes {seconds:.1f} s (aim: {MAX_UNCHANGED_SECONDS:g}).")
    return told


def _where(name: str, found: Sequence[Timeline], steps: dict[str, float]) -> str:
    """Medians over the runs of each part of each task on the longest chain, a task a row; what is off the chain is in none."""
    head = [f"{name}: task on the longest chain", "waited, s", "began, s", "worked, s", "ended, s", "in the script, s"]
    by_task: dict[str, list[Span]] = {}
    for one in found:
        for span in one.spans:
            by_task.setdefault(span.task_id, []).append(span)
    rows = [
        [task, *(f"{median(getattr(span, part) for span in spans):.2f}" for part in PARTS), _of_script(task, steps)]
        for task, spans in by_task.items()
        if len(spans) * 2 > len(found)  # in most runs the chain leads through it
    ]
    sums = [f"{median(one.total(part) for one in found):.2f}" for part in PARTS]
    closing = median(one.closing for one in found)
    rows.append(["**together**, and the run's end", f"{sums[0]} + {closing:.2f}", *sums[1:], f"{sum(steps.values()):.2f}"])
    return table(head, rows)


def _of_script(task: str, steps: dict[str, float]) -> str:
    return f"{steps[task]:.2f}" if task in steps else ""


def _seconds(found: Sequence[Timeline] | Sequence[Script]) -> str:
    seconds = [one.seconds for one in found]
    return f"{median(seconds):.1f}" + (f" ({min(seconds):.1f} to {max(seconds):.1f})" if len(seconds) > 1 else "")
