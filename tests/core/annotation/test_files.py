import csv
import io

import pytest

from reviewloop.core.annotation.files import HEADER, MAX_BYTES, queue_csv, read_answers
from reviewloop.core.annotation.items import item_id
from reviewloop.core.formulas import as_written
from reviewloop.errors import Refused

ITEMS = [item_id("2026-01-01", number, "ab") for number in range(3)]
ROWS = [
    {"item": item, "day": "2026-01-01", "review_id": number, "title": None, "text": f'=1+{number}, "so, so"\nand more'}
    for number, item in enumerate(ITEMS)
]


def filled(*labels: str, delimiter: str = ",") -> bytes:
    rows = list(csv.DictReader(io.StringIO(queue_csv(ROWS).decode("utf-8-sig"), newline="")))
    sink = io.StringIO()
    writer = csv.DictWriter(sink, HEADER, delimiter=delimiter)
    writer.writeheader()
    writer.writerows(row | {"label": label} for row, label in zip(rows, labels, strict=True))
    return sink.getvalue().encode()


def refusal(data: bytes) -> str:
    with pytest.raises(Refused) as refused:
        read_answers("ada.csv", data, ITEMS)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_a_filled_file_says_what_it_says() -> None:
    assert read_answers("ada.csv", filled("positive", "", "unclear"), ITEMS) == {ITEMS[0]: "positive", ITEMS[2]: "unclear"}


def test_a_file_that_nobody_filled_in_says_nothing() -> None:
    assert read_answers("ada.csv", queue_csv(ROWS), ITEMS) == {}


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_spreadsheet_may_write_it_in_its_own_way(delimiter: str) -> None:
    data = b"\xef\xbb\xbf" + filled(" Positive", "NEUTRAL ", "", delimiter=delimiter).replace(b"\r\n", b"\n") + b"\n"
    assert read_answers("ada.csv", data, ITEMS) == {ITEMS[0]: "positive", ITEMS[1]: "neutral"}


def test_no_cell_of_the_queue_is_a_formula_and_nothing_of_it_is_lost() -> None:
    rows = list(csv.DictReader(io.StringIO(queue_csv(ROWS).decode("utf-8-sig"), newline="")))
    assert [row["text"][:2] for row in rows] == ["'="] * 3
    assert [as_written(row["text"]) for row in rows] == [row["text"] for row in ROWS]
    assert [row["label"] for row in rows] == [""] * 3


def test_an_item_is_no_number_to_any_spreadsheet() -> None:
    for number in range(2000):
        with pytest.raises(ValueError, match="could not convert"):
            float(item_id("2026-01-01", number, "ab"))


def test_the_same_review_with_another_text_is_another_item() -> None:
    assert item_id("2026-01-01", 7, "ab") != item_id("2026-01-01", 7, "cd")


def test_half_a_file_is_refused_wherever_it_was_cut() -> None:
    whole = filled("positive", "negative", "neutral")
    last = whole.rindex(ITEMS[2].encode())
    body = len(whole.partition(b"\r\n")[0])
    for end in range(body, last + len(ITEMS[2]) + len(",neutral,2026-01-01,2,")):
        told = refusal(whole[:end])
        assert told.startswith("ada.csv: nothing of it was taken: "), end


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (filled("positive", "=1+1", ""), "row 3: label '=1+1' is none of negative, neutral, positive, unclear"),
        (filled("posi", "", ""), "row 2: label 'posi' is none of"),
        (filled("positive", "", "") + b"r0123,positive,2026-01-01,9,,x\r\n", "item 'r0123' is not in this queue"),
        (filled("positive", "", "") + filled("negative", "", "").partition(b"\r\n")[2], f"item {ITEMS[0]!r} stands twice"),
        (filled("positive", "", "").rpartition(ITEMS[2].encode())[0], "holds 2 of the queue's 3 items: upload the whole file"),
        (b"item;answer\nr1;positive\n", "its first row has no column label: keep the queue's header"),
        (b"", "its first row has no column item"),
        ("item,label\nr1,schön".encode("latin-1"), "is not UTF-8: save it as CSV UTF-8"),
        (b"x" * (MAX_BYTES + 1), "at most 1,048,576 are read"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_in_one_line_that_says_what(data: bytes, told: str) -> None:
    assert told in refusal(data)


def test_of_many_faults_the_first_are_told_and_the_others_counted() -> None:
    data = filled("positive", "", "") + b"".join(b"r%03d,positive,,,,\r\n" % number for number in range(9))
    assert refusal(data).endswith("; and 4 more")
