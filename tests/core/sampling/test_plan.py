import numpy as np
import pandas as pd
import pytest
from tests.core.dataset.test_snapshots import curated
from tests.helpers.contracts import CONTRACT

from reviewloop.config import SamplingConfig
from reviewloop.core.dataset.provenance import SAMPLED
from reviewloop.core.dataset.snapshots import Snapshot, split_snapshot
from reviewloop.core.dataset.splits import PARTS
from reviewloop.core.sampling.plan import sample_train, sampled
from reviewloop.core.sampling.sample import METHODS, RANDOM
from reviewloop.errors import PermanentError

MIX = {"negative": 1, "neutral": 1, "positive": 1}
PLANS: dict[str, dict[str, object]] = {
    "convenience": {"size": 60},
    "snowball": {"size": 60, "by": "department", "review_ids": (3, 8)},
    "judgment": {"review_ids": (3, 8, 9, 12)},
    "quota": {"by": "sentiment", "quotas": {"negative": 20, "neutral": 20, "positive": 20}},
    "simple_random": {"size": 0.3},
    "stratified": {"size": 60, "by": "sentiment"},
    "weighted": {"size": 60, "by": "department", "weights": {"Dresses": 3}},
    "reservoir": {"size": 60},
    "importance": {"size": 60, "by": "sentiment", "weights": {"negative": 2}, "target": MIX},
}


def plan(method: str, **values: object) -> SamplingConfig:
    return SamplingConfig(method=method, **{**PLANS[method], **values})


def snapshot() -> Snapshot:
    rows = pd.concat([curated(200), curated(200, "2026-01-02", 200)])
    return split_snapshot(rows.assign(department=np.where(rows["review_id"] % 3 == 0, "Dresses", "Tops")), CONTRACT, 0.1, 0.2)


TRAIN = snapshot().parts["train"]
IDS = tuple(int(number) for number in TRAIN["review_id"].iloc[[1, 4, 9, 11]])


@pytest.mark.parametrize("method", METHODS)
def test_every_method_by_its_configuration_whatever_order_and_files_the_rows_come_in(method: str) -> None:
    how = plan(method, **({"review_ids": IDS} if "review_ids" in PLANS[method] else {}))
    taken, table = sampled(TRAIN, CONTRACT, how)
    shuffled, _ = sampled(TRAIN.sample(frac=1, random_state=5).reset_index(drop=True), CONTRACT, how)
    order = ["day", "review_id"]
    pd.testing.assert_frame_equal(shuffled.sort_values(order, ignore_index=True), taken)
    assert (table.method, table.num_taken, table.num_offered) == (method, len(taken), len(TRAIN))
    assert taken["sampling_weight"].mean() == pytest.approx(1)
    assert taken["inclusion_probability"].isna().all() == (method not in RANDOM)
    assert bool(table.notes) == (method not in RANDOM or method == "importance")
    assert {one.facet for one in table.standings} == {"sentiment", *CONTRACT.facets}


def test_only_the_training_part_is_sampled_and_every_row_is_accounted_for() -> None:
    whole = snapshot()
    part, table = sample_train(whole, CONTRACT, plan("simple_random"))
    for name in ("validation", "test"):
        pd.testing.assert_frame_equal(part.parts[name], whole.parts[name])
    assert list(part.parts["train"].columns) == [*whole.parts["train"].columns, *SAMPLED]
    assert part.num_not_sampled == len(whole.parts["train"]) - len(part.parts["train"]) == table.num_offered - table.num_taken
    counts = part.counts()
    kept = sum(counts[f"num_{name}"] for name in PARTS)
    assert counts["num_curated"] == kept + counts["num_duplicates"] + counts["num_near_copies"] + counts["num_not_sampled"]


def test_a_sample_without_a_sentiment_is_refused() -> None:
    with pytest.raises(PermanentError, match="no neutral text among the 9 of the train part"):
        sample_train(snapshot(), CONTRACT, plan("quota", quotas={"negative": 5, "positive": 4}))


@pytest.mark.parametrize(
    ("how", "told"),
    [
        (
            plan("stratified", by="colour"),
            "by 'colour' is no group of reviews; allowed: sentiment, ",
        ),
        (plan("weighted", weights={"Hats": 2}), "weights name 'Hats', and no row has it; there are Dresses, Tops"),
        (plan("importance", target={"negative": 1}), "the target gives no share of 'neutral'"),
        (plan("judgment", review_ids=(4_000,)), "review 4000 is none of the"),
        (plan("simple_random", size=4000), "size 4000 is not between 1 and the"),
    ],
)
def test_what_does_not_fit_the_reviews_is_named(how: SamplingConfig, told: str) -> None:
    with pytest.raises(PermanentError, match=told):
        sampled(TRAIN, CONTRACT, how)
