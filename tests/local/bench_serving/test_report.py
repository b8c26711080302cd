"""The race's tables and what is said of the aims."""

from dataclasses import replace
from typing import Any

import pytest

from reviewloop_local.bench_serving.breakdown import MODEL, NOTES, PARSE, REST, Breakdown
from reviewloop_local.bench_serving.load import Answers
from reviewloop_local.bench_serving.report import markdown, times_the_twelve_lines, verdicts
from reviewloop_local.bench_serving.results import Overload, Results, ratio


def answers(per_second: int, seconds: float = 1.0, refused: int = 0) -> Answers:
    return Answers(seconds, {200: [1 / per_second] * int(per_second * seconds), 429: [0.002] * refused})


def results(ours: int) -> Results:
    names = {"ours": ours, "twelve lines": 20, "mlflow models serve": 40, "LitServe": 50}
    return Results(
        "a CPU", "openvino_int8", 100,
        closed={name: [answers(rate)] * 3 for name, rate in names.items()},
        alone={name: [answers(rate)] * 3 for name, rate in names.items()},
        batch={"ours": [0.5, 0.5], "pipeline": [5.0, 5.0]},
        cpu_ms={name: [1000 / rate] * 3 for name, rate in names.items()},
        overloads=[Overload(3, 3.0 * ours, answers(ours // 2, refused=10), 5.0, 0.1)],
    )  # fmt: skip


def test_an_aim_is_reached_or_missed_by_what_was_measured() -> None:
    fast, slow = verdicts(results(400)), verdicts(results(60))
    held = ["reached"] * 4
    assert [line.split(":")[0] for line in fast] == ["reached", "reached", "reached", "reached", "reached", "missed", *held]
    assert [line.split(":")[0] for line in slow] == ["missed", "missed", "reached", "missed", "reached", "missed", *held]
    assert times_the_twelve_lines(results(60)).value == 3


@pytest.mark.parametrize(
    ("change", "missed"),
    [
        (
            {"answers": Answers(1.0, {200: [0.2] * 98 + [0.3] * 2, 429: [0.002]})},
            "at 3 times the load who is taken in is answered in 250 ms",
        ),
        ({"answers": Answers(1.0, {200: [0.2], 429: [0.002] * 98 + [0.02] * 2})}, "at 3 times the load a refusal takes 10 ms"),
        ({"answers": Answers(1.0, {200: [0.2]})}, "at 3 times the load a refusal takes 10 ms"),
        ({"memory_mb": 101.0}, "at 3 times the load at most 100 MB more are held"),
        ({"recovered_seconds": 2.1}, "at 3 times the load it has recovered after 2 s"),
        ({"recovered_seconds": None}, "at 3 times the load it has recovered after 2 s"),
    ],
)  # fmt: skip
def test_each_aim_of_an_overload_is_missed_by_name(change: dict[str, Any], missed: str) -> None:
    found = results(400)
    found.overloads = [replace(found.overloads[0], **change)]
    lines = [line for line in verdicts(found)[6:] if not line.startswith("reached:")]
    assert len(lines) == 1
    assert lines[0].startswith(f"missed:  {missed}")


def test_three_times_what_it_takes_without_load_is_allowed_where_that_is_more() -> None:
    found = results(10)  # 100 ms alone
    found.overloads = [replace(found.overloads[0], answers=Answers(1.0, {200: [0.29], 429: [0.002]}))]
    assert any(line.startswith("reached: at 3 times the load who is taken in is answered in 300 ms") for line in verdicts(found))


def test_the_table_has_a_row_a_contender_and_a_row_a_load() -> None:
    table = markdown(results(400))
    assert "| ours | 400 |  | 2.5 " in table
    assert "| twelve lines | 20 | 20.00 (20.00 to 20.00) |" in table
    assert "| 3 times | 1200 | 200 | 50% |" in table


def test_a_ratio_of_rounds_knows_how_sure_it_is() -> None:
    found = ratio([10, 20, 30], [5, 10, 15])
    assert (found.value, found.low, found.high) == (2, 2, 2)
    wide = ratio([10, 30], [10, 10])
    assert wide.low < wide.value < wide.high


def test_the_parts_of_a_request_and_what_is_left_make_the_whole() -> None:
    found = results(400)
    assert "where a request's time goes" not in markdown(found)
    found.breakdown, found.alone_cpu_ms = Breakdown({PARSE: 0.1, NOTES: 0.5, MODEL: 8.0}, shared=6.0), [10.0, 11.0]
    table = markdown(found)
    assert f"| {MODEL} | 8.00 |" in table
    assert f"| {REST} | 2.40 |" in table
    assert "| at 8 clients | 2.50 |" in table
    assert "the model takes 6.00 ms a text" in table
