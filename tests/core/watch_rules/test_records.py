"""Lines of the watch files: written whole, read back the same, and sound after any cut."""

import json
from math import inf, isnan, nan

import pytest
from tests.helpers.watched import epoch, gpu, reading, tensors, window

from reviewloop.core.watch_rules.records import (
    EpochRecord,
    Finding,
    StepWindow,
    SystemReading,
    TensorRecord,
    read_lines,
    read_records,
    to_line,
)

RECORDS = [
    (StepWindow, window()),
    (TensorRecord, tensors()),
    (SystemReading, reading(gpu=(gpu(), gpu()))),
    (EpochRecord, epoch(1)),
    (Finding, Finding("overfit", "warn", 10, 1e9, "saw", "do")),
]


@pytest.mark.parametrize(("kind", "record"), RECORDS, ids=lambda value: getattr(value, "__name__", ""))
def test_a_record_read_back_is_written_the_same(kind, record):
    line = to_line(record)
    assert line.count(b"\n") == 1
    (again,) = read_records(kind, line)
    assert to_line(again) == line


def test_a_record_without_nan_is_equal_when_read_back():
    assert read_records(StepWindow, to_line(window())) == [window()]
    assert read_records(SystemReading, to_line(reading(gpu=(gpu(),)))) == [reading(gpu=(gpu(),))]


def test_what_is_not_finite_is_null_in_the_file_and_nan_when_read():
    line = to_line(window(loss=nan, gradient_norm=inf, finite=False))
    values = json.loads(line, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    assert values["loss"] is None
    assert values["gradient_norm"] is None
    (again,) = read_records(StepWindow, line)
    assert isnan(again.loss)
    assert not again.finite


def test_a_file_cut_anywhere_gives_the_lines_before_the_cut():
    lines = [to_line(window(step)) for step in (10, 20)]
    data = b"".join(lines)
    for cut in range(len(data) + 1):
        whole = (cut >= len(lines[0])) + (cut == len(data))
        assert [line["step"] for line in read_lines(data[:cut])] == [10, 20][:whole]


def test_lines_that_are_no_records_are_left_out():
    data = b'\xff\x00\n[1]\n{"step": 3}\n' + to_line(window(10)) + b"null\n\n" + b'{"step": 20, "layers": 3}\n'
    assert read_records(StepWindow, data) == [window(10)]
    assert read_records(TensorRecord, data) == []
