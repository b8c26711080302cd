from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reviewloop.training.data import read_part
from reviewloop.training.progress import Progress


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
    with pytest.raises(ValueError, match=message):
        read_part(write(tmp_path, ids, pa.array(labels, pa.int64())), 8, 3)


def test_half_a_line_left_by_a_kill_is_cut_off_before_the_next(tmp_path):
    path = tmp_path / "metrics.jsonl"
    Progress(path).write("train", 10, 20, loss=1.0)
    whole = path.read_text()
    path.write_text(whole + '{"kind": "tra')
    assert Progress(path)
    assert path.read_text() == whole
