"""A delivery that costs too much is refused in one line, before it has cost more. Small bounds, harmless files."""

import gzip
import io
import json
from typing import Any

import pandas as pd
import pytest
from tests.helpers.contracts import LIMITS

from reviewloop.config import LimitsConfig
from reviewloop.contracts import load_contract
from reviewloop.core.delivery.bounds import MEGABYTE
from reviewloop.core.delivery.formats import open_table
from reviewloop.core.delivery.parsing import parse_whole
from reviewloop.core.delivery.text_streams import unzip
from reviewloop.errors import DataRejected

CONTRACT = load_contract("womens_clothing")
CELLS = dict(zip(CONTRACT.headers().values(), (1, 10, 33, "Title", "Text", 5, 1, 0, "General", "Tops", "Knits"), strict=True))


def reviews(num_rows: int = 20, **cells: Any) -> pd.DataFrame:
    return pd.DataFrame([CELLS | {"": number} | cells for number in range(num_rows)])


def written(frame: pd.DataFrame, name: str) -> bytes:
    if name.endswith(".parquet"):
        sink = io.BytesIO()
        frame.to_parquet(sink, index=False)
        return sink.getvalue()
    if name.endswith(".jsonl"):
        return frame.to_json(orient="records", lines=True).encode()
    return frame.to_csv(index=False, sep="\t" if name.endswith(".tsv") else ",").encode()


def within(**bounds: Any) -> LimitsConfig:
    return LimitsConfig.model_validate(LIMITS.model_dump() | bounds)


def refusal(name: str, data: bytes, limits: LimitsConfig) -> str:
    with pytest.raises(DataRejected) as refused:
        parse_whole(name, data, CONTRACT, limits)
    assert "\n" not in refused.value.reason
    return refused.value.reason.removeprefix(f"{name}: ")


FORMATS = ("a.csv", "a.tsv", "a.jsonl", "a.parquet")


@pytest.mark.parametrize("name", FORMATS)
def test_columns_are_bounded(name: str) -> None:
    data = written(reviews(Shop=1, Till=2), name)
    assert parse_whole(name, data, CONTRACT, within(max_columns=13))[0].num_accepted == 20
    told = "columns: 13, allowed: 12 (dataset.limits.max_columns); send the contract's columns, a value a cell"
    assert refusal(name, data, within(max_columns=12)) == told


@pytest.mark.parametrize("name", FORMATS)
def test_cells_are_bounded(name: str) -> None:
    data = written(reviews(), name)
    assert parse_whole(name, data, CONTRACT, within(max_cells=220))[0].num_accepted == 20
    assert refusal(name, data, within(max_cells=219)).startswith("cells: 220, allowed: 219 (dataset.limits.max_cells); send ")


@pytest.mark.parametrize("name", FORMATS)
def test_a_cell_is_bounded(name: str) -> None:
    data = written(reviews(**{"Review Text": "x" * 501}), name)
    assert parse_whole(name, data, CONTRACT, within(max_cell_characters=501))[0].num_accepted == 20
    told = "row 1: characters in a cell: 501, allowed: 500 (dataset.limits.max_cell_characters); shorten it, or close its quote"
    assert refusal(name, data, within(max_cell_characters=500)) == told


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_is_bounded(name: str) -> None:
    data = written(reviews(150, **{"Review Text": "x" * 9000}), name)
    assert parse_whole(name, data, CONTRACT, within(max_megabytes=2))[0].num_accepted == 150
    reason = refusal(name, data, within(max_megabytes=1))
    assert reason.startswith("megabytes unpacked: 1.")
    assert reason.endswith(", allowed: 1 (dataset.limits.max_megabytes); send fewer rows a file")


def test_parquet_is_bounded_by_what_its_footer_declares() -> None:
    data = written(reviews(150).assign(**{"Review Text": [f"{number}" + "x" * 9000 for number in range(150)]}), "a.parquet")
    assert len(data) < MEGABYTE / 4
    with pytest.raises(DataRejected, match=r"unpacked bytes over packed ones: \d+.*max_unpacking_ratio"):
        open_table("a.parquet", io.BytesIO(data), within(max_unpacking_ratio=4))  # no row is read
    with pytest.raises(DataRejected, match="cells: 1,650"):
        open_table("a.parquet", io.BytesIO(data), within(max_cells=1000))


@pytest.mark.parametrize(
    ("bounds", "reason"),
    [
        (
            {"max_megabytes": 1},
            "a.csv.gz: megabytes unpacked: 2, allowed: 1 (dataset.limits.max_megabytes); send fewer rows a file",
        ),
        (
            {"max_unpacking_ratio": 200},
            "(dataset.limits.max_unpacking_ratio); reviews do not repeat themselves so; send the file unpacked if they do",
        ),
    ],
)
def test_gzip_is_stopped_while_it_unpacks(bounds: dict[str, int], reason: str) -> None:
    zipped, sink = gzip.compress(b"x" * 5 * MEGABYTE), io.BytesIO()
    with pytest.raises(DataRejected) as refused:
        unzip("a.csv.gz", io.BytesIO(zipped), sink, within(**bounds))
    assert refused.value.reason.endswith(reason)
    assert len(sink.getvalue()) <= 2 * MEGABYTE


def test_a_small_file_may_repeat_itself() -> None:
    sink = io.BytesIO()
    unzip("a.csv.gz", io.BytesIO(gzip.compress(b"x" * MEGABYTE)), sink, within(max_unpacking_ratio=2))
    assert len(sink.getvalue()) == MEGABYTE


def test_the_quarantine_grows_with_the_file_and_not_with_its_keys() -> None:
    lines = [json.dumps({**CELLS, "": number, "Rating": "x", f"key{number}": 1}) for number in range(1, 400)]
    data = "\n".join([json.dumps(CELLS), *lines, ""]).encode()
    parsed, _, quarantine = parse_whole("a.jsonl", data, CONTRACT, LIMITS)
    assert parsed.num_quarantined == 399
    assert quarantine["cells"].str.len().sum() < len(data)
    assert len(parsed.extra_columns) == 399


def test_the_quarantine_is_bounded() -> None:
    data = written(reviews(200, Rating=9, **{"Review Text": "x" * 9000}), "a.csv")
    assert parse_whole("a.csv", data, CONTRACT, within(max_quarantine_megabytes=2))[0].num_quarantined == 200
    reason = refusal("a.csv", data, within(max_quarantine_megabytes=1))
    assert reason.startswith("megabytes of rows set aside: 1.")
    assert reason.endswith("too many of its rows break the contract: mend them and send the file again")


def test_many_odd_columns_are_told_in_a_short_line() -> None:
    data = (",".join(f"column{number}" * 30 for number in range(400)) + "\n").encode()
    reason = refusal("a.csv", data, LIMITS)
    assert len(reason) < 3000
    assert reason.endswith("and 380 more")
