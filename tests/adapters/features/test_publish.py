"""A snapshot in the store: what is read offline and online is what was made, and only ever what is newer takes a place."""

from collections.abc import Callable

import pandas as pd
import pytest

from reviewloop.adapters.features import offline, online, publish, reading
from reviewloop.adapters.features.views import group_named, review_key
from reviewloop.adapters.lake import artifacts, frames, s3
from reviewloop.core.features.as_of import EVENT
from reviewloop.errors import PermanentError, Superseded
from reviewloop.refs import FeaturesRef

pytestmark = pytest.mark.contract

DAY = "2026-01-02"


def part(ids: list[int], day: str = DAY) -> pd.DataFrame:
    texts = [f"review number {i} fits well" for i in ids]
    rows = {"review_id": ids, "day": day, "label": 2, "title": None, "text": texts, "model_text": texts}
    frame = pd.DataFrame({**rows, "text_digest": [f"digest-{i}" for i in ids], "input_ids": [[101, *range(i), 102] for i in ids]})
    return frame.astype({"title": "string"})


def ref(uri: str, generation: int = 1) -> FeaturesRef:
    return FeaturesRef(
        uri=uri, sealed_uri="", digest=uri.rpartition("/")[2], last_day=DAY, num_train=1, num_validation=1, num_test=1, num_new=1,
        max_seq_length=32, generation=generation,
    )  # fmt: skip


@pytest.fixture
def snapshot(lake: str) -> Callable[..., FeaturesRef]:
    def snapshot(train: pd.DataFrame, validation: pd.DataFrame, generation: int = 1) -> FeaturesRef:
        files = {"train.parquet": frames.to_parquet(train), "validation.parquet": frames.to_parquet(validation)}
        return ref(artifacts.publish(s3.lake_uri("features"), files).uri, generation)

    return snapshot


def served(name: str, *ids: int, day: str = DAY) -> pd.DataFrame:
    return online.read(group_named(name), [review_key(day, number) for number in ids])


def test_a_published_snapshot_reads_back_on_both_sides(snapshot: Callable[..., FeaturesRef]) -> None:
    assert publish.publish(snapshot(part([1, 2, 3]), part([4])))["review_text"] == 4
    found = served("review_snapshot", 4, 2, 99)
    assert found["review"].tolist() == [f"{DAY}/4", f"{DAY}/2", f"{DAY}/99"]
    assert found["part"].fillna("none").tolist() == ["validation", "train", "none"]
    assert found["label"].isna().tolist() == [False, False, True]
    assert served("review_text", 4)["num_words"].tolist() == [5]
    assert list(served("review_tokens", 2)["input_ids"].iloc[0]) == [101, 0, 1, 102]

    asked = pd.DataFrame({"review": [f"{DAY}/4", f"{DAY}/99", f"{DAY}/4"], "mine": "abc", EVENT: pd.Timestamp.now(tz="UTC")})
    batch = reading.batch("review_tokens", asked)
    assert [None if ids is None else list(ids) for ids in batch["input_ids"]] == [
        [101, 0, 1, 2, 3, 102],
        None,
        [101, 0, 1, 2, 3, 102],
    ]
    long_ago = reading.batch("review_text", asked.assign(**{EVENT: pd.Timestamp("2026-01-03T00:00Z")}))
    assert long_ago["model_text"].isna().all(), "the reviews were there, and the store did not know them yet"


def test_publishing_again_changes_nothing_a_newer_one_takes_over_and_what_it_lacks_is_gone(
    snapshot: Callable[..., FeaturesRef],
) -> None:
    old = snapshot(part([1, 2]), part([3]))
    publish.publish(old)
    before, held = served("review_text", 1, 2, 3), offline.held(group_named("review_text"))
    publish.publish(old)
    pd.testing.assert_frame_equal(served("review_text", 1, 2, 3), before)
    assert offline.held(group_named("review_text")) == held

    new = snapshot(part([1]), part([3]), generation=2)  # review 2 was taken back
    publish.publish(new)
    assert served("review_text", 1, 2, 3)["model_text"].isna().tolist() == [False, True, False]
    asked = pd.DataFrame({"review": f"{DAY}/2", EVENT: [pd.Timestamp(held.known_at), pd.Timestamp.now(tz="UTC")]})
    assert reading.batch("review_text", asked)["model_text"].isna().tolist() == [False, True], "what was known stays known"
    with pytest.raises(Superseded, match="which is newer"):
        publish.publish(old)
    assert served("review_text", 2)["model_text"].isna().all()


def test_a_publisher_that_was_overtaken_brings_nothing_back(
    snapshot: Callable[..., FeaturesRef], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stops after its offline rows; the newer one runs whole; then it goes on and writes online."""
    old, new = snapshot(part([1, 2]), part([3])), snapshot(part([1, 5]), part([3]), generation=2)
    write = online.write

    def overtaken(group: object, rows: pd.DataFrame) -> None:
        monkeypatch.setattr(online, "write", write)
        publish.publish(new)
        write(group, rows)  # type: ignore[arg-type]

    monkeypatch.setattr(online, "write", overtaken)
    with pytest.raises(Superseded):
        publish.publish(old)  # at its next group
    assert served("review_text", 1, 2, 5)["model_text"].isna().tolist() == [False, True, False]


def test_two_reviews_of_one_number_on_two_days_are_two(snapshot: Callable[..., FeaturesRef]) -> None:
    publish.publish(snapshot(part([1, 2]), part([1], "2026-01-03")))
    assert served("review_snapshot", 1)["part"].tolist() == ["train"]
    assert served("review_snapshot", 1, day="2026-01-03")["part"].tolist() == ["validation"]


def test_rows_that_balancing_repeated_are_published_once(snapshot: Callable[..., FeaturesRef]) -> None:
    assert publish.publish(snapshot(pd.concat([part([1, 2]), part([1])]), part([3])))["review_text"] == 3


def test_what_reads_back_otherwise_is_refused(snapshot: Callable[..., FeaturesRef], monkeypatch: pytest.MonkeyPatch) -> None:
    write = online.write
    monkeypatch.setattr(
        online, "write", lambda group, rows: write(group, rows.assign(num_words=7) if "num_words" in rows else rows)
    )
    with pytest.raises(PermanentError, match="3 values of 3 keys are read back online otherwise .* first num_words of 2026-01-02"):
        publish.publish(snapshot(part([1, 2]), part([3])))
