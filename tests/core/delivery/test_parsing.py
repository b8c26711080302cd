import io
import json
from dataclasses import dataclass

import pandas as pd
import pytest
from tests.helpers.contracts import LIMITS

from reviewloop.config import Contract, LimitsConfig
from reviewloop.contracts import load_contract
from reviewloop.core.delivery import parsing
from reviewloop.core.delivery.parsing import Parsed, parse_reviews, parse_whole
from reviewloop.errors import DataRejected

CONTRACT = load_contract("womens_clothing")
HEADER = ",".join(CONTRACT.headers().values())
GOOD = "1,10,33,Title,Text,5,1,0,General,Tops,Knits"


@dataclass
class Result:
    parsed: Parsed
    accepted: pd.DataFrame
    quarantine: pd.DataFrame


def parse_bytes(
    name: str, data: bytes, contract: Contract = CONTRACT, limits: LimitsConfig = LIMITS, num_declared: int | None = None
) -> Result:
    return Result(*parse_whole(name, data, contract, limits, num_declared))


def parse(*rows: str, header: str = HEADER, **options: object) -> Result:
    return parse_bytes("a.csv", "\n".join([header, *rows, ""]).encode(), **options)


def refusal(name: str, data: bytes, **options: object) -> str:
    with pytest.raises(DataRejected) as refused:
        parse_bytes(name, data, **options)
    assert "\n" not in refused.value.reason
    return refused.value.reason


def test_an_accepted_row_has_our_fields_and_types() -> None:
    result = parse(GOOD, "2,10,33.0,,Text, 4 ,1,0,,  ,")
    assert result.accepted.dtypes.astype(str).to_dict() == CONTRACT.dtypes()
    assert result.accepted.iloc[0].tolist() == [1, 10, 33, "Title", "Text", 5, 1, 0, "General", "Tops", "Knits"]
    assert result.accepted.iloc[1].isna().to_dict() == {
        f: f in {"title", "division", "department", "class_name"} for f in CONTRACT.dtypes()
    }


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("2,10,33,Title,Text,5,1,0,General,Tops", "wrong_number_of_cells"),
        (",10,33,Title,Text,5,1,0,General,Tops,Knits", "review_id_missing"),
        ("x,10,33,Title,Text,5,1,0,General,Tops,Knits", "review_id_not_an_integer"),
        ("99999999999999999999,10,33,Title,Text,5,1,0,General,Tops,Knits", "review_id_not_an_integer"),
        ("1,10,33,Again,Text,5,1,0,General,Tops,Knits", "review_id_duplicate"),
        ("2,10,33,Title,Text,,1,0,General,Tops,Knits", "rating_missing"),
        ("2,10,33,Title,Text,4.5,1,0,General,Tops,Knits", "rating_not_an_integer"),
        ("2,10,33,Title,Text,6,1,0,General,Tops,Knits", "rating_out_of_range"),
        ("2,10,33,Title, ,5,1,0,General,Tops,Knits", "text_missing"),
        ("2,10,old,Title,Text,5,1,0,General,Tops,Knits", "age_not_an_integer"),
        ("2,10,121,Title,Text,5,1,0,General,Tops,Knits", "age_out_of_range"),
        ("2,10,33,Title,Text,5,yes,0,General,Tops,Knits", "recommended_not_an_integer"),
        ("2,,33,Title,Text,5,1,0,General,Tops,Knits", "product_id_missing"),
        ("2,10,nan,Title,Text,5,1,0,General,Tops,Knits", "age_missing"),
        ("2,10,33,Title,Text,NULL,1,0,General,Tops,Knits", "rating_missing"),
        ("None,10,33,Title,Text,5,1,0,General,Tops,Knits", "review_id_missing"),
        (r"2,10,33,Title,\N,5,1,0,General,Tops,Knits", "text_missing"),
        ("2,10,33,Title, n/a ,5,1,0,General,Tops,Knits", "text_missing"),
    ],
)
def test_a_bad_row_is_quarantined_with_its_reason_and_its_cells(row: str, reason: str) -> None:
    result = parse(GOOD, row)
    assert result.parsed.num_landed == 2
    assert result.parsed.reasons == {reason: 1}
    assert len(result.accepted) == 1
    assert result.quarantine.to_dict("records") == [{"row": 2, "reason": reason, "cells": json.dumps(row.split(","))}]


WORDS = ["nan", "None", "NULL", r"\N", "N/A", "<NA>", "-"]
UNSEEN = [
    *("\u200b", "\ufeff", "\u2060", "\u3164", "\u115f\u1160", "\uffa0", "\u00ad", "\u2800", "\ufe0f", "\u034f", "\u061c", "\u180e"),
    *("\u17b4", "\u0301", "\x07", " \u200e\u202b\u00a0 ", "\U000e0041\U000e007f", "\U000e0100", "\ufff9", "\uffff", "\U0001d159"),
]


def delivered_as(ending: str, rows: list[dict[str, object]]) -> Result:
    frame, sink = pd.DataFrame(rows), io.BytesIO()
    if ending == "parquet":
        frame.to_parquet(sink, index=False)
    elif ending == "jsonl":
        sink.write("".join(json.dumps(row) + "\n" for row in rows).encode())
    else:
        frame.to_csv(sink, index=False, sep="\t" if ending == "tsv" else ",")
    return parse_bytes(f"a.{ending}", sink.getvalue())


def a_review(number: int, **fields: object) -> dict[str, object]:
    headers, cells = CONTRACT.headers(), dict(zip(CONTRACT.headers().values(), GOOD.split(","), strict=True))
    typed = {header: int(cell) if cell.isdigit() else cell for header, cell in cells.items()}
    return typed | {headers["review_id"]: number} | {headers[field]: value for field, value in fields.items()}


@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl", "parquet"])
@pytest.mark.parametrize("word", [*WORDS, *UNSEEN], ids=ascii)
def test_a_word_for_missing_and_a_text_that_cannot_be_seen_are_missing_in_every_format(word: str, ending: str) -> None:
    gone = {"title": word, "division": word, "department": f" {word}"}
    result = delivered_as(ending, [a_review(1), a_review(2, text=word), a_review(3, **gone)])
    assert result.parsed.reasons == {"text_missing": 1}
    assert result.accepted.set_index("review_id").loc[3, list(gone)].isna().all()
    assert result.accepted.iloc[0]["title"] == "Title"


def test_a_column_of_words_for_missing_is_as_an_empty_one() -> None:
    told = [parse(*(f"{i},10,{age},T,Text,5,1,0,General,Tops,Knits" for i in range(3))) for age in ("", "nan")]
    assert [result.parsed.reasons for result in told] == [{"age_missing": 3}] * 2


SOUND = [
    *(
        "&nbsp;",
        ".",
        "\U0001f60d",
        "\U0001f468\u200d\U0001f469\u200d\U0001f467",
        "\u2764\ufe0f",
        "e\u0301le\u0301gant",
        "\u202b\u0645\u0631\u062d\u0628\u0627\u202c",
    ),
    *(
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "\u0915\u094d\u200d\u0937",
        "won\u00adder\u00adful",
        "\ufeffNice",
        "None of it fits",
        "no",
        "\U0001fae8",
    ),
]


@pytest.mark.parametrize("text", SOUND, ids=ascii)
def test_a_text_that_shows_anything_is_kept_to_the_letter(text: str) -> None:
    result = delivered_as("jsonl", [a_review(1, text=text, title=text)])
    assert result.accepted.loc[0, ["title", "text"]].tolist() == [text, text]


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ([], "a_list"),
        (["x"], "a_list"),
        ({}, "an_object"),
        ({"text": "x"}, "an_object"),
        (7, "a_number"),
        (1.5, "a_number"),
        (False, "a_boolean"),
    ],
)
@pytest.mark.parametrize("field", ["text", "title", "department"])
def test_a_json_value_that_is_no_string_is_no_text(field: str, value: object, kind: str) -> None:
    result = delivered_as("jsonl", [a_review(1), a_review(2, **{field: value})])
    assert result.parsed.reasons == {f"{field}_is_{kind}": 1}
    assert json.loads(result.quarantine["cells"][0])[list(CONTRACT.dtypes()).index(field)] == json.dumps(value)


@pytest.mark.parametrize("value", [[5], {"stars": 5}, True, "five", 4.5])
def test_a_json_value_that_is_no_integer_is_no_number(value: object) -> None:
    result = delivered_as("jsonl", [a_review(1), a_review(2, rating=value), a_review(3, rating="4"), a_review(4, rating=4.0)])
    assert result.parsed.reasons == {"rating_not_an_integer": 1}
    assert result.accepted["rating"].tolist() == [5, 4, 4]


@pytest.mark.parametrize(("field", "header"), [("text", "Review Text"), ("title", "Title"), ("department", "Department Name")])
def test_a_json_column_that_holds_no_string_was_retyped(field: str, header: str) -> None:
    rows = [a_review(1, **{field: None}), a_review(2, **{field: ["a"]}), a_review(3, **{field: 7})]
    data = "".join(json.dumps(row) + "\n" for row in rows).encode()
    assert refusal("a.jsonl", data) == f"a.jsonl: retyped column {header!r} holds no string, first '[\"a\"]' (row 2)"


def test_a_row_refused_for_another_reason_does_not_make_its_correction_a_duplicate() -> None:
    result = parse("1,10,33,Title,,5,1,0,General,Tops,Knits", GOOD)
    assert result.parsed.reasons == {"text_missing": 1}
    assert result.accepted["review_id"].tolist() == [1]


def test_a_day_without_a_good_row_still_has_typed_frames() -> None:
    result = parse("x")
    assert result.accepted.dtypes.astype(str).to_dict() == CONTRACT.dtypes()
    assert len(result.quarantine) == 1


def test_a_missing_column_is_named_with_what_was_found_instead() -> None:
    data = f"{HEADER.replace('Rating', 'Stars')}\n{GOOD}\n".encode()
    assert refusal("a.csv", data) == "a.csv: header: missing column 'Rating'; found instead: 'Stars'"


def test_an_extra_column_is_ignored_and_reported_or_refused_as_the_contract_says() -> None:
    result = parse(GOOD + ",new", header=HEADER + ",Shop")
    assert result.parsed.extra_columns == ["Shop"]
    assert list(result.accepted) == list(CONTRACT.dtypes())
    strict = CONTRACT.model_copy(update={"additive_columns": "refuse"})
    reason = refusal("a.csv", f"{HEADER},Shop\n{GOOD},new\n".encode(), contract=strict)
    assert reason == "a.csv: header: new column 'Shop'; the contract womens_clothing names none such and refuses additions"


def test_a_retyped_column_is_named_with_its_first_value() -> None:
    rows = [GOOD.replace("1,10,33,", f"{i},10,thirty,") for i in range(3)]
    reason = refusal("a.csv", "\n".join([HEADER, *rows, ""]).encode())
    assert reason == "a.csv: retyped column 'Age' holds no integer, first 'thirty' (row 1)"


def test_a_retyped_column_of_a_parquet_file_is_named_before_a_row_is_read() -> None:
    cells = dict(zip(CONTRACT.headers().values(), GOOD.split(","), strict=True))
    typed = {name: [int(cell) if cell.isdigit() and name != "Rating" else cell] for name, cell in cells.items()}
    sink = io.BytesIO()
    pd.DataFrame(typed).to_parquet(sink)
    assert refusal("a.parquet", sink.getvalue()) == "a.parquet: header: retyped column 'Rating' is string, not integer"


@pytest.mark.parametrize("num_declared", [0, 1, 3])
def test_rows_that_are_declared_must_be_there(num_declared: int) -> None:
    data = "\n".join([HEADER, GOOD, GOOD.replace("1,10", "2,10"), ""]).encode()
    expected = f"a.csv: its producer declares {num_declared} rows, 2 were read; send it again"
    assert refusal("a.csv", data, num_declared=num_declared) == expected
    assert parse_bytes("a.csv", data, num_declared=2).parsed.num_landed == 2


def test_chunks_are_small_and_lose_no_row(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [GOOD.replace("1,10", f"{i % 20},10") for i in range(25)]
    whole = parse(*rows)
    sizes: list[int] = []
    monkeypatch.setattr(parsing, "_CHUNK_ROWS", 4)
    data = "\n".join([HEADER, *rows, ""]).encode()
    parse_reviews("a.csv", io.BytesIO(data), CONTRACT, LIMITS, lambda frame: sizes.append(len(frame)), lambda frame: None)
    assert max(sizes) <= 4
    assert sum(sizes) == whole.parsed.num_accepted == 20
    assert whole.parsed.reasons == {"review_id_duplicate": 5}
    pd.testing.assert_frame_equal(parse(*rows).accepted, whole.accepted)
