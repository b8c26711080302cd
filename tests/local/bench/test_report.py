import io
import json
from dataclasses import replace

import pytest
from rich.console import Console
from tests.helpers.benched import MACHINE, make_lap, make_recipe

from reviewloop.core.statistics.bootstrap import Difference
from reviewloop_local.bench.contenders import ABLATIONS, CONTENDERS
from reviewloop_local.bench.ratios import Ratio
from reviewloop_local.bench.report import NO_GPU, NOT_QUICK, markdown, quality_table, speed_table, tables, verdicts
from reviewloop_local.bench.results import Quality, Results


def quality(validation: float, held_out: float, ours: float = 0.70) -> Quality:
    delta = held_out - ours
    return Quality(validation, held_out, Difference(delta, delta - 0.02, delta + 0.03, 0.5))


@pytest.fixture
def results(tmp_path) -> Results:
    """Ours 6 times as fast as the customer's loop, and 1.2 times as fast as the tuned Trainer."""
    seconds = {"customer": 6.0, "trainer": 5.0, "trainer-tuned": 1.2, "frozen": 0.7, "ours": 1.0}
    return Results(
        when="2026-01-01",
        recipe=make_recipe(tmp_path),
        machine=MACHINE,
        source="sample reviews",
        quick=False,
        laps={name: make_lap(99.0, taken, taken, taken) for name, taken in seconds.items()},
        num_held_out=1500,
        quality={
            "customer": quality(0.66, 0.65),
            "trainer": quality(0.67, 0.66),
            "trainer-tuned": quality(0.69, 0.703),
            "frozen": quality(0.75, 0.75),
            "ours": quality(0.69, 0.70),
        },
        ablations={found.name: make_lap(99.0, 1.0, 1.0) for found in ABLATIONS},
        watch_cost=Ratio(1.012, 0.995, 1.024),
        watch_own=0.0112,
    )


def rows_of(table) -> dict[str, dict[str, str]]:
    return {row[0]: dict(zip(table.header, row, strict=True)) for row in table.rows}


def test_speeds_leave_out_the_first_turn_and_stand_beside_the_customers(results):
    rows = rows_of(speed_table(results))
    assert list(rows) == [contender.title for contender in CONTENDERS]
    ours, customer = rows["ours"], rows["the customer's loop"]
    assert ours["samples/s"] == "80.0"  # 4,000 tokens a second, 50 a row
    assert ours["tokens/s"] == "4,000"
    assert ours["padding"] == "20%"
    assert ours["times the customer's (95 %)"] == "6.00 (6.00 to 6.00)"
    assert customer["times the customer's (95 %)"] == "1.00 (1.00 to 1.00)"
    assert ours["start to result s"] == "111"
    assert ours["memory MB"] == "1,500"


def test_without_a_gpu_its_columns_say_so_in_every_row(results):
    for row in rows_of(speed_table(results)).values():
        assert (row["share of peak bf16"], row["GPU memory MB"]) == (NO_GPU, NO_GPU)


def test_with_a_gpu_the_share_of_its_peak_is_there_or_that_the_peak_is_not_known(results):
    for lap in results.laps.values():
        lap.turns[-1] = replace(lap.turns[-1], gpu_memory_mb=2048.0)
    results.machine = MACHINE.model_copy(update={"gpu": "NVIDIA L4", "num_multiplied": 100_000_000})
    ours = rows_of(speed_table(results))["ours"]
    assert (ours["share of peak bf16"], ours["GPU memory MB"]) == ("2.0%", "2,048")
    results.machine = MACHINE.model_copy(update={"gpu": "Tesla T4"})
    assert rows_of(speed_table(results))["ours"]["share of peak bf16"] == "peak of Tesla T4 not known"


def test_the_quality_table_sets_everybody_against_ours(results):
    rows = rows_of(quality_table(results))
    assert rows["the customer's loop"]["minus ours, held out (95 %)"] == "-0.050 (-0.070 to -0.020)"
    assert rows["ours"]["minus ours, held out (95 %)"] == ""


def test_aims_that_are_met_say_so(results):
    lines = verdicts(results)
    assert lines[0] == "met: at least 5 times the customer's loop: 6.00 (6.00 to 6.00)"
    assert lines[1].startswith("met: ahead of the tuned Trainer: 1.20")
    assert [line.partition(":")[0] for line in lines] == ["met"] * 4


def test_ours_is_measured_by_the_others_and_not_by_its_own_faster_form(results):
    results.quality["frozen"] = quality(0.60, 0.60)
    lower = verdicts(results)
    results.quality["frozen"] = quality(0.80, 0.80)
    assert verdicts(results) == lower
    assert rows_of(quality_table(results))["ours, two layers frozen"]["macro-F1 held out"] == "0.800"


def test_aims_that_are_missed_say_so(results):
    results.laps["ours"] = make_lap(99.0, 1.3, 1.3, 1.3)
    results.quality["customer"] = quality(0.70, 0.71)
    assert [line.partition(":")[0] for line in verdicts(results)] == ["missed"] * 4


def test_the_quick_version_says_what_it_leaves_out(results):
    results.quality, results.ablations, results.watch_cost, results.quick = {}, {}, None, True
    for lap in results.laps.values():
        lap.finished = False
    assert [table.title for table in tables(results)] == ["Speed", "What differs"]
    assert rows_of(speed_table(results))["ours"]["start to result s"] == NOT_QUICK
    assert verdicts(results)[2] == f"not measured: equal quality ({NOT_QUICK})"


def test_a_part_that_does_not_run_here_keeps_its_row_and_says_why(results):
    results.ablations["compiled"].failure = "Traceback\nRuntimeError: no compiler"
    rows = rows_of(tables(results)[3])
    assert rows["with torch.compile"]["samples/s"] == "does not run here"
    assert "no compiler" in markdown(results)
    assert rows["in the other precision, fp32 or bf16"]["times as shipped (95 %)"] == "1.00 (1.00 to 1.00)"
    assert rows["in the other precision, fp32 or bf16"]["warm-up s"] == "99"


def test_the_page_has_every_table_and_what_it_was_measured_on(results):
    page = markdown(results)
    assert page.count("### ") == 5
    for words in ("a processor, no GPU, 2 threads", "400 training rows", "1.012", "0.995 to 1.024", "2026-01-01"):
        assert words in page


def test_the_terminal_shows_the_same_cells(results):
    console = Console(file=io.StringIO(), width=200)
    for table in tables(results):
        table.show(console)
    shown = console.file.getvalue()
    assert "6.00 (6.00 to 6.00)" in shown


def test_everything_is_kept_as_json(results):
    kept = json.loads(results.write().read_text())
    assert kept["machine"]["processor"] == "a processor"
    assert kept["recipe"]["batch_size"] == 8
    assert [turn["seconds"] for turn in kept["laps"]["ours"]["turns"]] == [99.0, 1.0, 1.0, 1.0]
    assert kept["quality"]["customer"]["against_ours"]["delta"] == pytest.approx(-0.05)
    assert kept["watch_cost"] == {"value": 1.012, "low": 0.995, "high": 1.024}
