"""What was seen of the ledger is in it, whatever came since."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.release.test_events import chain

from reviewloop.core.release.events import Draft
from reviewloop.core.release.witness import Witness, head_of, parse_witness, require_whole
from reviewloop.errors import PermanentError

FOUR = chain(*(Draft("promoted", "person:ada", str(number)) for number in range(1, 5)))


@given(st.integers(0, 4), st.integers(0, 4))
def test_a_chain_is_whole_where_it_holds_what_was_seen(there: int, then: int) -> None:
    seen = head_of(FOUR[:then])
    if then <= there:
        return require_whole(FOUR[:there], seen)
    with pytest.raises(PermanentError, match=f"it ends at event {there}, but event {then} was seen"):
        require_whole(FOUR[:there], seen)
    return None


@pytest.mark.parametrize("number", [1, 3, 4])
def test_another_event_of_the_same_number_is_named(number: int) -> None:
    with pytest.raises(PermanentError, match=f"event {number} is another"):
        require_whole(FOUR, Witness(number, "0" * 64))


def test_what_is_written_is_read_again() -> None:
    seen = head_of(FOUR)
    assert seen is not None
    assert parse_witness(str(seen)) == seen == Witness(4, FOUR[3].sha256)
    assert head_of(()) is None


@pytest.mark.parametrize("text", ["", "4", "0 " + "0" * 64, "-1 " + "0" * 64, "4 " + "0" * 63, "4  " + "0" * 64, "4 " + "G" * 64])
def test_anything_else_is_no_witness(text: str) -> None:
    with pytest.raises(PermanentError, match="was kept as its last event"):
        parse_witness(text)
