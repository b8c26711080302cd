from collections.abc import Callable

import pandas as pd
import pytest

from reviewloop.adapters import feature_store
from reviewloop.adapters.lake import artifacts, frames, s3

pytestmark = pytest.mark.contract


def part(ids: list[int], day: str = "2026-01-02") -> pd.DataFrame:
    texts = [f"review number {i} fits well" for i in ids]
    rows = {"review_id": ids, "day": day, "label": 2, "model_text": texts, "text_digest": [f"digest-{i}" for i in ids]}
    return pd.DataFrame({**rows, "input_ids": [[101, *range(i), 102] for i in ids]})


@pytest.fixture
def publish(lake: str) -> Callable[[pd.DataFrame, pd.DataFrame], str]:
    def publish(train: pd.DataFrame, validation: pd.DataFrame) -> str:
        files = {"train.parquet": frames.to_parquet(train), "validation.parquet": frames.to_parquet(validation)}
        return artifacts.publish(s3.lake_uri("features"), files).uri

    return publish


def test_a_published_snapshot_reads_back_online(publish: Callable[..., str]) -> None:
    uri = publish(part([1, 2, 3]), part([4]))
    assert feature_store.publish(uri) == 4
    found = feature_store.online_features([4, 2, 99])
    assert found["review_id"].tolist() == [4, 2, 99]
    assert found["part"].tolist() == ["validation", "train", None]
    assert found["num_tokens"].tolist()[:2] == [6, 4]
    assert found["num_words"].tolist()[:2] == [5, 5]
    assert found["snapshot"].tolist() == [uri.rsplit("/", 1)[-1]] * 2 + [None]


def test_publishing_again_changes_nothing_and_a_newer_snapshot_takes_over(publish: Callable[..., str]) -> None:
    old = publish(part([1, 2]), part([3]))
    feature_store.publish(old)
    before = feature_store.online_features([1, 2, 3])
    assert feature_store.publish(old) == 3
    pd.testing.assert_frame_equal(feature_store.online_features([1, 2, 3]), before)

    new = publish(pd.concat([part([1, 2]), part([5], "2026-01-03")]), part([3]))
    assert feature_store.publish(new) == 4
    assert set(feature_store.online_features([1, 2, 3, 5])["snapshot"]) == {new.rsplit("/", 1)[-1]}


def test_rows_that_balancing_repeated_are_published_once(publish: Callable[..., str]) -> None:
    uri = publish(pd.concat([part([1, 2]), part([1])]), part([3]))
    assert sorted(feature_store.feature_rows(uri)["review_id"]) == [1, 2, 3]
