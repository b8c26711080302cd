"""The list of doubtful labels: the least believed first, whole enough to judge, and said to be for people."""

import pandas as pd

from reviewloop.pages.data.label_errors import label_errors_page
from reviewloop.pages.links import Links

COUNTS = pd.DataFrame({"label": [0, 1, 2], "num_rows": [10, 20, 70], "num_flagged": [5, 9, 1]})


def a_list(text: str = "Love it!", title: str | None = None) -> pd.DataFrame:
    """One row, as ``core.label_errors.ranking.ranked`` gives it."""
    row = {"rank": 1, "day": "2026-01-02", "review_id": 7, "label": "negative", "p_label": 0.004, "likeliest": "positive"}
    return pd.DataFrame([row | {"p_likeliest": 0.98, "is_flagged": True, "title": title or text, "text": text}])


def test_the_row_the_counts_and_what_they_are_for():
    page = label_errors_page(a_list("x" * 5000, "So soft"), COUNTS, Links(3))
    for words in (
        "<b>So soft</b><br>xxx",
        "0.004",
        "0.980",
        "2026-01-02, review 7",
        "100",
        "15",
        "50%",
        "Nothing was dropped or changed",
    ):
        assert words in page
    assert "x" * 700 not in page


def test_a_review_without_a_title_and_an_empty_list():
    assert "None" not in label_errors_page(a_list().assign(title=None), COUNTS, Links(3))
    assert "<b></b>" not in label_errors_page(a_list().assign(title=None), COUNTS, Links(3))
    assert "Labels to look at" in label_errors_page(a_list().iloc[:0], COUNTS, Links(3))


def test_no_column_is_without_a_name():
    assert "<th></th>" not in label_errors_page(a_list(), COUNTS, Links(3)).replace(' class="n"', "")
