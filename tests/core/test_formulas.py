import pytest

from reviewloop.core.formulas import as_written, defused

FORMULAS = [
    "=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1", "\rx", "\n=1", "\tplain", " =1", "\u00a0=1", "\ufeff=1", "\u200b+1", "\u202e=1",
    "\uff1d1+1", "\uff0b1", "\uff0d1", "\uff20x", "\u22121+1", "'=1+1", "''@x", "- a list", "-1,5", "+1 555 0100", "--1", "=",
]  # fmt: skip
PLAIN = ["", "a", "a=1", "1", "-1", "+1.5", "-.5", "1e-3", "-1E+3", "'quoted'", "'", "it's", "(=1)", "lovely - and soft", "é", "#1"]


@pytest.mark.parametrize("text", FORMULAS)
def test_what_begins_like_a_formula_gets_an_apostrophe_and_nothing_is_lost(text: str) -> None:
    assert defused(text) == f"'{text}"
    assert as_written(defused(text)) == text


@pytest.mark.parametrize("text", PLAIN)
def test_anything_else_and_every_number_stays_as_it_is(text: str) -> None:
    assert as_written(defused(text)) == defused(text) == text
