"""Deliveries of the bench are days that the loop would take in, and its tables say what was missed."""

import csv
from pathlib import Path

from tests.helpers.contracts import CONTRACT, LIMITS

from reviewloop.core.delivery.parsing import parse_whole
from reviewloop.core.texts import normalise
from reviewloop_local.bench_data.costs import Cost, growth
from reviewloop_local.bench_data.ingest import SCORING, STEPS
from reviewloop_local.bench_data.report import markdown, missed, whole
from reviewloop_local.bench_data.rows import read_pool, write_delivery


def test_a_delivery_of_more_rows_than_the_pool_repeats_hardly_a_text(tmp_path: Path) -> None:
    pool = read_pool(None).iloc[:500]
    for name in ("a.csv", "b.csv"):
        write_delivery(pool, 3000, tmp_path / name)
    data = (tmp_path / "a.csv").read_bytes()
    assert data == (tmp_path / "b.csv").read_bytes()
    parsed, accepted, _ = parse_whole("a.csv", data, CONTRACT, LIMITS)
    assert parsed.num_landed == 3000
    assert accepted["review_id"].is_unique
    assert accepted["text"].map(normalise).duplicated().mean() < 0.05  # what the quality gate allows
    with (tmp_path / "a.csv").open(newline="") as stream:
        assert len(list(csv.reader(stream))) == 3001


def costs(seconds: float, peak: float = 400.0) -> dict[str, dict[int, Cost]]:
    sizes = {20_000: seconds / 10, 200_000: seconds}
    return {step: {size: Cost(took, took, peak) for size, took in sizes.items()} for step in (*STEPS, SCORING)}


PLAIN = {step: {size: Cost(1.0, 1.0, 100.0) for size in (20_000, 200_000)} for step in ("read_csv", "quality", "bias")}


def test_what_grows_as_the_rows_do_is_linear() -> None:
    assert growth({20_000: Cost(1, 1, 1), 200_000: Cost(10, 1, 1), 2_000: Cost(9, 1, 1)}) == 1.0
    assert growth({20_000: Cost(1, 1, 1), 200_000: Cost(15, 1, 1)}) == 1.5


def test_the_whole_is_the_sum_of_its_steps_and_the_highest_peak() -> None:
    found = whole({**costs(2.0), "parse": {20_000: Cost(1, 1, 900), 200_000: Cost(3, 3, 950)}})
    assert found[200_000] == Cost(3 + 2.0 * (len(STEPS) - 1), 3 + 2.0 * (len(STEPS) - 1), 950)


def test_each_aim_that_is_missed_is_told() -> None:
    assert missed(costs(2.0), PLAIN, {200_000: [Cost(80, 80, 1)]}) == []
    slow = {**costs(4.0, peak=1600), "parse": {20_000: Cost(0.1, 1, 1), 200_000: Cost(40, 1, 1)}}
    told = missed(slow, PLAIN, {200_000: [Cost(80, 80, 1)]})
    assert [line.split("(aim")[0].strip() for line in told] == [
        "Quality and bias gate take 8.0 times `pandas.read_csv` at 200,000 rows",
        "The whole ingest grows 2.56 times linear",
        "The highest peak is 1,600 MB",
        "The whole ingest is 1.25 times as fast as before",
    ]
    assert markdown(slow, PLAIN, {200_000: [Cost(80, 80, 1)]}, "abc").endswith(told[-1])
