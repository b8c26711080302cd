import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewloop.core.dataset.splits import distinct_texts, first_future_day, fraction, part_of
from reviewloop.core.texts import text_digest

shares = st.tuples(st.floats(0.05, 0.4), st.floats(0.05, 0.4))
Row = tuple[str, str, str, int, int]
"""Landing, day, text, label, review id."""
rows = st.lists(
    st.tuples(
        st.sampled_from(["", "2026-01-02T01:00", "2026-01-03T01:00"]),
        st.sampled_from(["2026-01-01", "2026-01-02", "2026-01-03"]),
        st.sampled_from("ABCDEF"),
        st.integers(0, 2),
        st.integers(0, 50),
    ),
    min_size=1,
    max_size=40,
)


def frame(rows: list[Row]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["landed_at", "day", "text", "label", "review_id"])
    return table.assign(text_digest=table["text"].map(text_digest))


@settings(deadline=None)
@given(st.text(), shares)
def test_a_text_is_in_the_same_part_however_it_is_written(text: str, shares: tuple[float, float]) -> None:
    assert part_of(text_digest(text), *shares) == part_of(text_digest(f"  {text.strip()}!! "), *shares)


def test_the_shares_come_out_as_asked() -> None:
    parts = pd.Series([part_of(text_digest(f"text {i}"), 0.1, 0.2) for i in range(20_000)]).value_counts(normalize=True)
    assert parts.to_dict() == pytest.approx({"train": 0.7, "test": 0.2, "validation": 0.1}, abs=0.01)


@settings(deadline=None)
@given(st.text(), st.floats(0, 0.4), st.floats(0, 0.4), st.floats(0.05, 0.5))
def test_another_validation_share_never_moves_a_text_into_or_out_of_the_test_part(
    text: str, one: float, other: float, test: float
) -> None:
    digest = text_digest(text)
    assert (part_of(digest, one, test) == "test") == (part_of(digest, other, test) == "test")


@settings(deadline=None)
@given(st.text())
def test_fractions_are_in_range_and_depend_on_the_purpose(key: str) -> None:
    assert 0 <= fraction(key, "split") < 1
    assert fraction(key, "split") != fraction(key, "balance")


def test_the_future_begins_so_many_days_before_the_end() -> None:
    assert first_future_day("2026-03-02", 1) == "2026-03-02"
    assert first_future_day("2026-03-02", 3) == "2026-02-28"
    assert first_future_day("2026-03-02", 0) > "2026-03-02"


def test_splitting_leaves_no_mark_on_balancing() -> None:
    digests = [text_digest(str(i)) for i in range(4000)]
    train = [fraction(digest, "balance") for digest in digests if part_of(digest, 0.1, 0.2) == "train"]
    assert sum(train) / len(train) == pytest.approx(0.5, abs=0.02)


@settings(deadline=None)
@given(rows)
def test_each_text_is_kept_once_by_the_row_that_landed_first(rows: list[Row]) -> None:
    kept, num_conflicts = distinct_texts(frame(rows))
    assert sorted(kept["text"]) == sorted({row[2] for row in rows})
    for row in kept.itertuples():
        same = [(landed_at, day, number) for landed_at, day, text, _, number in rows if text == row.text]
        assert (row.landed_at, row.day, row.review_id) == min(same)
    assert num_conflicts == sum(len({label for _, _, text, label, _ in rows if text == name}) > 1 for name in kept["text"])
    assert kept["day"].is_monotonic_increasing


@settings(deadline=None)
@given(rows, rows)
def test_what_lands_later_never_changes_what_was_kept_whatever_its_day(rows: list[Row], later: list[Row]) -> None:
    old = frame(rows).drop_duplicates(["day", "review_id"])
    before, _ = distinct_texts(old)
    more = frame([("2026-02-01T01:00", *row[1:]) for row in later])
    after, _ = distinct_texts(pd.concat([old, more]))
    same = after[after["text"].isin(before["text"])].reset_index(drop=True)
    pd.testing.assert_frame_equal(same, before)


@settings(deadline=None)
@given(rows, st.randoms(use_true_random=False))
def test_the_order_in_which_rows_are_read_does_not_matter(rows: list[Row], random: object) -> None:
    table = frame(rows).drop_duplicates(["day", "review_id"])
    shuffled = table.sample(frac=1, random_state=random.randrange(2**31))  # type: ignore[attr-defined]
    pd.testing.assert_frame_equal(distinct_texts(shuffled)[0], distinct_texts(table)[0])
