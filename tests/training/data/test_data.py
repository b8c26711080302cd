import logging
import re
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reviewloop.errors import PermanentError
from reviewloop.training.data.data import read_part
from reviewloop.training.progress import METRIC_DEFINITIONS, Progress


def write(folder: Path, ids: list[list[int]], labels: list[int], **more: list[float]) -> Path:
    path = folder / "train.parquet"
    pq.write_table(pa.table({"input_ids": pa.array(ids, pa.list_(pa.int32())), "label": labels, **more}), path)
    return path


def test_a_part_has_its_rows_and_weight_one_where_it_has_none(tmp_path):
    part = read_part(write(tmp_path, [[2, 9, 3], [2, 3]], [0, 2]), 8, 3)
    assert len(part) == 2
    assert part.lengths.tolist() == [3, 2]
    assert part.weights.tolist() == [1.0, 1.0]
    weighted = read_part(write(tmp_path, [[2, 3]], [1], weight=[2.5]), 8, 3)
    assert weighted.weights.tolist() == [2.5]


@pytest.mark.parametrize(
    ("ids", "labels", "message"),
    [
        ([], [], "no rows"),
        ([[2, 3]], [3], "labels from 3 to 3; allowed are 0 to 2"),
        ([[2, 3]], [-1], "labels from -1 to -1; allowed are 0 to 2"),
        ([[2] * 9], [0], "a text has 9 tokens, max_seq_length is 8"),
    ],
)
def test_a_part_the_model_cannot_learn_from_is_refused(tmp_path, ids, labels, message):
    with pytest.raises(PermanentError, match=message):
        read_part(write(tmp_path, ids, pa.array(labels, pa.int64())), 8, 3)


def test_a_folder_is_read_in_the_order_of_its_files_names(tmp_path):
    write(tmp_path, [[2, 3]], [1]).rename(tmp_path / "b.parquet")
    write(tmp_path, [[2, 9, 3], [2, 8, 8, 3]], [0, 2]).rename(tmp_path / "a.parquet")
    (tmp_path / "manifest.json").write_text("{}")
    part = read_part(tmp_path, 8, 3)
    assert part.labels.tolist() == [0, 2, 1]
    assert part.lengths.tolist() == [3, 4, 2]


def test_files_of_which_only_some_have_weights_are_refused(tmp_path):
    write(tmp_path, [[2, 3]], [1]).rename(tmp_path / "a.parquet")
    write(tmp_path, [[2, 3]], [1], weight=[2.0]).rename(tmp_path / "b.parquet")
    with pytest.raises(PermanentError, match=r"one of a\.parquet and b\.parquet has a column weight, the other has not"):
        read_part(tmp_path, 8, 3)


def test_a_part_that_is_not_there_is_told(tmp_path):
    with pytest.raises(PermanentError, match=r"no Parquet file is there"):
        read_part(tmp_path, 8, 3)
    with pytest.raises(PermanentError, match=r"none\.parquet: no Parquet file is there"):
        read_part(tmp_path / "none.parquet", 8, 3)
    pq.write_table(pa.table({"label": [1]}), tmp_path / "bare.parquet")
    with pytest.raises(PermanentError, match=r"bare\.parquet: has no column input_ids"):
        read_part(tmp_path, 8, 3)


def test_half_a_line_left_by_a_kill_is_cut_off_before_the_next(tmp_path):
    path = tmp_path / "metrics.jsonl"
    Progress(path).write("train", 10, 20, loss=1.0)
    whole = path.read_text()
    path.write_text(whole + '{"kind": "tra')
    Progress(path).write("train", 20, 20, loss=0.5)
    assert path.read_text().startswith(whole)
    assert len(path.read_text().splitlines()) == 2


def test_each_metric_is_found_in_the_log_and_only_in_lines_of_its_kind(tmp_path, caplog):
    caplog.set_level(logging.INFO)
    progress = Progress(tmp_path / "metrics.jsonl")
    progress.write("train", 120, 590, loss=0.61, learning_rate=1.5e-05, samples_per_second=55.25)
    progress.write("validation", 590, 590, epoch=1, loss=0.5, accuracy=0.875, macro_f1=0.71)
    found = {
        one["Name"]: [match.group(1) for text in caplog.messages if (match := re.search(one["Regex"], text))]
        for one in METRIC_DEFINITIONS
    }
    assert found == {
        "train.loss": ["0.61"],
        "train.learning_rate": ["1.5e-05"],
        "train.samples_per_second": ["55.25"],
        "validation.loss": ["0.5"],
        "validation.accuracy": ["0.875"],
        "validation.macro_f1": ["0.71"],
    }
