"""What does the product watch see, and how often does it cry wolf? ``python -m reviewloop_local.studies.products_study``.

Clean weeks are the file's own reviews in a random order: no product changes in them, and each keeps the share that it has. Prints
tables in Markdown: false alarms, power, what cannot be seen, and what shrinking is good for. Exit status 0 only where the interval
of the clean weeks that alarm ends below the configured rate, and a product of 30 reviews whose complaints triple leads the page.
"""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reviewloop.config import ProductsConfig, load_config
from reviewloop.core.delivery.parsing import parse_whole
from reviewloop.core.products.tree import Tree, tree_of, usual
from reviewloop.core.products.watch import RATED, Counts, Watched, look_rate, watch
from reviewloop_local.errors import LocalError
from reviewloop_local.generated import put
from reviewloop_local.sample.reviews import make_reviews, to_csv_bytes
from reviewloop_local.studies.arguments import Count, parser_of, read
from reviewloop_local.studies.drift_study import interval, say, told
from reviewloop_local.studies.markdown import table

SEED: Final = 20260101
COUNTS: Final = {"weeks": Count(1000, "clean weeks"), "changed": Count(200, "draws of each change")}
DAY_ROWS: Final = 200
REVIEWS: Final = (10, 30, 100)
FACTORS: Final = (2, 3, 5)
TOP: Final = 3
LEAST_TOP: Final = 0.8
"""So often a product of 30 reviews whose complaints triple must be among the first three."""
KNOWN: Final = (5, 30)
_PAST: Final = 4
"""A product of so many reviews a week has as many weeks behind it, at least."""
_BINS: Final = ((1, 2), (3, 9), (10, 29), (30, 99), (100, 1_000_000))
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Shop:
    """Every review's product (its place in the tree), and whether it complains."""

    tree: Tree
    products: Ints
    complains: Ints
    config: ProductsConfig

    def counts(self, rows: Ints) -> tuple[Ints, Ints]:
        """Complaints and reviews of every product among ``rows``."""
        size, of = len(self.tree.paths[-1]), self.products[rows]
        complaints = np.bincount(of, weights=self.complains[rows], minlength=size).astype(np.int64)
        return complaints, np.bincount(of, minlength=size)

    def week(self, order: Ints, day: int = 0) -> Counts:
        """The last days of reviews in this order, ``day`` days before the last one."""
        end = len(order) - day * DAY_ROWS
        start = end - self.config.window_days * DAY_ROWS
        return Counts(*self.counts(order[start:end]), *self.counts(order[:start]))

    def look(self, counts: Counts) -> Watched:
        """As the step looks at it."""
        return watch(self.tree, {RATED: counts}, self.config)


def open_shop(csv: Path | None) -> Shop:
    """``csv`` has Kaggle's columns; None: the made-up sample."""
    config = load_config()
    pool = pd.read_csv(csv).rename(columns={"Unnamed: 0": ""}) if csv else make_reviews()
    _, rows, _ = parse_whole("study.csv", to_csv_bytes(pool), config.contract, config.dataset.limits)
    tree = tree_of(rows.assign(reviews=1), config.products.levels)
    place = {path[-1]: at for at, path in enumerate(tree.paths[-1])}
    products = np.array([place[str(product)] for product in rows[config.products.product]], dtype=np.int64)
    return Shop(tree, products, np.array(rows["rating"] <= 2, dtype=np.int64), config.products)


def false_alarms(shop: Shop, num_weeks: int) -> tuple[str, bool]:
    """Clean weeks with a look every day."""
    rng, looks = np.random.default_rng(SEED), shop.config.window_days
    any_look, last_look, plain = 0, 0, 0
    for _ in range(num_weeks):
        order = rng.permutation(len(shop.products))
        weeks = [shop.week(order, day) for day in range(looks)]
        alarmed = [bool(shop.look(one).alarms) for one in weeks]
        any_look, last_look = any_look + any(alarmed), last_look + alarmed[0]
        plain += any(_plain(one) for one in weeks)
    rows = [
        [f"a week of {looks} looks", told(any_look, num_weeks)],
        ["one look alone", told(last_look, num_weeks)],
        ["a week, had each product been called that complains three times as often as usual, and by three reviews or more",
         told(plain, num_weeks, 0)],
    ]  # fmt: skip
    say(f"clean weeks that alarm: {rows[0][1]}")
    return table(["clean", "alarms"], rows), interval(any_look, num_weeks)[1] < shop.config.false_discovery_rate


def _plain(counts: Counts) -> bool:
    """What a sheet would call: three complaints or more, and three times the product's own share of before."""
    before = counts.complaints_before / np.maximum(counts.reviews_before, 1)
    share = counts.complaints / np.maximum(counts.reviews, 1)
    return bool(((counts.complaints >= 3) & (share >= 3 * before)).any())


def power(shop: Shop, num_draws: int) -> tuple[str, bool]:
    """One product whose complaints rise, in a week that is clean but for it."""
    rows, kept = [], True
    for num_reviews in REVIEWS:
        row = [f"{num_reviews}"]
        for factor in FACTORS:
            alarmed, first, by_share = _planted(shop, num_reviews, factor, num_draws)
            row += [told(alarmed, num_draws, 0), told(first, num_draws, 0)]
            if factor == FACTORS[1]:
                row.append(told(by_share, num_draws, 0))
                kept &= num_reviews < REVIEWS[1] or first >= LEAST_TOP * num_draws
        rows.append(row)
        say(f"power at {num_reviews} reviews: {', '.join(row[1:])}")
    head = ["reviews a week"]
    for factor in FACTORS:
        head += [f"times {factor}: alarm", f"times {factor}: in the top {TOP}"]
        head += [f"times {factor}: in the top {TOP} by raw share"] if factor == FACTORS[1] else []
    return table(head, rows), kept


def _planted(shop: Shop, num_reviews: int, factor: int, num_draws: int) -> tuple[int, int, int]:
    """Draws that alarm of the planted product, that have it in the first places, and that would by raw shares."""
    rng = np.random.default_rng([SEED, num_reviews, factor])
    every = shop.counts(np.arange(len(shop.products)))
    shares = usual(shop.tree, *every)[-1].shares
    may = np.flatnonzero(every[1] >= _PAST * num_reviews)
    if not len(may):
        raise LocalError(f"no product of the file has {_PAST * num_reviews} reviews; the study needs one")
    alarmed = first = by_share = 0
    for _ in range(num_draws):
        counts, product = shop.week(rng.permutation(len(shop.products))), int(rng.choice(may))
        counts.reviews[product] = num_reviews
        counts.complaints[product] = rng.binomial(num_reviews, min(factor * shares[product], 1.0))
        found, path = shop.look(counts), shop.tree.paths[-1][product]
        alarmed += path in [one.path for one in found.alarms]
        first += path in [one.path for one in found.ranking[:TOP]]
        judged = np.flatnonzero(counts.reviews >= shop.config.min_reviews)
        raw = counts.complaints[judged] / counts.reviews[judged]
        by_share += product in judged[np.argsort(-raw, kind="stable")[:TOP]]
    return alarmed, first, by_share


def unseen(shop: Shop, num_weeks: int) -> str:
    """Products by their reviews a week: how many could not alarm at all."""
    rng, found, whole = np.random.default_rng([SEED, 1]), [], np.zeros((num_weeks, len(shop.tree.paths[-1])), dtype=np.int64)
    for week in range(num_weeks):
        counts = shop.week(rng.permutation(len(shop.products)))
        whole[week] = counts.reviews
        found += [one.measured[0] for one in shop.look(counts).ranking]
    rows = [["0", f"{(whole == 0).sum() / num_weeks:.0f}", "all of them", "–", "–"]]
    for low, high in _BINS:
        own = [one for one in found if low <= one.reviews <= high]
        num = ((whole >= low) & (whole <= high)).sum() / num_weeks
        seen = [one for one in own if one.alarms_from is not None]
        name = f"{low} to {high}" if high < _BINS[-1][1] else f"{low} and more"
        blind = "all of them" if not seen else f"{1 - len(seen) / len(own):.0%}"
        shares = [one.alarms_from / one.reviews for one in seen if one.alarms_from is not None]
        median = (f"{np.median(shares):.0%}", f"{np.median([one.usual for one in seen]):.0%}") if seen else ("–", "–")
        rows.append([name, f"{num:.0f}", blind, *median])
    say("what cannot be seen: done")
    return table(["reviews a week", "products", "could not alarm", "alarms from, in complaints a review", "usual"], rows)


def shrinking(shop: Shop, num_draws: int, least: int = 30) -> str:
    """The error of a product's share, told from its first few reviews; of products with ``least`` others to judge it by."""
    errors = {known: _errors(shop, num_draws, known, least) for known in KNOWN}
    say("what shrinking is good for: done")
    head = ["share told by", *(f"error, of {known} reviews" for known in KNOWN)]
    return table(head, [[name, *(f"{errors[known][name]:.3f}" for known in KNOWN)] for name in errors[KNOWN[0]]])


def _errors(shop: Shop, num_draws: int, known: int, least: int) -> dict[str, float]:
    """Root mean squares, by who tells the share."""
    rng, size = np.random.default_rng([SEED, known]), len(shop.tree.paths[-1])
    errors: dict[str, list[float]] = {"its own reviews alone": [], "its class alone": [], "shrunk": []}
    for _ in range(num_draws):
        order = rng.permutation(len(shop.products))
        rank = pd.Series(shop.products[order]).groupby(shop.products[order]).cumcount().to_numpy()
        (k, n), (later, many) = shop.counts(order[rank < known]), shop.counts(order[rank >= known])
        levels = usual(shop.tree, k, n)
        judged = many >= least
        truth = later[judged] / many[judged]
        group = levels[-2].shares[shop.tree.parents[-1]] if len(levels) > 1 else np.full(size, k.sum() / n.sum())
        for name, guess in zip(errors, (k / np.maximum(n, 1), group, levels[-1].shares), strict=True):
            errors[name].append(float(np.mean((guess[judged] - truth) ** 2)))
    return {name: float(np.sqrt(np.mean(one))) for name, one in errors.items()}


def main(arguments: list[str] | None = None) -> int:
    """Run the study."""
    parser = parser_of("study-products", str(__doc__), COUNTS, "products.md")
    chosen = read(parser, COUNTS, arguments)
    try:
        shop = open_shop(chosen.csv)
        alarms, is_quiet = false_alarms(shop, chosen.weeks)
        seen, is_first = power(shop, chosen.changed)
    except LocalError as error:
        parser.error(str(error))
    config, few = shop.config, max(chosen.weeks // 50, 1)
    parts = [
        f"{chosen.csv.name if chosen.csv else 'made-up sample'}: {len(shop.products):,} reviews of {len(shop.tree.paths[-1]):,} "
        f"products, {shop.complains.mean():.1%} of them complaints, dealt out anew in days of {DAY_ROWS}; a level may spend "
        f"{look_rate(config):.2%} at a look.",
        f"False alarms, set to {config.false_discovery_rate:.0%} of clean weeks: {chosen.weeks:,} weeks",
        alarms,
        f"One product's complaints rise for a week: {chosen.changed:,} draws each",
        seen,
        f"What cannot be seen: the mean of {few:,} clean weeks",
        unseen(shop, few),
        "What shrinking is good for: the share of a product of which few reviews are known, judged by 30 others or more",
        shrinking(shop, few),
    ]
    tables = "\n\n".join(parts)
    print(tables)
    if chosen.docs:
        put("products.md", f"make study-products{' CSV=...' if chosen.csv else ''} DOCS=1", tables)
    return 0 if is_quiet and is_first else 1


if __name__ == "__main__":
    sys.exit(main())
