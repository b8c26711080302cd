"""Counted in pieces, a day says what it says as a whole; what nobody counts is an error."""

import numpy as np
import pandas as pd
import pytest

from reviewloop.core.quality.rows import PIECE, rows_of
from reviewloop.core.quality.tally import NUM_ROWS, NUM_SHOWN, Failures, question, tally
from reviewloop.errors import PermanentError

FRAME = pd.DataFrame(
    {
        "review_id": [1, 2, 2, 4, 5],
        "text": ["It fits.", "it FITS", None, "", "It is too small."],
        "rating": [1, 5, 3, 9, 5],
        "recommended": [1, 1, 0, 0, 1],
    }
)
QUESTIONS = [
    question("column_values.unique", ["review_id"], {}),
    question("column_values.nonnull", ["text"], {}),
    question("column_values.between", ["rating"], {"min_value": 1, "max_value": 5}),
    question("column_values.value_length.between", ["text"], {"min_value": 1}),
    question("column_pair_values.recommendation_agrees", ["recommended", "rating"], {}),
    question("column.repeated_text_share", ["text"], {}),
    question("column.top_value_share", ["rating"], {}),
    question("column.mean", ["rating"], {}),
]


@pytest.mark.parametrize("size", [1, 2, 5])
def test_the_pieces_say_together_what_the_whole_says(size: int) -> None:
    pieces = [FRAME.iloc[first : first + size] for first in range(0, len(FRAME), size)]
    found = tally(QUESTIONS, pieces)
    assert found[NUM_ROWS] == 5
    assert [found[one] for one in QUESTIONS] == [
        Failures(5, 2, (2, 2), (1, 2)),
        Failures(5, 1, (None,), (2,)),
        Failures(5, 1, (9,), (3,)),
        Failures(4, 1, ("",), (3,)),
        Failures(5, 2, ((1, 1), (0, 9)), (0, 3)),
        0.25,  # of four texts one says what another says
        0.4,
        4.6,
    ]


def test_without_a_row_nothing_fails_and_no_share_is_known() -> None:
    found = tally(QUESTIONS, [])
    assert found[NUM_ROWS] == 0
    assert [found[one] for one in QUESTIONS] == [*[Failures()] * 5, 0.0, 0.0, None]


def test_all_failures_are_counted_and_the_first_are_shown() -> None:
    asked = question("column_values.between", ["n"], {"max_value": -1})
    frame = pd.DataFrame({"n": range(100)})
    found = tally([asked], [frame.iloc[:15], frame.iloc[15:]])[asked]
    assert found.num_failed == 100
    assert found.values == found.places == tuple(range(NUM_SHOWN))


def test_a_metric_that_nobody_counts_is_an_error() -> None:
    with pytest.raises(PermanentError, match=r"column.kurtosis: core/quality does not say how this is counted"):
        tally([question("column.kurtosis", ["rating"], {})], [FRAME])


def test_a_frame_is_gone_through_in_pieces_with_plain_texts() -> None:
    frame = pd.DataFrame({"n": np.arange(PIECE + 1), "t": pd.Series([None] + ["a"] * PIECE, dtype="string")})
    rows = rows_of(frame)
    first, last = rows.pieces()
    assert (len(rows.head), len(first), len(last)) == (0, PIECE, 1)
    assert first["t"].iloc[0] is None
    assert list(rows.head.columns) == ["n", "t"]
