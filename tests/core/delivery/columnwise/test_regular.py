"""Block by block the quotes of a file mean what they mean line by line, to the last number of the evidence."""

import csv
import io
from itertools import islice

import numpy as np
import pytest
from tests.helpers.contracts import CONTRACT, LIMITS

from reviewloop.core.delivery import delimited
from reviewloop.core.delivery.columnwise import regular
from reviewloop.core.delivery.columnwise.regular import weigh_regular
from reviewloop.core.delivery.dialect import Scale
from reviewloop_local.studies.engine_study import draw

HEADER = list(CONTRACT.headers().values())
TALL = """I am 5'4" and it is long"""
_LONGEST = 2**20


def scale(delimiter: str) -> Scale:
    return Scale(2, delimiter, '"', [*CONTRACT.columns])


def both(data: bytes, delimiter: str, longest: int = _LONGEST) -> tuple[bool, dict[str, object], dict[str, object]]:
    """Whether all of it was regular, and both evidences; the header is the first line."""
    slow, fast = scale(delimiter), scale(delimiter)
    lines = list(io.TextIOWrapper(io.BytesIO(data), encoding="utf-8-sig", newline=""))
    slow.weigh(iter(lines[1:]))
    was_all = weigh_regular(fast, io.BytesIO(data), longest)  # type: ignore[arg-type]
    if not was_all:
        fast.weigh(islice(iter(lines), fast.line - 1, None))
    return was_all, told(slow), told(fast)


def told(one: Scale) -> dict[str, object]:
    return {**vars(one.found), "error": str(one.found.error)}


def written(*texts: str, quoting: int = csv.QUOTE_MINIMAL, end: str = "\n") -> bytes:
    sink = io.StringIO(newline="")
    rows = [[str(place), "10", "33", "Title", text, "5", "1", "0", "General", "Tops", "Knits"] for place, text in enumerate(texts)]
    csv.writer(sink, quoting=quoting, lineterminator=end).writerows([HEADER, *rows])
    return sink.getvalue().encode()


@pytest.fixture(params=[48, 700, 2**20])
def _blocks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regular, "_BYTES", request.param)


@pytest.mark.usefixtures("_blocks")
@pytest.mark.parametrize("seed", range(40))
def test_of_a_drawn_file_both_see_the_same(seed: int) -> None:
    rng = np.random.default_rng([31, seed])
    name, data = next(drawn for _ in range(99) if (drawn := draw(rng, 60))[0] != "a.jsonl")
    first = data.decode("utf-8-sig").splitlines()[0]
    delimiter = "\t" if name.endswith("tsv") else max(",;|", key=first.count)
    _, slow, fast = both(data, delimiter)
    assert fast == slow


PLAIN = [
    "Fits",
    "It fits, and I love it",
    "one\n\ntwo, three",
    TALL,
    '"all"',
    "caf\u00e9 \u201cquoted\u201d",
    "x\n",
    '"',
    "",
    "a;b|c\td",
]
ROWS_IN_A_TEXT = "\n".join(["look:", *[f"{number},10,33,T,x,5,1,0,General,Tops,Knits" for number in (3, 4)], "so"])


@pytest.mark.usefixtures("_blocks")
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("texts", [PLAIN, ["a", ROWS_IN_A_TEXT, "b, c", ROWS_IN_A_TEXT, ROWS_IN_A_TEXT, "d"], ["a, b", "\n", "c"]])
def test_what_a_writer_of_csv_writes_is_regular(texts: list[str], quoting: int, end: str) -> None:
    data = written(*texts, quoting=quoting, end=end)
    for found in (data, data.removesuffix(end.encode()), b"\xef\xbb\xbf" + data, data.replace(b"33", b" 33 ")):
        was_all, slow, fast = both(found, ",")
        assert was_all
        assert fast == slow


@pytest.mark.usefixtures("_blocks")
@pytest.mark.parametrize(
    "odd",
    [b'1,2,5" heel,x\n', b'1,"a"b,c\n', b'1,"a\n', b"1,a\rb,c\n", b'1,"a" ,c\n', b'1,""",c\n', b"\n\r\n  \n", b'1,"x"\r', b'"'],
)
def test_from_what_is_not_regular_on_it_is_read_line_by_line(odd: bytes) -> None:
    data = written(*PLAIN)
    for found in (data + odd, data + odd + data.partition(b"\n")[2]):
        _, slow, fast = both(found, ",")
        assert fast == slow


def test_a_record_that_is_too_long_is_not_held() -> None:
    was_all, slow, fast = both(written("a", "b, c " * 100, "d"), ",", longest=300)
    assert not was_all
    assert fast == slow


def test_a_file_of_a_writer_is_never_read_line_by_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or the tests above would hold the slow way against itself."""
    monkeypatch.setattr(Scale, "weigh", lambda *_: pytest.fail("line by line"))
    data = written(*PLAIN * 50)
    table = delimited.read_delimited("a.csv", io.BytesIO(data), LIMITS, CONTRACT.columns)
    assert (table.dialect["quote"], table.columnwise.num_rows) == ('"', 500)
