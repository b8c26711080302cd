"""What data says stays text in the Markdown that Airflow shows."""

import pytest

from reviewloop.pages.markdown import bullets, table, text


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("a | b", "a \\| b"),
        ("two\nlines", "two lines"),
        ("[here](javascript:x)", "\\[here\\](javascript:x)"),
        ("![seen](https://evil.example/p.png)", "!\\[seen\\](https:/ /evil.example/p.png)"),
        ("see www.evil.example", "see www . evil.example"),
        ("ada@evil.example", "ada @ evil.example"),
        ("**bold** _it_ `code` ~~no~~", "\\*\\*bold\\*\\* \\_it\\_ \\`code\\` \\~\\~no\\~\\~"),
        ("<img src=x>", "\\<img src=x\\>"),
        ("# head", "\\# head"),
        ("- item", "\\- item"),
        ("1. item", "1\\. item"),
        ("&lt;b&gt;", "\\&lt;b\\&gt;"),
        ("back\\slash", "back\\\\slash"),
        (0.5, "0.5"),
    ],
)
def test_no_mark_of_it_means_anything(said: object, shown: str) -> None:
    assert text(said) == shown


def test_a_table_and_a_list() -> None:
    assert table(["a", "b"], [[1, "x"]]) == "| a | b |\n| --- | --- |\n| 1 | x |"
    assert bullets(["one", "two"]) == "- one\n- two"
