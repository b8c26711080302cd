"""JSON that is not one object a line: the reason says what it is."""

import json

import pytest
from tests.helpers.contracts import LIMITS

from reviewloop.contracts import load_contract
from reviewloop.core.delivery.not_json_lines import what_else
from reviewloop.core.delivery.parsing import parse_whole
from reviewloop.errors import DataRejected

CONTRACT = load_contract("womens_clothing")
HEADERS = list(CONTRACT.headers().values())
ROWS = [dict(zip(HEADERS, (i, 10, 33, None, f"It's {i}", 5, 1, 0, "General", "Tops", "Knits"), strict=True)) for i in range(600)]
LINES = [json.dumps(row) for row in ROWS]
ARRAY = "it is one JSON array, not an object a line"
INDENTED = "its objects are indented, over several lines each"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (json.dumps(ROWS), ARRAY),
        (json.dumps(ROWS, indent=2), ARRAY),
        ("[\n" + ",\n".join(LINES) + "\n]", ARRAY),
        ("[" + "\n,".join(LINES) + "]", ARRAY),
        (json.dumps([[1, 2]] * 60), ARRAY),
        ("\n".join(json.dumps(list(row.values())) for row in ROWS), "its lines are JSON arrays, which do not say what columns"),
        ("\n".join(json.dumps(row, indent=1) for row in ROWS), INDENTED),
        ("\n".join(json.dumps(row, indent=1).replace("{\n", "{", 1) for row in ROWS), INDENTED),
        (json.dumps({"reviews": ROWS}, indent=4), INDENTED),
        ("\n".join(str(row) for row in ROWS), "its lines are Python dicts, not JSON: json.dumps writes an object"),
        ("\n".join(line.replace("null", "None") for line in LINES), "its lines are Python dicts, not JSON"),
        (",\n".join(LINES), "its objects have commas between them"),
        ("".join(LINES), "its objects have nothing between them"),
        (json.dumps({"reviews": ROWS}), "it is one object with the rows inside (under 'reviews')"),
        (
            json.dumps({name: {str(i): row[name] for i, row in enumerate(ROWS)} for name in HEADERS}),
            "it is one object with the rows",
        ),
        ("\n".join(json.dumps(line) for line in LINES), "its lines are JSON texts, not objects: they were written as JSON twice"),
    ],
)
@pytest.mark.parametrize("end", ["", "\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_what_a_file_is_instead_is_said_in_one_line(text: str, reason: str, end: str, mark: str) -> None:
    with pytest.raises(DataRejected) as refused:
        parse_whole("a.jsonl", f"{mark}{text}{end}".encode(), CONTRACT, LIMITS)
    assert refused.value.reason.startswith(f"a.jsonl: {reason}")
    assert refused.value.reason.endswith("; write JSON Lines: each review's object whole on a line of its own, and nothing else")


def test_an_array_longer_than_a_line_may_be_is_said_to_be_one() -> None:
    small = LIMITS.model_copy(update={"max_cell_characters": 500})
    with pytest.raises(DataRejected, match="it is one JSON array"):
        parse_whole("a.jsonl", json.dumps(ROWS).encode(), CONTRACT, small)


@pytest.mark.parametrize("first", ["[1]", "{", "{'a': 1}", '"x"', "[" * 100_000])
def test_one_bad_line_does_not_condemn_the_file(first: str) -> None:
    parsed, _, _ = parse_whole("a.jsonl", "\n".join([first, *LINES, ""]).encode(), CONTRACT, LIMITS)
    assert dict(parsed.reasons) == {"malformed_json": 1}


def test_a_day_of_one_review_is_a_day() -> None:
    one = json.dumps({**ROWS[0], "images": [{"uri": "x"}]})
    assert parse_whole("a.jsonl", one.encode(), CONTRACT, LIMITS)[0].num_accepted == 1


@pytest.mark.parametrize("head", ["", "x", "{", '{"a": 1}', '{"a": 1}\n{"a": 2}', "nothing of this", '{"a": '])
def test_nothing_is_said_of_what_is_not_known(head: str) -> None:
    assert what_else(head) in (None, INDENTED)
