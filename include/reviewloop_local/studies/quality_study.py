"""Does the quality gate bite, and only where it should? ``python -m reviewloop_local.studies.quality_study [--csv FILE]``.

Runs the gate's suites on every named corruption of a clean day, and on clean days drawn from the same reviews. The file is one
that the contract of the profile (``REVIEWLOOP_PROFILE``) takes; a corruption of a field that it does not have is left out.
It ends with a power table of poison that keeps the shares: how often it is seen, and by which check.
Exit status 0 only where every corruption is caught by the expectation named for it, and no clean day raises an alarm.
"""

import argparse
import io
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
import pandas as pd

from reviewloop.adapters.expectations.reviews import run_suites
from reviewloop.adapters.expectations.suites import Check
from reviewloop.config import load_config
from reviewloop.contracts import load_contract
from reviewloop.core.delivery.columns import check_header
from reviewloop.core.delivery.formats import open_table
from reviewloop.core.delivery.history import DeliveryHistory
from reviewloop.core.delivery.parsing import parse_whole
from reviewloop.core.quality.rows import rows_of
from reviewloop.errors import DataRejected, ReviewloopError
from reviewloop_local.errors import LocalError
from reviewloop_local.sample.dataset import require_dataset
from reviewloop_local.sample.reviews import make_reviews, to_csv_bytes
from reviewloop_local.studies.corruptions import Batch
from reviewloop_local.studies.mutations import OF_BATCH, OF_DELIVERY, OF_FILE, OfBatch, OfDelivery, OfFile
from reviewloop_local.studies.poison import POISONS, Poison, biased_groups, fit_reader

DAY: Final = "2026-03-14"
DAY_ROWS: Final = 200
NUM_EARLIER_DAYS: Final = 14
MIN_POOL: Final = 500
"""Rows from which days are drawn; with fewer, one day is much like the next."""


@dataclass(frozen=True)
class Detection:
    """One corruption, and the expectations that failed on it, those of severity ``warn`` included.

    ``refused_by`` is the gate before, where that already refused the file as a whole.
    """

    mutation: OfDelivery | OfFile | OfBatch
    failed: tuple[Check, ...]
    refused_by: str = ""

    @property
    def caught(self) -> bool:
        """Whether the expectation that must see it did."""
        return self.mutation.caught_by in {self.refused_by, *(check.note for check in self.failed)}

    def in_words(self) -> str:
        """Everything that objected."""
        return self.refused_by or "; ".join(f"{check.note} ({check.severity})" for check in self.failed)


def read_pool(name: str, stream: BinaryIO) -> pd.DataFrame:
    """The reviews of a file in one of the delivery's formats, not zipped: a column a field of ours, what is missing ``None``.

    Raises ``DataRejected`` where its columns are not the contract's.
    """
    contract = load_contract()
    headers = contract.headers()
    table = open_table(name, stream, load_config().dataset.limits, contract.columns)
    check_header(name, table, contract)
    cells = [[cell or None for cell in row.cells] for row in table.rows if not row.fault]
    pool = pd.DataFrame(cells, columns=list(table.read), dtype="object")[list(headers.values())].set_axis(list(headers), axis=1)
    for field in (column.field for column in contract.columns if column.type == "integer"):
        numbers = pd.to_numeric(pool[field], errors="coerce")
        pool[field] = numbers.astype("Int64" if numbers.hasnans else "int64")
    return pool


def sample_pool() -> pd.DataFrame:
    """The made-up sample, in ``read_pool``'s form."""
    return read_pool("the sample reviews.csv", io.BytesIO(to_csv_bytes(make_reviews())))


def clean_days(pool: pd.DataFrame, num_days: int, seed: int) -> Iterator[tuple[pd.DataFrame, DeliveryHistory]]:
    """Days of about ``DAY_ROWS`` rows of ``pool``, numbered anew from 1, each with a believable past.

    Drawn without replacement within a day, as no day reports a review twice; row counts are Poisson.
    """
    rng = np.random.default_rng(seed)
    for _ in range(num_days):
        counts = rng.poisson(DAY_ROWS, NUM_EARLIER_DAYS + 1)
        rows = pool.iloc[rng.choice(len(pool), int(counts[-1]), replace=False)].reset_index(drop=True)
        earlier = tuple(int(count) for count in counts[:-1])
        yield (
            rows.assign(review_id=range(1, len(rows) + 1)),
            DeliveryHistory(DAY, earlier, newest_day="2026-03-13", is_repeat=False),
        )


def parsed(rows: pd.DataFrame, evidence: DeliveryHistory) -> Batch:
    """The table under the producer's headers, through CSV and the parser, as in a run."""
    return read("study.csv", to_csv_bytes(delivered_table(rows)), evidence)


def delivered_table(rows: pd.DataFrame) -> pd.DataFrame:
    """The table under the producer's headers."""
    return rows.rename(columns=load_contract().headers())


def read(name: str, data: bytes, evidence: DeliveryHistory) -> Batch:
    """The producer's file through the parser."""
    found, accepted, quarantine = parse_whole(name, data, load_contract(), load_config().dataset.limits)
    return Batch(DAY, accepted, quarantine, found.num_landed, evidence)


def judge(batch: Batch) -> tuple[Check, ...]:
    """The expectations that do not hold."""
    config = load_config()
    accepted = rows_of(batch.accepted)
    results = run_suites(config.quality, config.contract, batch.day, accepted, batch.quarantine, batch.num_landed, batch.evidence)
    return tuple(check for result in results for check in result.failed)


def lacking(mutation: OfDelivery | OfBatch) -> list[str]:
    """The fields that it corrupts and the contract does not have."""
    return [field for field in mutation.change.fields if field not in load_contract()]


def study_mutations(pool: pd.DataFrame, seed: int = 0) -> Iterator[Detection]:
    """Every corruption that the contract has the fields for, of one and the same clean day."""
    ((rows, evidence),) = clean_days(pool, 1, seed)
    for of_delivery in OF_DELIVERY:
        if not lacking(of_delivery):
            yield delivered(of_delivery, rows, evidence)
    for of_file in OF_FILE:
        yield delivered(of_file, rows, evidence)
    for of_batch in OF_BATCH:
        if not lacking(of_batch):
            yield Detection(of_batch, judge(of_batch.change.apply(parsed(rows, evidence))))


def delivered(mutation: OfDelivery | OfFile, rows: pd.DataFrame, evidence: DeliveryHistory) -> Detection:
    """The clean ``rows`` with the corruption, on their way through the contract and the suites."""
    try:
        if isinstance(mutation, OfFile):
            batch = read(mutation.file, mutation.write(delivered_table(rows)), evidence)
        else:
            batch = parsed(mutation.change.apply(rows), evidence)
    except DataRejected as refused:
        return Detection(mutation, (), refused.gate)
    return Detection(mutation, judge(batch))


def study_clean_days(pool: pd.DataFrame, num_days: int, seed: int = 1) -> list[Check]:
    """The alarms, of either severity, that clean days raise."""
    return [alarm for rows, evidence in clean_days(pool, num_days, seed) for alarm in judge(parsed(rows, evidence))]


def study_poison(pool: pd.DataFrame, num_days: int, seed: int = 2) -> Iterator[tuple[Poison, dict[str, tuple[int, int]]]]:
    """For each poison: check -> on how many of how many days it objects, by a warning too. All are given the same days.

    The reader learns on half of the reviews and is measured on a quarter; the days are of the last quarter. The two gates, which
    count only what the poison keeps and take most of the time, judge a tenth of the days.
    """
    mixed = pool.sample(frac=1, random_state=seed, ignore_index=True)
    evidence = DeliveryHistory(DAY, (), newest_day=None, is_repeat=False)
    parts = mixed.iloc[: len(mixed) // 2], mixed.iloc[len(mixed) // 2 : len(mixed) * 3 // 4]
    reader = fit_reader(*(parsed(part, evidence).accepted for part in parts))
    days = list(clean_days(mixed.iloc[len(mixed) * 3 // 4 :], num_days, seed))
    for poison in POISONS:
        changed = [(poison.change(rows, np.random.default_rng([seed, at])), past) for at, (rows, past) in enumerate(days)]
        batches = [parsed(*day) for day in changed]
        gated = batches[: -(-num_days // 10)]
        yield (
            poison,
            {
                "quality": (sum(bool(judge(batch)) for batch in gated), len(gated)),
                "bias": (sum(bool(biased_groups(batch.accepted)) for batch in gated), len(gated)),
                "read_with_champion": (sum(reader.objects(batch.accepted) for batch in batches), len(batches)),
            },
        )


def _print_power(pool: pd.DataFrame, num_days: int) -> None:
    if len(pool) // 4 < 2 * DAY_ROWS:
        print(f"poison: left out: {len(pool)} rows; a reading model and days that it has not learnt take {8 * DAY_ROWS}")
        return
    print("poison that keeps the shares: days objected to, and by which check (its power: none of it must be caught)")
    for poison, seen in study_poison(pool, num_days):
        told = "  ".join(f"{check} {count:>2} of {total}" for check, (count, total) in seen.items())
        print(f"  {poison.name:<18} {poison.what:<24} {told}", flush=True)


def main(arguments: list[str] | None = None) -> int:
    """Print what caught each corruption, and how many of the clean days raised an alarm."""
    parser = argparse.ArgumentParser(prog="python -m reviewloop_local.studies.quality_study", description=__doc__.splitlines()[0])
    parser.add_argument("--csv", type=Path, help="a review file with the contract's columns; without it, made-up sample reviews")
    parser.add_argument("--days", type=int, default=200, help="clean days to draw; default: %(default)s")
    parser.add_argument("--poisoned-days", type=int, default=100, help="days to poison in each way; default: %(default)s")
    chosen = parser.parse_args(arguments)
    try:
        pool = _pool(chosen.csv)
    except (LocalError, ReviewloopError) as error:
        print(f"reviewloop: {error}", file=sys.stderr)
        return 1
    findings = []
    for finding in study_mutations(pool):
        findings.append(finding)
        mutation, word = finding.mutation, "caught" if finding.caught else "MISSED"
        print(f"{word}  {mutation.name:<24} {mutation.what:<30} {finding.in_words()}", flush=True)
    for mutation in (*OF_DELIVERY, *OF_BATCH):
        if fields := lacking(mutation):
            print(f"left out  {mutation.name:<22} the contract has no field {', '.join(fields)}")
    alarms = study_clean_days(pool, chosen.days)
    for alarm in alarms:
        print(f"false alarm: {alarm.in_words()}")
    if chosen.poisoned_days:
        _print_power(pool, chosen.poisoned_days)
    missed = sum(not finding.caught for finding in findings)
    print(f"{len(findings)} corruptions, {missed} uncaught; {chosen.days} clean days, {len(alarms)} alarms")
    return 1 if missed or alarms else 0


def _pool(csv: Path | None) -> pd.DataFrame:
    if csv is None:
        require_dataset('give reviews of your own: CSV="file"')
        return sample_pool()
    if not csv.is_file():
        raise LocalError(f"CSV: {str(csv)!r} is not a file; give the path of the review file, quoted if it holds spaces")
    with csv.open("rb") as stream:
        pool = read_pool(csv.name, stream)
    if len(pool) < MIN_POOL:
        raise LocalError(f"CSV: {csv.name} holds {len(pool)} rows; days of about {DAY_ROWS} are drawn from at least {MIN_POOL}")
    return pool


if __name__ == "__main__":
    raise SystemExit(main())
