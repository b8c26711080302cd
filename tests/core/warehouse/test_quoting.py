"""Whatever is put into a statement stays what it is."""

import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from reviewloop.core.warehouse.quoting import Column, Name, Null, filled
from reviewloop.errors import PermanentError

PLAIN = st.text(st.characters(blacklist_categories=["Cc", "Cs"], blacklist_characters="\\"), max_size=20)


def test_each_part_is_quoted_by_what_it_is() -> None:
    parts = [Name("a"), Name("s", "t"), Column("c", "BIGINT"), Null("BIGINT"), "it's", 7]
    assert filled("SELECT {parts}", parts=parts) == """SELECT "a", "s"."t", "c" BIGINT, CAST(NULL AS BIGINT), 'it''s', 7"""
    assert filled("{braces}", braces="{0} {name}") == "'{0} {name}'"


@given(PLAIN)
def test_a_text_is_read_back_as_it_was_by_both_dialects(value: str) -> None:
    sql = filled("SELECT {value}", value=value)
    for dialect in ("redshift", "postgres"):
        (found,) = sqlglot.parse_one(sql, read=dialect).expressions
        assert isinstance(found, exp.Literal)
        assert found.this == value


@pytest.mark.parametrize("value", ["\\", "a\\' OR 1=1 --", "line\nbreak", "nul\0", "\x7f"])
def test_a_text_that_could_be_read_in_two_ways_is_refused(value: str) -> None:
    with pytest.raises(PermanentError, match="holds a backslash or a control character"):
        filled("SELECT {value}", value=value)


@pytest.mark.parametrize("word", ["", 'a"; DROP TABLE reviews; --', "a\n", "a\\"])
def test_a_name_that_nobody_gives_is_refused(word: str) -> None:
    for part in (Name(word or ""), Name("schema", word) if word else Name(""), Column(word, "BIGINT")):
        with pytest.raises(PermanentError, match="is no name of a schema, table or column"):
            filled("SELECT {part}", part=part)
