"""From the folder of a job to its page, with real figures: whole, broken, empty and failed folders."""

import json
import math
import re
import warnings
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.helpers.training_records import Records, finding, job, watched

from reviewloop.adapters.jobs.report import build, read_training
from reviewloop.pages.training.figures import training_figures
from reviewloop.pages.training.page import training_page

pytestmark = pytest.mark.slow

RESULT = {"steps": 300, "best_epoch": 3, "validation_macro_f1": 0.7042}
MAX_BYTES = 1_500_000


@pytest.fixture(autouse=True)
def no_warning() -> Any:
    """A mean of nothing or a log of zero would be a mistake of ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", ResourceWarning)  # of a process that an earlier test left to its own
        yield


def write(folder: Path, records: Records) -> None:
    (folder / "watch").mkdir(parents=True, exist_ok=True)
    for name, lines in records.items():
        (folder / "watch" / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def job_folder(folder: Path, records: Records | None = None, result: dict[str, Any] | None = RESULT, **values: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "job.json").write_text(json.dumps(job(**values)))
    if result is not None:
        (folder / "result.json").write_text(json.dumps(result))
    if records is not None:
        write(folder, records)
    return folder


def text(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page))


def told(folder: Path) -> str:
    """The words of the folder's page, without drawing its figures."""
    return text(training_page(read_training(folder), {}, {}, None))


def figures(folder: Path) -> Mapping[str, Any]:
    drawn = training_figures(read_training(folder))
    assert {ET.fromstring(svg).tag for svg in drawn.values()} <= {"{http://www.w3.org/2000/svg}svg"}
    return drawn


def test_a_watched_training_has_every_figure_that_its_machine_allows(tmp_path: Path) -> None:
    plain = {"loss", "metrics", "learning_rate", "classes", "gradient_norm", "layers", "throughput", "phases", "step_seconds",
             "cpu", "memory", "disk"}  # fmt: skip
    drawn = figures(job_folder(tmp_path / "cpu", watched(num_steps=90)))
    assert set(drawn) == plain
    assert b"not finite" not in drawn["loss"]
    assert set(figures(job_folder(tmp_path / "gpu", watched(num_steps=90, num_gpus=2, num_ranks=2)))) == plain | {"gpu", "ranks"}


def test_an_hour_of_a_large_machine_stays_a_small_page(tmp_path: Path) -> None:
    records = watched(num_steps=5900, num_cores=64, num_gpus=8, num_ranks=8, killed_at=2500, system_seconds=0.045)
    assert len(records["system"]) > 7_000
    page = build(job_folder(tmp_path, records), None)
    assert len(page) < MAX_BYTES
    assert "8 GPUs in the machine" in text(page.decode())


def test_the_same_files_give_the_same_bytes_and_leave_the_style_alone(tmp_path: Path) -> None:
    before = dict(mpl.rcParams)
    folder = job_folder(tmp_path, watched(num_steps=90, killed_at=40, num_gpus=1))
    assert build(folder, None) == build(folder, None)
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("make", ["absent", "empty", "blank"])
def test_a_folder_that_nothing_watched_has_its_page(tmp_path: Path, make: str) -> None:
    names = ("steps", "tensors", "system", "epochs", "findings")
    records = {"absent": None, "empty": {}, "blank": {name: [] for name in names}}[make]
    shown = text(build(job_folder(tmp_path, records), None).decode())
    assert "Succeeded" in shown
    assert "The watch left nothing to judge by" in shown


def test_without_a_watch_the_curves_come_from_the_programs_progress_lines(tmp_path: Path) -> None:
    lines = [{"kind": "train", "step": step, "num_steps": 60, "time": 1.0 * step, "loss": 0.9, "learning_rate": 1e-4,
              "samples_per_second": 50.0} for step in range(10, 61, 10)]  # fmt: skip
    metrics = {
        "kind": "validation",
        "step": 60,
        "num_steps": 60,
        "time": 66.0,
        "epoch": 1,
        "loss": 0.7,
        "accuracy": 0.8,
        "macro_f1": 0.6,
    }
    folder = job_folder(tmp_path, result=None)
    (folder / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in [*lines, metrics]))
    assert set(figures(folder)) == {"loss", "metrics", "learning_rate"}
    assert "50 rows a second" in told(folder)


def test_a_failed_job_has_its_error_trace_and_log(tmp_path: Path) -> None:
    folder = job_folder(tmp_path, watched(num_steps=30), result=None)
    (folder / "failure.json").write_text(
        json.dumps({"error": "OSError: no space left", "trace": "Traceback (most recent call last)"})
    )
    (folder / "log.txt").write_text("".join(f"line {place}\n" for place in range(100)))
    shown = told(folder)
    assert "Error: OSError: no space left" in shown
    assert "Traceback (most recent call last)" in shown
    assert "line 99" in shown
    assert "line 59" not in shown


def test_losses_that_are_no_numbers_are_drawn_as_such(tmp_path: Path) -> None:
    records = watched(num_steps=120, not_finite_from=60)
    for line, lost in zip(records["steps"][6:], [None, math.nan, math.inf] * 2, strict=False):
        line["loss"] = line["gradient_norm"] = lost
    for line in records["tensors"][8:]:
        line["layers"]["head"]["gradient_norm"] = math.nan
    drawn = figures(job_folder(tmp_path, records))
    assert b"not finite" in drawn["loss"]
    assert "nan" not in told(tmp_path).lower()


def test_losses_that_were_never_numbers_are_drawn_too(tmp_path: Path) -> None:
    drawn = figures(job_folder(tmp_path, watched(num_steps=60, not_finite_from=0)))
    assert b"not finite" in drawn["loss"]
    assert "layers" not in drawn


def test_a_layer_without_any_gradient_is_drawn_too(tmp_path: Path) -> None:
    records = watched(num_steps=60)
    for line in records["tensors"]:
        line["layers"]["embeddings"]["gradient_norm"] = None
        line["layers"]["layer.0"]["gradient_norm"] = 0.0
    assert "layers" in figures(job_folder(tmp_path, records))


@pytest.mark.parametrize("num_steps", [10, 20])
def test_one_or_two_captures_are_enough_for_a_page(tmp_path: Path, num_steps: int) -> None:
    assert "layers" in figures(job_folder(tmp_path, watched(num_steps=num_steps)))


def test_every_seed_has_its_folder_and_the_best_ones_curves_are_shown(tmp_path: Path) -> None:
    seeds = [{"seed": seed, "validation_macro_f1": macro_f1} for seed, macro_f1 in ((7, 0.69), (8, 0.71), (9, 0.70))]
    folder = job_folder(tmp_path, result={**RESULT, "seeds": seeds})
    for seed in (7, 8, 9):
        write(folder / f"seed-{seed}", watched(seed, num_steps=60))
    write(folder / "seed-9", {"findings": [finding("overfit", "warn", 40, 60, "validation loss rose", "train less")]})
    shown = text(build(folder, None).decode())
    assert "over 3 seeds: 0.7000 ± 0.0100" in shown
    assert "The curves are of seed 8" in shown
    assert "seed 9, step 40" in shown


def test_each_rule_tells_how_often_it_could_look(tmp_path: Path) -> None:
    (plain,) = read_training(job_folder(tmp_path / "cpu", watched(num_steps=60, not_finite_from=40))).runs
    assert (plain.observations["step_outliers"], plain.observations["loss_not_decreasing"]) == (6, 3)
    assert plain.observations["low_gpu_use"] == plain.observations["load_imbalance"] == 0
    assert plain.observations["low_cpu_use"] == len(plain.system)
    (large,) = read_training(job_folder(tmp_path / "gpu", watched(num_steps=60, num_gpus=1, num_ranks=2))).runs
    assert (large.observations["load_imbalance"], large.observations["low_cpu_use"]) == (6, 0)
    assert large.observations["gpu_memory"] == len(large.system)


def test_half_a_line_is_not_read_and_a_line_that_is_no_record_is_counted(tmp_path: Path) -> None:
    folder = job_folder(tmp_path, watched(num_steps=60))
    with (folder / "watch" / "steps.jsonl").open("a") as sink:
        sink.write('{"step": 70, "ti{"step": 80}\n[1]\n{"step": null, "time": 5}\n{"step": 90, "time": 1')
    (folder / "watch" / "findings.jsonl").write_bytes(b'\xff\xfe\n{"saw": "no name"}\n')
    (run,) = read_training(folder).runs
    assert [line["step"] for line in run.steps] == [10, 20, 30, 40, 50, 60]
    assert run.num_unreadable == 5
    assert "5 lines of the watch" in told(folder)


def test_a_step_that_a_resumed_run_wrote_again_counts_once(tmp_path: Path) -> None:
    records = watched(num_steps=60)
    (run,) = read_training(job_folder(tmp_path, {**records, "steps": [*records["steps"][:4], *records["steps"][2:]]})).runs
    assert run.steps == records["steps"]


def test_the_number_of_training_rows_comes_from_the_file_where_it_is(tmp_path: Path) -> None:
    pq.write_table(pa.table({"label": [0] * 1234}), tmp_path / "train.parquet")
    assert "1,234 training rows" in told(job_folder(tmp_path / "file", train=str(tmp_path / "train.parquet")))
    assert "1,234 training rows" in told(job_folder(tmp_path / "folder", train=str(tmp_path)))
    assert "training rows" not in told(job_folder(tmp_path / "elsewhere"))


def test_a_folder_without_a_job_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"job\.json"):
        build(tmp_path, None)


@pytest.mark.parametrize("seeds", [5, "seven", [3], [{"validation_macro_f1": 0.7}], [{"seed": "a"}], {"seed": 7}])
def test_a_result_whose_seeds_make_no_sense_stops_no_other_part(tmp_path: Path, seeds: Any) -> None:
    folder = job_folder(tmp_path, watched(num_steps=90), result={**RESULT, "seeds": seeds})
    assert all(isinstance(one, Exception) for one in training_figures(read_training(folder)).values())
    page = text(build(folder, None).decode())
    assert "not judged" in page
    assert "Learning: this part could not be shown" in page
    assert "watch.every_steps" in page, "the settings are there"
