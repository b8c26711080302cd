"""How often do a rollout's tests cry wolf, and what do they catch? ``python -m reviewloop_local.studies.rollout_study``.

Seeded draws of rollouts that are watched throughout: the paired quality test after every label, the sample ratio after every unit,
and beside them what looking again and again with the tests of one look would have done on the same draws; then rollouts of the
whole plan ``staged``, each look decided by all guards together. Exit status 0 only where the false alarms and the power are what
``docs/serving.md`` promises.
"""

import argparse
import math
import sys
from collections.abc import Sequence
from typing import Final

import numpy as np
from rich.console import Console
from rich.table import Table

from reviewloop.config import load_config
from reviewloop.core.rollout.assignment import assign
from reviewloop.core.rollout.forecast import Traffic
from reviewloop.core.rollout.paired_quality import log_evidence_worse
from reviewloop.core.rollout.plan import plan_of
from reviewloop.core.rollout.power import requests_without_failure
from reviewloop.core.rollout.sample_ratio import ALPHA as RATIO_ALPHA
from reviewloop.core.rollout.sample_ratio import log_evidence_mismatch
from reviewloop.core.statistics.proportions import wilson
from reviewloop_local.loop.display import new_console
from reviewloop_local.studies.rollout_draws import DISCORDANT, run

QUALITY_ALPHA: Final = 0.05
LOSSES: Final = (0.02, 0.05, 0.10)
PLAN: Final = "staged"
TRAFFIC: Final = Traffic(5000, 100)
PLANNED: Final = 0.10
"""Share of the challenger in the rollouts whose sample ratio is watched."""
LOOK_EVERY: Final = 50
"""Labels, or units, between two looks of the test that is meant for one look."""


def pairs(loss: float, num_rollouts: int, num_labels: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Counts after each label, (rollouts, labels): champion alone right, challenger alone right."""
    draw = np.random.default_rng(seed).random((num_rollouts, num_labels), dtype=np.float32)
    worse = (DISCORDANT + loss) / 2
    return (draw < worse).cumsum(1, dtype=np.int32), ((draw >= worse) & (draw < DISCORDANT)).cumsum(1, dtype=np.int32)


def first_alarm(alarms: np.ndarray) -> np.ndarray:
    """Label of the first alarm of each rollout, counted from 1; infinite without one."""
    found: np.ndarray = np.where(alarms.any(axis=1), alarms.argmax(axis=1) + 1, np.inf)
    return found


def naive(champion_only: np.ndarray, challenger_only: np.ndarray) -> np.ndarray:
    """McNemar's test of one look (normal, one-sided), taken every ``LOOK_EVERY`` labels."""
    from scipy.stats import norm

    total = np.maximum(champion_only + challenger_only, 1)
    alarms = (champion_only - challenger_only) / np.sqrt(total) > norm.ppf(1 - QUALITY_ALPHA)
    looks = np.zeros(alarms.shape[1], dtype=bool)
    looks[LOOK_EVERY - 1 :: LOOK_EVERY] = True
    found: np.ndarray = alarms & looks
    return found


def in_challenger(number: int, share: float, num_units: int) -> np.ndarray:
    """Which units of a rollout the challenger holds, by the assignment itself, where ``share`` is what it was really told."""
    shares = {"challenger": share, "champion": 1 - share}
    return np.array([assign(f"rollout-{number}", unit, shares) == "challenger" for unit in range(num_units)])


def ratio_alarms(share: float, num_rollouts: int, num_units: int) -> tuple[np.ndarray, np.ndarray]:
    """Unit of the first alarm of each rollout: of the sequential test, and of chi-square every ``LOOK_EVERY`` units."""
    from scipy.stats import chi2

    own, peeking = [], []
    for number in range(num_rollouts):
        held = in_challenger(number, share, num_units).cumsum()
        total = np.arange(1, len(held) + 1)
        log = log_evidence_mismatch((PLANNED, 1 - PLANNED), np.stack([held, total - held], axis=-1))
        square = (held - PLANNED * total) ** 2 / (total * PLANNED * (1 - PLANNED))
        alarms = np.stack([log >= -np.log(RATIO_ALPHA), (square > chi2.ppf(1 - RATIO_ALPHA, 1)) & (total % LOOK_EVERY == 0)])
        first = first_alarm(alarms)
        own.append(first[0])
        peeking.append(first[1])
    return np.array(own), np.array(peeking)


def plan_table(console: Console, num_rollouts: int, losses: Sequence[float] = (0.0, *LOSSES)) -> bool:
    """Print what becomes of rollouts of the whole plan, looked at every quarter of an hour; whether it is as promised."""
    plan = plan_of(load_config("team").rollout, PLAN)
    title = f"{num_rollouts} rollouts of the plan {PLAN}, {TRAFFIC.requests:,.0f} requests and {TRAFFIC.labels:g} labels an hour"
    table = Table(title=title, title_justify="left", min_width=len(title))
    for column in (
        "challenger's accuracy",
        "went back (95 %)",
        "by 600 labels",
        "labels, median, 80 %",
        "hours, median",
        "promoted",
    ):
        table.add_column(column, justify="right")
    kept = True
    for loss in losses:
        ended = [run(plan, loss, TRAFFIC, seed) for seed in range(num_rollouts)]
        back = [one for one in ended if one.word == "back"]
        num_soon = sum(one.labels <= 600 for one in back)
        low, high = wilson(len(back), num_rollouts)
        share, soon = len(back) / num_rollouts, num_soon / num_rollouts
        delays = sorted(one.labels for one in back) + [math.inf] * (num_rollouts - len(back))
        labels = ", ".join(_or_never(float(np.quantile(delays, part, method="higher"))) for part in (0.5, 0.8))
        hours = f"{np.median([one.hours for one in back]):.3g}" if back else "–"
        promoted = sum(one.word == "finish" for one in ended) / num_rollouts
        told = f"{share:.1%} ({low:.1%} to {high:.1%})"
        table.add_row("the same" if not loss else f"{-loss:+.0%}", told, f"{soon:.1%}", labels, hours, f"{promoted:.1%}")
        kept &= share <= QUALITY_ALPHA if not loss else loss != 0.05 or soon >= 0.8
    console.print(table)
    return kept


def _or_never(labels: float) -> str:
    return f"{labels:,.0f}" if math.isfinite(labels) else "never"


def labels_apart(loss: float, share: float, accuracy: float = 0.84, power: float = 0.8) -> int:
    """Labels, in all, for the same at one look where each arm reads reviews of its own: normal, two shares, one-sided."""
    from scipy.stats import norm

    needed = (norm.ppf(1 - QUALITY_ALPHA) + norm.ppf(power)) ** 2
    variance = accuracy * (1 - accuracy) / (1 - share) + (accuracy - loss) * (1 - accuracy + loss) / share
    return math.ceil(float(needed * variance / loss**2))


def quality_table(console: Console, num_rollouts: int, num_labels: int) -> bool:
    """Print it; whether it is as promised."""
    table = Table(
        title=f"{num_rollouts} rollouts of {num_labels:,} labels, one alone right on {DISCORDANT:.0%}", title_justify="left"
    )
    for column in (
        "challenger's accuracy",
        "called worse",
        "by 600 labels",
        "labels, median",
        "labels, in 80 %",
        "naive, every 50",
    ):
        table.add_column(column, justify="right")
    kept = True
    for loss in (0.0, *LOSSES):
        counts = pairs(loss, num_rollouts, num_labels, seed=20260101)
        first = first_alarm(log_evidence_worse(*counts) >= -np.log(QUALITY_ALPHA))
        called, soon = float(np.isfinite(first).mean()), float((first <= 600).mean())
        median, most = (np.quantile(first, share, method="higher") for share in (0.5, 0.8))
        peeking = float(naive(*counts).any(axis=1).mean())
        words = [f"{value:,.0f}" if np.isfinite(value) else f"over {num_labels:,}" for value in (median, most)]
        table.add_row("the same" if not loss else f"{-loss:+.0%}", f"{called:.1%}", f"{soon:.1%}", *words, f"{peeking:.1%}")
        kept &= called <= QUALITY_ALPHA if not loss else loss != 0.05 or soon >= 0.8
    console.print(table)
    return kept


def ratio_table(console: Console, num_rollouts: int, num_units: int) -> bool:
    """Print it; whether it is as promised."""
    title = f"{num_rollouts:,} rollouts of {num_units:,} units, 10 % planned for the challenger"
    table = Table(title=title, title_justify="left", min_width=len(title))
    for column in ("it holds", "alarms", "units, median", "chi-square, every 50"):
        table.add_column(column, justify="right")
    kept = True
    for share in (PLANNED, 0.09, 0.08):
        own, peeking = ratio_alarms(share, num_rollouts if share == PLANNED else num_rollouts // 10, num_units)
        alarms, median = float(np.isfinite(own).mean()), float(np.quantile(own, 0.5, method="higher"))
        words = f"{median:,.0f}" if np.isfinite(median) else f"over {num_units:,}"
        table.add_row(f"{share:.0%}", f"{alarms:.2%}", words, f"{float(np.isfinite(peeking).mean()):.2%}")
        kept &= alarms <= 5 / 2000 if share == PLANNED else share != 0.08 or alarms >= 0.8
    console.print(table)
    return kept


def main() -> int:
    """Run the study."""
    parser = argparse.ArgumentParser(prog="make study-rollout", description=__doc__)
    parser.add_argument(
        "--rollouts", type=int, default=500, help="of the quality test and of the plan; four times as many of the sample ratio"
    )
    chosen = parser.parse_args()
    console = new_console()
    kept = quality_table(console, chosen.rollouts, 3000)
    apart = ", ".join(f"{labels_apart(0.05, share):,} where the challenger reads {share:.0%}" for share in (0.5, 0.1))
    console.print(f"Labels for -5% in 80 % at one look, each arm with reviews of its own: {apart}")
    kept &= plan_table(console, chosen.rollouts)
    kept &= ratio_table(console, 4 * chosen.rollouts, 5000)
    rates = ", ".join(f"{requests_without_failure(rate):,} for under {rate:.1%}" for rate in (0.01, 0.001))
    console.print(f"Requests without a failure that say how few fail, at 95 %: {rates}")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
