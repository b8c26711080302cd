import csv
import io
from collections.abc import Sequence

import pytest

from reviewloop.config import load_config
from reviewloop.contracts import load_contract
from reviewloop_local.errors import LocalError
from reviewloop_local.loop.replay import DAILY, HISTORY_DAY, Delivery, deliver, parse, read_reviews, split

HEADER = list(load_contract("womens_clothing").headers().values())


def review_file(num_rows: int, text: str = 'she said "no",\nthen left') -> bytes:
    rows = [[str(at), "7", "40", "", text, "5", "1", "0", "General", "Tops", "Knits"] for at in range(num_rows)]
    return as_csv([HEADER, *rows])


def as_csv(rows: Sequence[Sequence[str]]) -> bytes:
    sink = io.StringIO(newline="")
    csv.writer(sink).writerows(rows)
    return sink.getvalue().encode()


def rows_of(delivery: Delivery) -> list[list[str]]:
    return list(csv.reader(io.StringIO(delivery.data.decode(), newline="")))[1:]


@pytest.fixture
def deliveries() -> tuple[Delivery, ...]:
    return split(review_file(4000), "reviews.csv", load_config("local"))


def test_a_file_becomes_one_history_day_and_three_daily_ones(deliveries):
    assert [delivery.day for delivery in deliveries] == [HISTORY_DAY, *DAILY]
    assert [len(rows_of(delivery)) for delivery in deliveries] == [3400, 200, 200, 200]


def test_every_row_is_delivered_once_with_its_cells_untouched(deliveries):
    rows = [row for delivery in deliveries for row in rows_of(delivery)]

    assert sorted(int(row[0]) for row in rows) == list(range(4000))
    assert {row[4] for row in rows} == {'she said "no",\nthen left'}


def test_the_same_file_gives_the_same_bytes(deliveries):
    assert split(review_file(4000), "reviews.csv", load_config("local")) == deliveries


def test_rows_are_shuffled_so_that_a_daily_delivery_is_like_the_rest(deliveries):
    ids = [int(row[0]) for row in rows_of(deliveries[1])]

    assert ids != sorted(ids)
    assert min(ids) < 1000
    assert max(ids) > 3000


def test_a_small_file_gets_small_daily_deliveries():
    assert [len(rows_of(delivery)) for delivery in split(review_file(600), "x", load_config("local"))] == [420, 60, 60, 60]


def test_a_byte_order_mark_is_no_part_of_the_first_column():
    header, _ = parse(b"\xef\xbb\xbf" + review_file(600), "x")

    assert header == HEADER


def test_a_path_that_is_no_file_is_named(tmp_path):
    with pytest.raises(LocalError, match="CSV: '.*/no such.csv' is not a file"):
        read_reviews(tmp_path / "no such.csv", load_config("local"))


def test_missing_columns_are_named_beside_those_found(tmp_path):
    path = tmp_path / "other.csv"
    path.write_bytes(review_file(600).replace(b"Rating,", b"Stars,", 1))

    with pytest.raises(LocalError, match=r"CSV: other.csv lacks the column\(s\) 'Rating'; it has '', .*'Stars'"):
        read_reviews(path, load_config("local"))


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (review_file(600) + b'600,"never closed', "is not whole"),
        (b"\xff\xfe" + review_file(600), "is not UTF-8 at byte 0"),
        (review_file(499), "holds 499 rows; the replay needs at least 500"),
        (b"", "holds 0 rows"),
    ],
)
def test_a_file_that_cannot_be_replayed_is_told_in_one_line(data, says):
    with pytest.raises(LocalError, match=f"^CSV: x {says}"):
        parse(data, "x")


@pytest.mark.contract
def test_an_object_that_lies_there_already_is_not_written_again(lake, deliveries):
    config = load_config("local")

    assert deliver(deliveries[1], config)
    assert not deliver(deliveries[1], config)
    assert deliver(Delivery(deliveries[1].day, deliveries[2].data), config)
