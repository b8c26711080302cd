"""What people write names one thing, or they are told how to write it."""

import pytest

from reviewloop.core.lineage.subjects import Subject, parse
from reviewloop.errors import PermanentError


@pytest.mark.parametrize(
    ("written", "subject"),
    [
        ("7", Subject("version", "7")),
        ("version:12345678", Subject("version", "12345678")),
        ("12345678", Subject("data", "12345678")),
        ("ab12ab12", Subject("data", "ab12ab12")),
        ("2026-03-01/42", Subject("prediction", "", "2026-03-01", 42)),
        ("shop/2026-03-01/42", Subject("prediction", "shop", "2026-03-01", 42)),
        ("request:2026/x", Subject("request", "2026/x")),
        (" ada ", Subject("person", "ada")),
        ("person:7", Subject("person", "7")),
    ],
)
def test_a_subject_is_known_by_its_form(written: str, subject: Subject) -> None:
    assert parse(written) == subject


@pytest.mark.parametrize(
    ("written", "line"),
    [
        ("", "names nothing"),
        ("person: ", "names nothing"),
        ("version:seven", "'seven' is no number"),
        ("data:xyz", "'xyz' is no digest"),
        ("2026-3-1/42", "is not DAY/ID"),
        ("2026-03-01/x", "is not DAY/ID"),
        ("a/b/2026-03-01/1", "is not DAY/ID"),
    ],
)
def test_anything_else_gets_a_line_that_says_how(written: str, line: str) -> None:
    with pytest.raises(PermanentError, match=line):
        parse(written)
