"""Rows from templates: only in train, bounded, found by an erasure, and apart from the suite that judges."""

from typing import Any

import pandas as pd
import pytest
from tests.core.dataset.test_snapshots import wordy
from tests.helpers.contracts import CONTRACT

from reviewloop.adapters.behaviour_suite import load_suite
from reviewloop.config import InoculationConfig, load_config
from reviewloop.core.behaviour.important import Important
from reviewloop.core.behaviour.suite import Suite
from reviewloop.core.dataset.balance import balanced
from reviewloop.core.dataset.inoculation import NOBODY, Lessons, inoculate_train, inoculated, parse_lessons, shared_with_suite
from reviewloop.core.dataset.provenance import require_judgeable
from reviewloop.core.dataset.snapshots import Snapshot, split_snapshot
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.texts import text_digest
from reviewloop.errors import ConfigError, PermanentError

PLAN = InoculationConfig(share=0.1, endings=0.5, seed=3)
HELD: dict[str, Any] = {
    "words": {"item": ["vest", "cape", "romper"], "bad": ["itchy", "stiff", "dowdy"]},
    "texts": {
        "negation": [{"label": "negative", "templates": ["The {item} was far from cozy.", "A {bad} {item}, what a letdown."]}]
    },
    "endings": {
        "sent_back": {"of": ["positive"], "label": "negative", "templates": ["Mine was shipped off.", "The {item} is gone."]},
        "won_over": {"of": ["negative"], "label": "positive", "templates": ["All the same I adore it."]},
    },
}
LESSONS = parse_lessons("shop", HELD)


def snapshot() -> Snapshot:
    return split_snapshot(wordy(600), CONTRACT, 0.1, 0.2)


def suite() -> tuple[Suite, tuple[Important, ...]]:
    return load_suite(load_config().behaviour.suite)


def with_template(template: str) -> Lessons:
    more = {"texts": {"negation": [{"label": "negative", "templates": [template]}]}}
    return parse_lessons("shop", HELD | more)


def test_only_the_training_part_gets_rows_a_bounded_share_and_all_of_them_say_so() -> None:
    whole = snapshot()
    taught = inoculate_train(whole, LESSONS, PLAN)
    for name in ("validation", "test"):
        pd.testing.assert_frame_equal(taught.parts[name], whole.parts[name])
    train, before = taught.parts["train"], whole.parts["train"]
    pd.testing.assert_frame_equal(train.head(len(before)), before)
    made = train.iloc[len(before) :]
    assert 0 < len(made) == taught.num_inoculated <= round(PLAN.share * len(before))
    assert taught.counts()["num_inoculated"] == len(made)
    assert set(made["label_source"]) == {"template"}
    assert train["text_digest"].is_unique
    assert (made["text"].map(text_digest) == made["text_digest"]).all()
    for name in ("validation", "test"):
        with pytest.raises(PermanentError, match="may judge no model"):
            require_judgeable(name, made)


def test_what_is_of_a_customer_is_found_by_an_erasure_and_what_is_of_nobody_names_nobody() -> None:
    before = snapshot().parts["train"]
    made = inoculated(before, LESSONS, PLAN)
    ours, theirs = made[made["origin"] == "template"], made[made["origin"] == "augmented"]
    assert len(ours)
    assert len(theirs)
    assert set(ours["review_id"]) == {NOBODY}
    assert set(ours["day"]) == {""}
    assert ours["title"].isna().all()
    parents = before.set_index(["day", "review_id"])
    for row in theirs.itertuples():
        parent = parents.loc[(row.day, row.review_id)]
        assert str(row.text).startswith(str(parent["text"]))
        name = "sent_back" if row.label == SENTIMENTS.index("negative") else "won_over"
        assert SENTIMENTS[parent["label"]] in LESSONS.endings[name].of


def test_the_same_rows_whatever_their_order_and_no_draw_but_the_seeds() -> None:
    train = snapshot().parts["train"]
    once, shuffled = inoculated(train, LESSONS, PLAN), inoculated(train.sample(frac=1, random_state=1), LESSONS, PLAN)
    assert set(once["text"]) == set(shuffled["text"])
    pd.testing.assert_frame_equal(once, inoculated(train, LESSONS, PLAN))
    assert set(once["text"]) != set(inoculated(train, LESSONS, PLAN.model_copy(update={"seed": 4}))["text"])


def test_a_sampled_train_part_can_be_inoculated_and_every_row_weighs_something() -> None:
    train = snapshot().parts["train"].assign(inclusion_probability=0.5, sampling_weight=1.0)
    made = inoculated(train, LESSONS, PLAN)
    weights = balanced(pd.concat([train, made], ignore_index=True), "weight", 0.5)["weight"]
    assert (weights > 0).all()


@pytest.mark.parametrize(
    ("template", "told"),
    [
        ("Well, in the end I returned mine.", "has 'in the end i'"),  # of directional.yaml
        ("It went straight back to them.", "has 'it went straight back'"),
        ("My friend Ann wears a vest.", ""),
        ("A needle left in the pocket.", "has 'needle left in the'"),  # of important.yaml
        ("The {item} is GORGEOUS.", "has 'GORGEOUS'"),  # of words.yaml
        ("The {item} came undone.", "has 'came undone'"),
    ],
)
def test_a_planted_template_that_shares_wording_with_the_suite_is_named(template: str, told: str) -> None:
    found = shared_with_suite(with_template(template), *suite())
    assert (told in " ".join(found)) if told else not found


def test_a_word_that_stands_in_a_list_of_both_is_named() -> None:
    lists = {**HELD["words"], "bad": ["itchy", "Ugly"]}
    assert "words.bad has 'Ugly'" in shared_with_suite(parse_lessons("shop", HELD | {"words": lists}), *suite())


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"words": {"item": ["vest"]}}, "no list 'bad' under words"),
        (
            {"endings": {"odd": {"of": ["negative"], "label": "negative", "templates": ["Gone."]}}},
            "the ending would change nothing",
        ),
        ({"texts": {"negation": [{"label": "bad", "templates": ["Gone."]}]}}, "texts.negation.0.label"),
        ({"texts": {"negation": [{"label": "negative", "templates": ["A {ITEM}."]}]}}, "has a brace that is no {slot}"),
    ],
)
def test_a_slip_of_the_pen_is_one_line(change: dict[str, Any], line: str) -> None:
    with pytest.raises(ConfigError, match="inoculation: shop.yaml") as caught:
        parse_lessons("shop", HELD | change)
    assert line in str(caught.value)
    assert "\n" not in str(caught.value)
