"""Does the quality gate bite, and only where it should? ``python -m reviewloop_local.studies.quality_study [--csv FILE]``.

Runs the gate's suites on every named corruption of a clean day, and on clean days drawn from the same reviews.
Exit status 0 only where every corruption is caught by the expectation named for it, and no clean day raises an alarm.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from reviewloop.adapters.expectations.reviews import run_suites
from reviewloop.adapters.expectations.suites import Check
from reviewloop.config import load_config
from reviewloop.contracts import load_contract
from reviewloop.core.delivery.history import DeliveryHistory
from reviewloop.core.delivery.parsing import parse_whole
from reviewloop.errors import DataRejected
from reviewloop_local.sample.reviews import make_reviews, to_csv_bytes
from reviewloop_local.studies.corruptions import Batch
from reviewloop_local.studies.mutations import OF_BATCH, OF_DELIVERY, OF_FILE, OfBatch, OfDelivery, OfFile

DAY: Final = "2026-03-14"
DAY_ROWS: Final = 200
NUM_EARLIER_DAYS: Final = 14


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


def clean_days(pool: pd.DataFrame, num_days: int, seed: int) -> Iterator[tuple[pd.DataFrame, DeliveryHistory]]:
    """Days of about ``DAY_ROWS`` rows of the producer's table ``pool``, numbered anew, each with a believable past.

    Drawn without replacement within a day, as no day reports a review twice; row counts are Poisson.
    """
    rng = np.random.default_rng(seed)
    for _ in range(num_days):
        counts = rng.poisson(DAY_ROWS, NUM_EARLIER_DAYS + 1)
        rows = pool.iloc[rng.choice(len(pool), int(counts[-1]), replace=False)].reset_index(drop=True)
        earlier = tuple(int(count) for count in counts[:-1])
        yield rows.assign(**{"": range(len(rows))}), DeliveryHistory(DAY, earlier, newest_day="2026-03-13", is_repeat=False)


def parsed(rows: pd.DataFrame, evidence: DeliveryHistory) -> Batch:
    """The producer's table through CSV and the parser, as in a run."""
    return read("study.csv", to_csv_bytes(rows), evidence)


def read(name: str, data: bytes, evidence: DeliveryHistory) -> Batch:
    """The producer's file through the parser."""
    found, accepted, quarantine = parse_whole(name, data, load_contract(), load_config().dataset.limits)
    return Batch(DAY, accepted, quarantine, found.num_landed, evidence)


def judge(batch: Batch) -> tuple[Check, ...]:
    """The expectations that do not hold."""
    config = load_config()
    results = run_suites(
        config.quality, config.contract, batch.day, batch.accepted, batch.quarantine, batch.num_landed, batch.evidence
    )
    return tuple(check for result in results for check in result.failed)


def study_mutations(pool: pd.DataFrame, seed: int = 0) -> Iterator[Detection]:
    """Every corruption of one and the same clean day."""
    ((rows, evidence),) = clean_days(pool, 1, seed)
    for of_delivery in OF_DELIVERY:
        yield delivered(of_delivery, rows, evidence)
    for of_file in OF_FILE:
        yield delivered(of_file, rows, evidence)
    for of_batch in OF_BATCH:
        yield Detection(of_batch, judge(of_batch.change(parsed(rows, evidence))))


def delivered(mutation: OfDelivery | OfFile, rows: pd.DataFrame, evidence: DeliveryHistory) -> Detection:
    """The clean ``rows`` with the corruption, on their way through the contract and the suites."""
    try:
        if isinstance(mutation, OfFile):
            batch = read(mutation.file, mutation.write(rows), evidence)
        else:
            batch = parsed(mutation.change(rows), evidence)
    except DataRejected as refused:
        return Detection(mutation, (), refused.gate)
    return Detection(mutation, judge(batch))


def study_clean_days(pool: pd.DataFrame, num_days: int, seed: int = 1) -> list[Check]:
    """The alarms, of either severity, that clean days raise."""
    return [alarm for rows, evidence in clean_days(pool, num_days, seed) for alarm in judge(parsed(rows, evidence))]


def main(arguments: list[str] | None = None) -> int:
    """Print what caught each corruption, and how many of the clean days raised an alarm."""
    parser = argparse.ArgumentParser(prog="python -m reviewloop_local.studies.quality_study", description=__doc__.splitlines()[0])
    parser.add_argument("--csv", type=Path, help="a review file with Kaggle's columns; without it, made-up sample reviews")
    parser.add_argument("--days", type=int, default=200, help="clean days to draw; default: %(default)s")
    chosen = parser.parse_args(arguments)
    pool = pd.read_csv(chosen.csv).rename(columns={"Unnamed: 0": ""}) if chosen.csv else make_reviews()
    findings = []
    for finding in study_mutations(pool):
        findings.append(finding)
        mutation, word = finding.mutation, "caught" if finding.caught else "MISSED"
        print(f"{word}  {mutation.name:<24} {mutation.what:<30} {finding.in_words()}", flush=True)
    alarms = study_clean_days(pool, chosen.days)
    for alarm in alarms:
        print(f"false alarm: {alarm.in_words()}")
    missed = sum(not finding.caught for finding in findings)
    print(f"{len(findings)} corruptions, {missed} uncaught; {chosen.days} clean days, {len(alarms)} alarms")
    return 1 if missed or alarms else 0


if __name__ == "__main__":
    raise SystemExit(main())
