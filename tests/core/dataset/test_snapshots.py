import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.helpers.contracts import CONTRACT

from reviewloop.core.dataset.provenance import PROVENANCE, is_as_delivered
from reviewloop.core.dataset.snapshots import (
    class_shares,
    model_texts,
    snapshot_dtypes,
    split_snapshot,
    with_ratings,
    without_near_copies,
)
from reviewloop.core.dataset.splits import PARTS
from reviewloop.errors import PermanentError


def curated(num_rows: int, day: str = "2026-01-01", first_id: int = 0) -> pd.DataFrame:
    ids = range(first_id, first_id + num_rows)
    rows = {
        "review_id": list(ids),
        "day": day,
        "title": [None if i % 3 else "Nice" for i in ids],
        "text": [f"Review no. {i}" for i in ids],
    }
    facets = {"department": "Tops", "division": "General", "class_name": "Knits", "age": 40, "positive_feedback": 0}
    return pd.DataFrame({**rows, **facets, "rating": [i % 5 + 1 for i in ids]})


def places(parts: dict[str, pd.DataFrame]) -> dict[str, str]:
    return {text: name for name, part in parts.items() for text in part["text"]}


def test_every_row_is_accounted_for_and_carries_the_contract_columns() -> None:
    counts = (snapshot := split_snapshot(curated(300), CONTRACT, 0.1, 0.2)).counts()
    assert counts["num_curated"] == 300 == counts["num_duplicates"] + sum(counts[f"num_{name}"] for name in PARTS)
    columns = [*snapshot_dtypes(CONTRACT), "label", "text_digest", *PROVENANCE]
    assert all(list(part.columns) == columns for part in snapshot.parts.values())
    assert all(is_as_delivered(part) for part in snapshot.parts.values())
    assert {0, 1, 2} == set(snapshot.parts["test"]["label"])


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 60), st.integers(0, 60), st.sampled_from(["{}!", " {}", "{}...", "  {}?! "]))
def test_no_text_crosses_over_and_new_days_move_no_old_row(num_repeated: int, num_new: int, written: str) -> None:
    old = curated(200)
    repeated = old.head(num_repeated).assign(text=lambda rows: rows["text"].str.upper().map(written.format))
    more = pd.concat([repeated, curated(num_new, first_id=1000)]).assign(day="2026-01-02", rating=1)
    before, after = split_snapshot(old, CONTRACT, 0.1, 0.2), split_snapshot(pd.concat([old, more]), CONTRACT, 0.1, 0.2)
    moved = places(after.parts)
    assert all(moved[text] == name for text, name in places(before.parts).items())
    digests = [set(part["text_digest"]) for part in after.parts.values()]
    assert len(set.union(*digests)) == sum(map(len, digests)) == 200 + num_new
    assert after.num_duplicates == num_repeated


def test_the_earliest_label_of_a_repeated_text_stays_and_the_conflict_is_counted() -> None:
    again = curated(1).assign(day="2026-01-02", rating=5)
    snapshot = split_snapshot(pd.concat([again, curated(300)]), CONTRACT, 0.1, 0.2)
    row = pd.concat(snapshot.parts.values()).set_index("review_id").loc[0]
    assert (row["rating"], row["label"], row["day"]) == (1, 0, "2026-01-01")
    assert (snapshot.num_duplicates, snapshot.num_conflicts) == (1, 1)


def test_a_late_delivery_of_an_old_day_does_not_change_the_label_of_a_repeated_text() -> None:
    late = curated(300, "2025-12-01").assign(rating=lambda rows: 6 - rows["rating"])
    landed_at = {"2025-12-01": "2026-01-02T01:00", "2026-01-01": "2026-01-01T01:00"}
    before = split_snapshot(curated(300), CONTRACT, 0.1, 0.2)
    after = split_snapshot(pd.concat([late, curated(300)]), CONTRACT, 0.1, 0.2, landed_at)
    for name in PARTS:
        pd.testing.assert_frame_equal(after.parts[name], before.parts[name])
    assert after.num_duplicates == 300


def test_ratings_that_are_given_take_the_place_of_the_rows_own() -> None:
    part = split_snapshot(curated(300), CONTRACT, 0.1, 0.2).parts["test"]
    first, *others = part["text_digest"]
    changed = with_ratings(part, {first: 5 if part["rating"].iloc[0] < 3 else 1, "elsewhere": 3})
    assert changed["label"].iloc[0] != part["label"].iloc[0]
    pd.testing.assert_frame_equal(changed.iloc[1:], part.iloc[1:])
    assert len(others) == len(part) - 1


def test_the_parts_do_not_depend_on_how_the_rows_were_read() -> None:
    rows = curated(300)
    one = split_snapshot(rows, CONTRACT, 0.1, 0.2)
    shuffled = rows.sample(frac=1, random_state=3).astype({"age": "Int64", "text": "string", "day": "category"})
    other = split_snapshot(shuffled, CONTRACT, 0.1, 0.2)
    for name in PARTS:
        pd.testing.assert_frame_equal(one.parts[name], other.parts[name])


def test_a_number_that_old_days_lack_is_named_with_what_to_do() -> None:
    rows = pd.concat([curated(100).drop(columns="age"), curated(200, "2026-01-02", 100)])
    words = "age: no value in the curated rows of 1 days, first 2026-01-01: they were curated before the contract had this column"
    with pytest.raises(PermanentError, match=words):
        split_snapshot(rows, CONTRACT, 0.1, 0.2)


def test_a_text_that_old_days_lack_is_missing() -> None:
    rows = pd.concat([curated(100).drop(columns="division"), curated(200, "2026-01-02", 100)])
    train = split_snapshot(rows, CONTRACT, 0.1, 0.2).parts["train"]
    assert set(train.loc[train["division"].isna(), "day"]) == {"2026-01-01"}


def wordy(num_rows: int, first_id: int = 0) -> pd.DataFrame:
    """Texts of seven words of their own, so that none is near to another."""
    rows = curated(num_rows, first_id=first_id)
    return rows.assign(text=[" ".join(f"w{i}x{place}" for place in range(7)) for i in rows["review_id"]])


def days(*names: str) -> pd.DataFrame:
    return pd.concat([wordy(300, first_id=300 * place).assign(day=day) for place, day in enumerate(names)])


def test_the_last_days_are_sealed_apart_and_the_sealed_part_is_the_same_row_by_row() -> None:
    rows = days("2026-01-01", "2026-01-03", "2026-01-04")
    without, ahead = (split_snapshot(rows, CONTRACT, 0.1, 0.2, future_days=number) for number in (0, 2))
    assert "future" not in without.parts
    pd.testing.assert_frame_equal(ahead.parts["test"], without.parts["test"])
    assert {str(day) for name in ("train", "validation") for day in ahead.parts[name]["day"]} == {"2026-01-01"}
    assert set(ahead.parts["future"]["day"]) == {"2026-01-03", "2026-01-04"}
    later = {text for name in ("train", "validation") for text in without.parts[name].query("day > '2026-01-01'")["text"]}
    assert set(ahead.parts["future"]["text"]) == later
    assert is_as_delivered(ahead.parts["future"])
    counts = ahead.counts()
    assert counts["num_curated"] == 900 == sum(counts[f"num_{name}"] for name in (*PARTS, "future"))


def test_days_are_counted_by_the_calendar_and_what_was_the_future_is_learnt_from_later() -> None:
    gap = split_snapshot(days("2026-01-01", "2026-01-09"), CONTRACT, 0.1, 0.2, future_days=8)
    assert set(gap.parts["future"]["day"]) == {"2026-01-09"}
    more = split_snapshot(days("2026-01-01", "2026-01-09", "2026-01-20"), CONTRACT, 0.1, 0.2, future_days=8)
    learnt = pd.concat([more.parts["train"], more.parts["validation"]])
    assert set(gap.parts["future"]["text"]) <= set(learnt["text"])


def test_a_future_without_a_sentiment_or_without_rows_is_no_fault_but_a_past_without_one_is() -> None:
    rows = pd.concat([wordy(300), wordy(3, first_id=600).assign(day="2026-01-05", rating=5)])
    assert set(split_snapshot(rows, CONTRACT, 0.1, 0.2, future_days=1).parts["future"]["label"]) == {2}
    with pytest.raises(PermanentError, match="no negative or neutral or positive text among the 0 of the train part"):
        split_snapshot(wordy(300), CONTRACT, 0.1, 0.2, future_days=1)


def test_what_is_nearly_a_text_of_the_future_is_not_learnt_from() -> None:
    rows = days("2026-01-01", "2026-01-05")
    future = split_snapshot(rows, CONTRACT, 0.1, 0.2, future_days=1).parts["future"]
    copies = wordy(len(future), first_id=2000).assign(text=[f"{text} again" for text in future["text"]], day="2025-12-01")
    split = split_snapshot(pd.concat([rows, copies]), CONTRACT, 0.1, 0.2, future_days=1)
    cleaned = without_near_copies(split, 0.6)
    assert set(cleaned.parts["future"]["text"]) == set(future["text"])
    learnt = pd.concat([cleaned.parts["train"], cleaned.parts["validation"]])
    assert not set(copies["text"]) & set(learnt["text"])
    assert cleaned.num_near_copies > 100


def test_what_is_nearly_a_sealed_text_is_not_learnt_from_and_the_sealed_part_stays() -> None:
    old = split_snapshot(wordy(300), CONTRACT, 0.1, 0.2)
    assert without_near_copies(old, 0.6).num_near_copies == 0
    sealed = old.parts["test"]
    copies = wordy(300, first_id=1000).assign(text=[f"{sealed['text'].iloc[i % len(sealed)]} extra{i}" for i in range(300)])
    split = split_snapshot(pd.concat([wordy(300), copies]), CONTRACT, 0.1, 0.2)
    cleaned = without_near_copies(split, 0.6)
    pd.testing.assert_frame_equal(cleaned.parts["test"], split.parts["test"])
    for name in ("train", "validation"):
        assert set(cleaned.parts[name]["text"]) == set(old.parts[name]["text"])
    num_copies_to_learn_from = sum(len(split.parts[name]) - len(old.parts[name]) for name in ("train", "validation"))
    assert cleaned.num_near_copies == num_copies_to_learn_from > 150
    counts = cleaned.counts()
    parts = sum(counts[f"num_{name}"] for name in PARTS)
    assert counts["num_curated"] == 600 == counts["num_duplicates"] + counts["num_near_copies"] + parts
    pd.testing.assert_frame_equal(without_near_copies(cleaned, 0.6).parts["train"], cleaned.parts["train"])


def test_a_part_that_near_copies_leave_without_a_sentiment_is_refused_by_name() -> None:
    rows = wordy(300)
    rows.loc[rows["rating"] == 3, "text"] = [f"the same long text of many words, the {i}th" for i in range(60)]
    with pytest.raises(PermanentError, match=r"features\.split: no neutral text among the \d+ of the train part"):
        without_near_copies(split_snapshot(rows, CONTRACT, 0.1, 0.2), 0.5)


def test_a_part_without_a_sentiment_is_refused_by_name() -> None:
    rows = curated(300)
    with pytest.raises(PermanentError, match=r"features\.split: no neutral text among the \d+ of the train part"):
        split_snapshot(rows[rows["rating"] != 3], CONTRACT, 0.1, 0.2)


def test_model_text_takes_a_missing_title() -> None:
    rows = curated(2).astype({"title": "string"})
    assert model_texts(rows) == ["Nice. Review no. 0", "Review no. 1"]


def test_class_shares_are_named() -> None:
    assert class_shares(pd.Series([0, 2, 2, 2])) == {"negative": 0.25, "neutral": 0.0, "positive": 0.75}
