"""How often does the monitor cry wolf, and what does it see? ``python -m reviewloop_local.studies.drift_study [--csv FILE]``.

Days are drawn from reviews that the champion has never seen. Prints tables in Markdown: false alarms at five numbers of rows, power
for complaints and for texts about something else, and how long a day takes; beside them the fixed distances that this project had
before and Evidently's own tests. Exit status 0 only where the upper end of every interval of the false alarms is under 1 %.
"""

import sys
from typing import Final

import numpy as np

from reviewloop.core.monitoring.drift.complaints import Complaints
from reviewloop.core.monitoring.drift.feature_map import Features
from reviewloop.core.monitoring.drift.null import drawn
from reviewloop_local.generated import put
from reviewloop_local.studies.arguments import Count, parser_of, read
from reviewloop_local.studies.drift_days import rivals, seconds, seen_elsewhere
from reviewloop_local.studies.drift_draws import (
    Bools,
    Shop,
    complaint_alarms,
    complaints_in,
    joint_alarms,
    null_of,
    open_shop,
    repeated,
    with_share,
)
from reviewloop_local.studies.markdown import table

SIZES: Final = (50, 100, 200, 1000, 20_000)
RISES: Final = (50, 100, 200, 1000)
MOST: Final = 0.01
"""The upper end of an interval of false alarms must lie under it."""
SEED: Final = 20260101
COUNTS: Final = {
    "draws": Count(4000, "clean days at each number of rows"), "changed": Count(400, "changed days of each kind"),
    "whole": Count(40, "days of each kind that others judge, too"),
}  # fmt: skip


def say(what: str) -> None:
    """Progress, on standard error."""
    print(what, file=sys.stderr, flush=True)


def interval(num_hits: int, num_draws: int) -> tuple[float, float]:
    """The exact 95 % interval of Clopper and Pearson (1934)."""
    from scipy.stats import beta

    low = float(beta.ppf(0.025, num_hits, num_draws - num_hits + 1)) if num_hits else 0.0
    high = float(beta.ppf(0.975, num_hits + 1, num_draws - num_hits)) if num_hits < num_draws else 1.0
    return low, high


def told(num_hits: int, num_draws: int, digits: int = 2) -> str:
    """A share with its interval, in words."""
    low, high = interval(num_hits, num_draws)
    return f"{num_hits / num_draws:.{digits}%} ({low:.{digits}%} to {high:.{digits}%})"


def false_alarms(shop: Shop, num_draws: int) -> tuple[str, bool]:
    """Clean days at every size: beside a reference of their own each, and beside the champion's one."""
    alpha, rng = shop.config.monitor.alpha / 2, np.random.default_rng(SEED)
    held_back, own = shop.features(shop.held_back), shop.reference.features.means()
    share = shop.held_back.num_complaints / len(shop.held_back)
    rows, kept = [], True
    for num_rows in SIZES:
        null = null_of(shop, num_rows, num_rows)
        day = drawn(rng, held_back, num_rows, num_rows, num_draws)
        other = drawn(rng, held_back, own.num_rows, own.num_rows, num_draws)
        counts, earlier = complaints_in(shop, day), rng.binomial(num_rows, share, (num_draws, 2))
        anew = [Complaints(int(one), shop.base.num_rated) for one in rng.binomial(shop.base.num_rated, share, num_draws)]
        joint = joint_alarms(shop, null, day, other, alpha)
        complaints = complaint_alarms(counts, earlier, num_rows, anew, alpha)
        fired = int((joint | complaints).sum())
        beside_one = joint_alarms(shop, null, day, repeated(own, num_draws), alpha) | complaint_alarms(
            counts, earlier, num_rows, [shop.base] * num_draws, alpha
        )
        rows.append(
            [f"{num_rows:,}", told(fired, num_draws), f"{joint.mean():.2%}", f"{complaints.mean():.2%}", f"{beside_one.mean():.2%}"]
        )
        kept &= interval(fired, num_draws)[1] < MOST
        say(f"false alarms at {num_rows:,} rows: {rows[-1][1]}")
    head = ["reviews a day", "fires", "by the joint signals", "by complaints", "beside this one champion's reference"]
    return table(head, rows), kept


def power(shop: Shop, num_draws: int) -> str:
    """Complaints that are twice as common, on day one; half as many more, within three days."""
    share = shop.held_back.num_complaints / len(shop.held_back)
    doubled, half_more = (with_share(shop, factor * share, SEED) for factor in (2, 1.5))
    rows = []
    for num_rows in RISES:
        first = _seen(shop, doubled, num_rows, 1, num_draws, share)
        third = _seen(shop, half_more, num_rows, 3, num_draws, share)
        alone = [_seen_unrated(shop, pool, num_rows, num_draws) for pool in (doubled, half_more)]
        rows.append([f"{num_rows:,}", *(told(int(found.sum()), num_draws, 0) for found in (first, third, *alone))])
        say(f"power at {num_rows:,} rows: {', '.join(rows[-1][1:])}")
    head = [
        "reviews a day", "complaints doubled, day one", "times 1.5, within three days", "doubled, nobody rates",
        "times 1.5, nobody rates",
    ]  # fmt: skip
    return table(head, rows)


def _seen(shop: Shop, pool: Features, num_rows: int, num_days: int, num_draws: int, share: float) -> Bools:
    """Whether some of the first ``num_days`` changed days after two clean ones fires, shape (num_draws,)."""
    alpha, rng = shop.config.monitor.alpha / 2, np.random.default_rng([SEED, num_rows, num_days])
    null, own = null_of(shop, num_rows, num_rows), repeated(shop.reference.features.means(), num_draws)
    counts = [rng.binomial(num_rows, share, num_draws) for _ in range(2)]
    fired = np.zeros(num_draws, dtype=bool)
    for _ in range(num_days):
        day = drawn(rng, pool, num_rows, num_rows, num_draws)
        counts.append(complaints_in(shop, day))
        earlier = np.column_stack(counts[-3:-1])
        fired |= joint_alarms(shop, null, day, own, alpha)
        fired |= complaint_alarms(counts[-1], earlier, num_rows, [shop.base] * num_draws, alpha)
    return fired


def _seen_unrated(shop: Shop, pool: Features, num_rows: int, num_draws: int) -> Bools:
    rng = np.random.default_rng([SEED, num_rows, 9])
    null, own = null_of(shop, num_rows, 0), repeated(shop.reference.features.means(), num_draws)
    day = drawn(rng, pool, num_rows, 0, num_draws)
    return joint_alarms(shop, null, day, own, shop.config.monitor.alpha)


def elsewhere(shop: Shop, num_draws: int) -> str:
    """Days of which all texts, or some, are about something else, under the columns and ratings of this shop."""
    rows = []
    for num_rows, num_elsewhere in ((50, 50), (200, 40), (200, 20), (1000, 50)):
        fired, by_name = seen_elsewhere(shop, num_rows, num_elsewhere, num_draws)
        most = sorted(by_name.items(), key=lambda one: (-one[1], one[0]))[:4]
        words = ", ".join(f"{name.replace('_', ' ')} {count / num_draws:.0%}" for name, count in most)
        rows.append([f"{num_rows:,}", f"{num_elsewhere}", told(fired, num_draws, 0), words or "none"])
        say(f"{num_elsewhere} of {num_rows} reviews about something else: {rows[-1][2]}")
    return table(["reviews a day", "about something else", "fires", "by which signals"], rows)


def beside(shop: Shop, num_draws: int) -> str:
    """Ours and the others' on the same days, each day by itself."""
    share = shop.held_back.num_complaints / len(shop.held_back)
    kinds = [("clean", None, 0.0), ("complaints doubled", 2 * share, 0.0), ("complaints times three", 3 * share, 0.0),
             ("a tenth about something else", None, 0.1)]  # fmt: skip
    rows = []
    for num_rows in (50, 200, 1000):
        for name, of_complaints, part in kinds:
            found = rivals(shop, num_rows, of_complaints, round(part * num_rows), num_draws)
            rows.append([f"{num_rows:,}", name, *(f"{count / num_draws:.0%}" for count in found)])
            say(f"{num_rows} rows, {name}: {', '.join(rows[-1][2:])}")
    head = ["reviews a day", "the day is", "ours", "fixed distances", "Evidently's preset", "any column of it"]
    return table(head, rows)


def durations(shop: Shop) -> str:
    """Seconds of a day's monitor."""
    found = {num_rows: seconds(shop, num_rows) for num_rows in (1000, 20_000)}
    names = list(found[1000])
    rows = [[name, *(f"{took[name]:.1f}" for took in found.values())] for name in names]
    rows.append(["together", *(f"{sum(took.values()):.1f}" for took in found.values())])
    say(f"seconds: {rows[-1][1]} at 1,000 rows, {rows[-1][2]} at 20,000")
    return table(["seconds", *(f"{num_rows:,} reviews" for num_rows in found)], rows)


def main(arguments: list[str] | None = None) -> int:
    """Run the study."""
    chosen = read(parser_of("study-drift", str(__doc__), COUNTS, "monitoring.md"), COUNTS, arguments)
    shop = open_shop(chosen.csv)
    limits = shop.config.monitor
    alarms, kept = false_alarms(shop, chosen.draws)
    parts = [
        f"{chosen.csv.name if chosen.csv else 'made-up sample'}: {len(shop.reference.rows):,} sealed reviews as the reference, "
        f"{len(shop.held_back):,} held back for the days; complaints {shop.held_back.num_complaints / len(shop.held_back):.1%}; "
        f"the baseline's answers, the texts' latent semantic analysis as embeddings; {limits.num_draws:,} draws of luck.",
        f"False alarms, set to {limits.alpha:.1%} a day: {chosen.draws:,} clean days",
        alarms,
        f"Power, after two clean days: {chosen.changed:,} draws",
        power(shop, chosen.changed),
        f"Texts about something else: {chosen.whole} days",
        elsewhere(shop, chosen.whole),
        f"Beside others, on the same {chosen.whole} days each",
        beside(shop, chosen.whole),
        "How long a day takes, without the lake",
        durations(shop),
    ]
    tables = "\n\n".join(parts)
    print(tables)
    if chosen.docs:
        put("monitoring.md", f"make study-drift{' CSV=...' if chosen.csv else ''} DOCS=1", tables)
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
