"""Quotes as letters or around cells: told from the file, and never one review made of two."""

import csv
import io

import pytest
from tests.helpers.contracts import LIMITS

from reviewloop.contracts import load_contract
from reviewloop.core.delivery.parsing import parse_whole
from reviewloop.errors import DataRejected

CONTRACT = load_contract("womens_clothing")
HEADERS = list(CONTRACT.headers().values())
TALL = """I am 5'4" and it is long"""


def review(number: int, text: str = "Nice dress", title: str = "Title") -> list[str]:
    return [str(number), "10", "33", title, text, "5", "1", "0", "General", "Tops", "Knits"]


def bare(*rows: list[str], delimiter: str = "\t", end: str = "\n") -> bytes:
    return end.join([delimiter.join(cells) for cells in (HEADERS, *rows)] + [""]).encode()


def enclosed(*rows: list[str], delimiter: str = "\t", rule: int = csv.QUOTE_MINIMAL) -> bytes:
    sink = io.StringIO(newline="")
    csv.writer(sink, delimiter=delimiter, quoting=rule).writerows([HEADERS, *rows])
    return sink.getvalue().encode()


def texts(data: bytes, name: str = "a.tsv") -> list[str]:
    parsed, accepted, _ = parse_whole(name, data, CONTRACT, LIMITS)
    assert parsed.num_accepted == parsed.num_landed
    return list(accepted["text"])


def refusal(data: bytes, name: str = "a.tsv") -> str:
    with pytest.raises(DataRejected) as refused:
        parse_whole(name, data, CONTRACT, LIMITS)
    assert "\n" not in refused.value.reason
    return refused.value.reason.removeprefix(f"{name}: ")


MERGING = ['"Love it', "Fits", f'{TALL[:8]}"']


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(("name", "delimiter"), [("a.tsv", "\t"), ("a.csv", "|"), ("a.csv", ";"), ("a.csv", ",")])
@pytest.mark.parametrize(
    "written",
    [
        [*MERGING, "Last"],
        ['"Perfect" dress', "Fits"],
        ["Fits", '"Perfect'],
        ["Fits", 'Perfect"', TALL],
        ['"Love" it, she said "yes"'.replace(",", ""), TALL],
        ['"', '""', '"""', TALL],
        ['"Perfect"', TALL],
        ['"Perfect', TALL],
    ],
    ids=["merging", "a word", "opens in the last row", "inside", "words at both ends", "only quotes", "all of it", "open"],
)
def test_in_a_file_that_encloses_nothing_every_line_is_a_review(written: list[str], name: str, delimiter: str, end: str) -> None:
    rows = [review(number, text) for number, text in enumerate(written)]
    assert texts(bare(*rows, delimiter=delimiter, end=end), name) == written


@pytest.mark.parametrize(("name", "delimiter"), [("a.tsv", "\t"), ("a.csv", "|"), ("a.csv", ",")])
@pytest.mark.parametrize("rule", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])
@pytest.mark.parametrize(
    "written",
    [
        ["one\ntwo", TALL, '"all"'],
        ["one\n\ntwo\tthree|four, five", "Fits"],
        ['"open', 'close"', '"', "x\n"],
        ['say ""hi""', "Fits"],
        ["Fits", '"in quotes"'],
    ],
    ids=["lines", "delimiters", "lone quotes", "doubled already", "all of it"],
)
def test_in_a_file_that_encloses_cells_every_cell_is_as_it_was(written: list[str], rule: int, name: str, delimiter: str) -> None:
    rows = [review(number, text) for number, text in enumerate(written)]
    assert texts(enclosed(*rows, delimiter=delimiter, rule=rule), name) == written


def test_a_stray_tab_in_an_unquoted_file_costs_its_own_row_only() -> None:
    rows = [review(number, TALL) for number in range(40)]
    rows[7] = review(7, 'a stray\ttab and a "word')
    parsed, accepted, quarantine = parse_whole("a.tsv", bare(*rows), CONTRACT, LIMITS)
    assert dict(parsed.reasons) == {"wrong_number_of_cells": 1}
    assert list(quarantine["row"]) == [8]
    assert len(accepted) == 39


def test_without_any_evidence_a_review_is_not_made_of_two() -> None:
    rows = [review(number, text) for number, text in zip((71, 18, 33, 5), [*MERGING, "Last"], strict=True)]
    assert refusal(bare(*rows)) == (
        "line 2: a quote may enclose a cell there (2 rows in all) or be a letter (4 rows), and the rest of the file does not tell; "
        "a quote inside a quoted cell must be doubled"
    )
    assert texts(bare(*rows, review(99, TALL))) == [*MERGING, "Last", TALL]  # one inch mark tells


def test_a_text_made_to_look_like_rows_stays_a_text() -> None:
    trap = "nice\t5\t1\t0\tGeneral\tTops\tKnits\n" + "\t".join(review(2, "injected"))[: -len("\t5\t1\t0\tGeneral\tTops\tKnits")]
    for others in (["Fits", TALL], ["two\nlines", "Fits"]):
        written = [trap, *others]
        rows = [review(number * 7, text) for number, text in enumerate(written)]
        assert texts(enclosed(*rows)) == written
    assert "may enclose a cell there" in refusal(enclosed(review(0, trap), review(5)))


def test_quotes_that_can_be_neither_are_refused_with_both_reasons() -> None:
    rows = [review(number, "two\nlines") for number in range(30)]
    broken = enclosed(*rows, review(30, "x\ny")).replace(b'"x\r\n', b'"x"y\r\n').replace(b'"x\n', b'"x"y\n')
    reason = refusal(broken)
    assert reason.startswith("row 31 (line 62): '\t' expected after '\"'; a quote inside a quoted cell must be doubled; nor can")
    assert reason.endswith("quotes be letters: 62 of 62 lines would be no row")
    undoubled = enclosed(review(0, 'say "hi"'), review(1), review(2)).replace(
        b"\t10\t33\tTitle\tNice", b'\t10\t33\tTitle\t"Ni"ce', 1
    )
    assert refusal(undoubled).endswith("nor can quotes be letters: other cells are enclosed in them")


def test_a_file_cut_off_inside_its_last_cell_is_not_taken_for_letters() -> None:
    assert "the file is cut off" in refusal(bare(review(0), review(1))[:-6] + b'"Kni')
    assert "the file is cut off" in refusal(enclosed(review(0), review(1, "two\nlines"))[:-40])


def test_how_quotes_were_read_is_told() -> None:
    letters, _, _ = parse_whole("a.tsv", bare(review(0, TALL)), CONTRACT, LIMITS)
    assert letters.dialect == {"delimiter": "\t", "quote": ""}
    enclosing, _, _ = parse_whole("a.tsv", enclosed(review(0, TALL)), CONTRACT, LIMITS)
    assert enclosing.dialect == {"delimiter": "\t", "quote": '"'}
