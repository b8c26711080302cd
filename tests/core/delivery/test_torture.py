"""A damaged file ends in a clear verdict: rows in quarantine with a reason, or the file refused whole in one line."""

import gzip
import io
import json
import random
import zlib
from collections.abc import Callable

import pandas as pd
import pytest
from tests.helpers.contracts import LIMITS

from reviewloop.contracts import load_contract
from reviewloop.core.delivery.parsing import MAX_KEPT, Parsed, parse_reviews
from reviewloop.core.delivery.text_streams import unzip
from reviewloop.errors import DataRejected

CONTRACT = load_contract("womens_clothing")
HEADERS = list(CONTRACT.headers().values())
HEADER = ",".join(HEADERS)


def review(number: int, text: str = "Nice dress, fits well") -> list[str]:
    return [str(number), "10", "33", "Title", text, "5", "1", "0", "General", "Tops", "Knits"]


def as_csv(*rows: list[str]) -> bytes:
    return "\n".join([HEADER, *(",".join(f'"{cell}"' for cell in row) for row in rows), ""]).encode()


def as_parquet(num_rows: int = 300, **options: object) -> bytes:
    frame = pd.DataFrame([review(i, f"Dress {i} is {i * 7919 % 1000} times as nice") for i in range(num_rows)], columns=HEADERS)
    whole = [column.column for column in CONTRACT.columns if column.type == "integer"]
    sink = io.BytesIO()
    frame.astype(dict.fromkeys(whole, "int64")).to_parquet(sink, index=False, **options)
    return sink.getvalue()


def parse(name: str, data: bytes) -> tuple[Parsed, pd.DataFrame]:
    quarantine: list[pd.DataFrame] = []
    parsed = parse_reviews(name, io.BytesIO(data), CONTRACT, LIMITS, lambda frame: None, quarantine.append)
    assert parsed.num_landed == parsed.num_accepted + parsed.num_quarantined
    return parsed, pd.concat(quarantine, ignore_index=True)


def accepted(name: str, data: bytes) -> pd.DataFrame:
    frames: list[pd.DataFrame] = []
    parse_reviews(name, io.BytesIO(data), CONTRACT, LIMITS, frames.append, lambda frame: None)
    return pd.concat(frames, ignore_index=True)


def refusal(name: str, data: bytes) -> str:
    with pytest.raises(DataRejected) as refused:
        parse(name, data)
    assert refused.value.reason.startswith(f"{name}: ")
    assert "\n" not in refused.value.reason
    return refused.value.reason.removeprefix(f"{name}: ")


@pytest.mark.parametrize(
    ("data", "reasons"),
    [
        (as_csv(review(1), review(2, "a\0b")), {"nul_character": 1}),
        (as_csv(review(1), review(2)[:-1], [*review(3), "x"]), {"wrong_number_of_cells": 2}),
        (as_csv(review(1), review(2, "x" * 10 * 2**20)), {"text_too_long": 1}),
        (as_csv(review(1), review(1), review(2, " ")), {"review_id_duplicate": 1, "text_missing": 1}),
    ],
    ids=["nul", "ragged", "10 MB cell", "repeated and blank"],
)
def test_a_bad_row_does_not_take_the_good_ones_with_it(data: bytes, reasons: dict[str, int]) -> None:
    parsed, quarantine = parse("a.csv", data)
    assert dict(parsed.reasons) == reasons
    assert parsed.num_accepted == 1
    assert quarantine["cells"].str.len().max() < 2 * MAX_KEPT


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the file is empty (0 bytes)"),
        (b"\n" * 5000, "the file is empty (5000 bytes)"),
        (HEADER.encode() + b"\n", "a header and no row"),
        (HEADER.replace("Title", "Age").encode() + b"\n" + b"1," * 10 + b"1\n", "header: column 'Age' stands there twice"),
        (b"\0" * 4096, "header: a NUL byte"),
        (as_csv(review(1), review(2, "caf\u00e9")).decode().encode("latin-1"), "not UTF-8 at byte 2"),
        (as_csv(review(1)).decode().encode("utf-16"), "not UTF-8 at byte 0 (0xff)"),
        (as_csv(review(1))[:-3], "row 1 (line 2): a quoted cell never closes; the file is cut off"),
        (
            as_csv(review(1), review(2, "x" * (2**24 + 1))),
            "row 2 (line 3): a cell is longer than 16777216 characters",
        ),
    ],
    ids=["empty", "blank", "header only", "duplicate columns", "hole", "latin-1", "utf-16", "cut off", "endless cell"],
)
def test_a_file_that_cannot_be_trusted_is_refused_whole(data: bytes, reason: str) -> None:
    assert refusal("a.csv", data).startswith(reason)


@pytest.mark.parametrize("end", ["\x1a", "\r\n\x1a", "\n\x1a\n", "\x1a\x1a\r\n"])
def test_a_control_z_at_the_end_is_none_of_the_text(end: str) -> None:
    commas = as_csv(review(1), review(2)).decode().rstrip()
    tabs = commas.replace('","', '"\t"').replace(HEADER, "\t".join(HEADERS))
    line = json.dumps(dict(zip(HEADERS, [1, 10, 33, "T", "x", 5, 1, 0, "a", "b", "c"], strict=True)))
    for name, text, num_rows in (("a.csv", commas, 2), ("a.tsv", tabs, 2), ("a.jsonl", line, 1)):
        parsed, _ = parse(name, f"{text}{end}".encode())
        assert (parsed.num_landed, parsed.num_quarantined) == (num_rows, 0), name


def test_a_control_z_inside_is_a_letter() -> None:
    assert accepted("a.csv", as_csv(review(1, "a\x1ab"), review(2)))["text"][0] == "a\x1ab"
    assert refusal("a.csv", b"\x1a\n").startswith("the file is empty")


def test_a_byte_that_is_no_utf8_is_found_far_into_the_file() -> None:
    data = as_csv(*(review(i, "caf\u00e9 " * 40) for i in range(20_000)))
    place = len(data) - 60
    assert refusal("a.csv", data[:place] + b"\xe9" + data[place:]).startswith(f"not UTF-8 at byte {place} (0xe9)")


def test_a_cut_off_parquet_file_is_refused_wherever_it_ends() -> None:
    data = as_parquet()
    for end in range(1, len(data) - 1, len(data) // 25):
        assert refusal("a.parquet", data[:end]).startswith("not a whole Parquet file: ")


def test_a_flipped_bit_of_a_parquet_file_with_checksums_is_refused_or_harmless() -> None:
    data = as_parquet(compression="zstd", write_page_checksum=True)
    rng, refused = random.Random(7), 0
    told = accepted("a.parquet", data)
    for _ in range(150):
        place = rng.randrange(len(data))
        damaged = data[:place] + bytes([data[place] ^ 1 << rng.randrange(8)]) + data[place + 1 :]
        try:
            read = accepted("a.parquet", damaged)
        except DataRejected:
            refused += 1
        else:  # the bit was in the statistics or in the writer's name, which no row is read from
            pd.testing.assert_frame_equal(read, told)
    assert 75 < refused < 150


def test_a_flipped_bit_inside_a_page_is_seen_by_its_checksum() -> None:
    data = as_parquet(compression="none", use_dictionary=False, write_page_checksum=True)
    place = data.index(b"Dress 17 is")
    assert "checksum" in refusal("a.parquet", data[:place] + b"B" + data[place + 1 :])


def unzipped(data: bytes) -> bytes:
    sink = io.BytesIO()
    unzip("a.csv.gz", io.BytesIO(data), sink, LIMITS)
    return sink.getvalue()


def flipped(data: bytes) -> bytes:
    return data[:200] + bytes([data[200] ^ 4]) + data[201:]


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda data: data[:-300], r"^contract: a\.csv\.gz: gzip: cut off after \d+ unpacked bytes; send it again$"),
        (lambda data: data[:-4], r"gzip: cut off"),
        (flipped, r"gzip: damaged after \d+ unpacked bytes \("),
        (lambda data: b"not gzip at all", r"gzip: damaged after 0 unpacked bytes \("),
        (lambda data: data + b"garbage", r"gzip: damaged after \d+ unpacked bytes \("),
    ],
    ids=["truncated", "without its end", "bit flipped", "another file", "with a tail"],
)
def test_a_damaged_gzip_file_is_refused_before_a_row_is_read(damage: Callable[[bytes], bytes], reason: str) -> None:
    whole = gzip.compress(as_csv(*(review(i, f"Dress {zlib.crc32(bytes([i % 256]))}") for i in range(500))))
    assert unzipped(whole).startswith(HEADER.encode())
    with pytest.raises(DataRejected, match=reason):
        unzipped(damage(whole))
