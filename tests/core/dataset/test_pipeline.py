from dataclasses import replace

import pandas as pd
import pytest

from reviewloop.core.dataset.model_inputs import ModelInputs
from reviewloop.core.dataset.pipeline import Making, Passed, Stage, passed_through
from reviewloop.core.dataset.snapshots import Snapshot


def rows(num: int) -> pd.DataFrame:
    return pd.DataFrame({"review_id": range(num)})


def halve(making: Making, keep: int) -> tuple[Making, str]:
    return replace(making, rows=making.rows.iloc[::keep]), f"every {keep}nd"


def part(making: Making, _: int) -> tuple[Making, str]:
    parts = {"train": making.rows.iloc[:3], "validation": making.rows.iloc[3:4], "test": making.rows.iloc[4:]}
    return replace(making, rows=making.rows.iloc[:0], snapshot=replace(making.snapshot, parts=parts)), "by place"


def repeat(making: Making, _: int) -> tuple[Making, str]:
    train = pd.concat([making.snapshot.parts["train"]] * 2)
    return replace(making, inputs=ModelInputs(train, making.snapshot.parts["validation"], [], [], 32, 1.0)), "twice"


def test_stages_run_in_their_order_and_each_says_rows_in_rows_out_and_why() -> None:
    stages = (Stage("halve", (), halve), Stage("part", (), part), Stage("repeat", (), repeat))
    heard: list[Passed] = []
    made, passed = passed_through(stages, Making(rows(10), Snapshot({}, 0, 0, 0)), 2, heard.append)
    assert heard == list(passed)
    assert passed == (Passed("halve", 10, 5, "every 2nd"), Passed("part", 5, 5, "by place"), Passed("repeat", 5, 8, "twice"))
    assert made.read_by_training.train["review_id"].tolist() == [0, 2, 4] * 2
    assert str(passed[0]) == "halve: 10 rows in, 5 out: every 2nd"
    assert passed[0].as_json() == {"stage": "halve", "rows_in": 10, "rows_out": 5, "why": "every 2nd"}
    with pytest.raises(KeyError, match="train"):
        passed_through(stages[::-1], Making(rows(10), Snapshot({}, 0, 0, 0)), 2)


def test_what_a_training_reads_is_not_there_before_it_is_made() -> None:
    with pytest.raises(ValueError, match="put the stage that does .transform. before"):
        _ = Making(rows(1), Snapshot({}, 0, 0, 0)).read_by_training
