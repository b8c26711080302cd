import json

import pytest

from reviewloop.core.parsing import Parsed, parse_reviews
from reviewloop.core.reviews import FIELDS
from reviewloop.errors import ConfigError, DataRejected

COLUMNS = {field: "" if field == "review_id" else field.upper() for field in FIELDS}
HEADER = ",".join(COLUMNS.values())
GOOD = "1,10,33,Title,Text,5,1,0,General,Tops,Knits"


def parse(*rows: str, header: str = HEADER) -> Parsed:
    return parse_reviews("a.csv", "\n".join([header, *rows, ""]).encode(), COLUMNS, (10, 120))


def test_an_accepted_row_has_our_fields_and_types() -> None:
    parsed = parse(GOOD, "2,10,33.0,,Text, 4 ,1,0,,  ,")
    assert parsed.accepted.dtypes.astype(str).to_dict() == FIELDS
    assert parsed.accepted.iloc[0].tolist() == [1, 10, 33, "Title", "Text", 5, 1, 0, "General", "Tops", "Knits"]
    assert parsed.accepted.iloc[1].isna().to_dict() == {f: f in {"title", "division", "department", "class_name"} for f in FIELDS}


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
        ("2,10,33,Title,Text,6,1,0,General,Tops,Knits", "rating_not_1_to_5"),
        ("2,10,33,Title, ,5,1,0,General,Tops,Knits", "text_missing"),
        ("2,10,old,Title,Text,5,1,0,General,Tops,Knits", "age_not_an_integer"),
        ("2,10,121,Title,Text,5,1,0,General,Tops,Knits", "age_out_of_range"),
        ("2,10,33,Title,Text,5,yes,0,General,Tops,Knits", "recommended_not_an_integer"),
        ("2,,33,Title,Text,5,1,0,General,Tops,Knits", "product_id_not_an_integer"),
    ],
)
def test_a_bad_row_is_quarantined_with_its_reason_and_its_cells(row: str, reason: str) -> None:
    parsed = parse(GOOD, row)
    assert parsed.num_landed == 2
    assert parsed.reasons == {reason: 1}
    assert len(parsed.accepted) == 1
    assert parsed.quarantine.to_dict("records") == [{"row": 2, "reason": reason, "cells": json.dumps(row.split(","))}]


def test_a_row_refused_for_another_reason_does_not_make_its_correction_a_duplicate() -> None:
    parsed = parse("1,10,33,Title,,5,1,0,General,Tops,Knits", GOOD)
    assert parsed.reasons == {"text_missing": 1}
    assert parsed.accepted["review_id"].tolist() == [1]


def test_a_day_without_a_good_row_still_has_typed_frames() -> None:
    parsed = parse("x")
    assert parsed.accepted.dtypes.astype(str).to_dict() == FIELDS
    assert len(parsed.quarantine) == 1


def test_a_missing_column_is_named_with_what_was_found_instead() -> None:
    with pytest.raises(DataRejected) as refused:
        parse(GOOD, header=HEADER.replace("RATING", "stars"))
    assert str(refused.value) == "contract: a.csv: header: missing column 'RATING'; found instead: 'stars'"


def test_an_extra_column_is_ignored_and_reported() -> None:
    parsed = parse(GOOD + ",new", header=HEADER + ",Shop")
    assert parsed.extra_columns == ["Shop"]
    assert list(parsed.accepted) == list(FIELDS)


def test_a_column_map_that_forgets_a_field_is_a_config_error() -> None:
    columns = {field: name for field, name in COLUMNS.items() if field != "age"}
    with pytest.raises(ConfigError, match=r"dataset\.columns: .*missing or unknown: age"):
        parse_reviews("a.csv", b"x", columns, (10, 120))
