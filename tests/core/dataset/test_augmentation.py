"""Made rows keep the label: by rule, and by 100 of them that were read."""

import csv
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.core.dataset.test_snapshots import wordy
from tests.helpers.contracts import CONTRACT

from reviewloop.config.features.augmentation import AugmentationConfig, GainConfig, Operation
from reviewloop.core.dataset.augmentation import augment, augment_train, augmented, is_kept, kept_in
from reviewloop.core.dataset.provenance import as_delivered, require_judgeable
from reviewloop.core.dataset.snapshots import Snapshot, split_snapshot
from reviewloop.core.dataset.splits import PARTS
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.texts import text_digest
from reviewloop.errors import PermanentError

REVIEWED = Path(__file__).with_name("augmented_reviews.csv")
"""Made rows that a person read: the text, the operation, what became of it, and whether a reader would give the same label."""
OPERATIONS: tuple[Operation, ...] = ("drop", "typo", "order")
GAIN = GainConfig(delta=0.02, low=0.01, high=0.03, num_rows=900)
PLAN = AugmentationConfig(operations=OPERATIONS, share=1.0, sentiments=("negative", "neutral"), kept_words=("Maeve",), gain=GAIN)


def reviewed() -> list[dict[str, str]]:
    with REVIEWED.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_hundred_made_rows_were_read_and_mean_what_they_meant() -> None:
    rows = reviewed()
    assert len(rows) == 100
    assert {row["operation"] for row in rows} == set(OPERATIONS)
    assert {row["same_label"] for row in rows} == {"yes"}
    for row in rows:
        made = augment(row["text"], row["operation"], 0)  # type: ignore[arg-type]
        assert made == row["made"], "an operation has changed: read what it makes now, and renew the file"
        assert kept_in(made) == kept_in(row["text"])


WORDS = [
    "not", "didn't", "never", "without", "petite", "xs", "small", "size", "8", "34b", "5'4", "Maeve", "iPhone", "the", "is", "was",
    "it", "dress", "lovely", "terrible", "fabric", "however", "beautiful", "returned", "disappointed",
]  # fmt: skip
texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=30).map(" ".join)
sentences = st.lists(texts, min_size=1, max_size=5).map(lambda parts: ". ".join(parts) + ".")


@settings(deadline=None, max_examples=150)
@given(sentences, st.sampled_from(OPERATIONS), st.integers(0, 5))
def test_negations_sizes_numbers_and_names_stay_in_every_text(text: str, operation: Operation, seed: int) -> None:
    made = augment(text, operation, seed, {"maeve"})
    assert made == augment(text, operation, seed, {"maeve"})
    if made is not None:
        assert kept_in(made, {"maeve"}) == kept_in(text, {"maeve"})
        assert text_digest(made) != text_digest(text)


@pytest.mark.parametrize("word", ["not", "Didn’t", "dont", "XS", "petite", "8", "34B", "5'4", "McQueen", "NYC", "maeve"])
def test_what_no_operation_touches(word: str) -> None:
    assert is_kept(word, {"maeve"})


@pytest.mark.parametrize("word", ["dress", "The", "lovely", "it's"])
def test_what_an_operation_may_touch(word: str) -> None:
    assert not is_kept(word, {"maeve"})


def test_each_operation_changes_what_it_says() -> None:
    assert augment("the dress is soft", "drop", 0) in ("dress is soft", "the dress soft")
    (typo,) = [made for made in [augment("so comfy and lovely", "typo", 3)] if made]
    assert sorted(typo) == sorted("so comfy and lovely")
    assert augment("Soft. It fits. I love it", "order", 0) in (
        "It fits. Soft. I love it.", "It fits. I love it. Soft.", "I love it. Soft. It fits.", "I love it. It fits. Soft.",
        "Soft. I love it. It fits.",
    )  # fmt: skip


def test_no_typo_makes_another_word() -> None:
    assert [augment(word, "typo", seed) for word in ("tried", "quiet") for seed in range(9)] == [None] * 18


def test_sentences_that_lean_on_the_one_before_stay_where_they_are() -> None:
    assert augment("Pretty. But it is too tight. I returned it.", "order", 0) is None
    assert augment("Pretty. I returned it.", "order", 0) is None


def snapshot() -> Snapshot:
    rows = wordy(400)
    lively = [f"{text}. the {place} is fine. it was lovely" for place, text in enumerate(rows["text"])]
    return split_snapshot(rows.assign(text=lively), CONTRACT, 0.1, 0.2)


def test_only_the_training_part_is_augmented_and_its_rows_say_so() -> None:
    whole = snapshot()
    more = augment_train(whole, PLAN, 0.99)
    for name in ("validation", "test"):
        pd.testing.assert_frame_equal(more.parts[name], whole.parts[name])
    train, before = more.parts["train"], whole.parts["train"]
    pd.testing.assert_frame_equal(train.head(len(before)), before)
    made = train.iloc[len(before) :]
    assert len(made) == more.num_augmented > 0
    assert set(made["origin"]) == {"augmented"}
    assert set(made["label"]) == {SENTIMENTS.index(name) for name in PLAN.sentiments}
    parents = before.set_index("review_id")
    assert (parents.loc[made["review_id"], "label"].to_numpy() == made["label"].to_numpy()).all()
    assert train["text_digest"].is_unique
    assert (made["text"].map(text_digest) == made["text_digest"]).all()
    counts = more.counts()
    parts = sum(counts[f"num_{name}"] for name in PARTS)
    assert counts["num_curated"] == parts - counts["num_augmented"] + counts["num_duplicates"]
    with pytest.raises(PermanentError, match=r"may judge no model: review \d+ \(origin augmented, label_source rating\)"):
        require_judgeable("test", made)


def test_a_near_copy_of_a_text_that_judges_is_refused() -> None:
    text = "soft and warm and loose and tight and pretty and itchy and the thin one"
    train = as_delivered(pd.DataFrame({"review_id": [1], "text": [text], "label": [0], "text_digest": [text_digest(text)]}))
    (made,) = [augment(text, "drop", 0)]
    assert made is not None
    rows, num_refused = augmented(train, ["another text of some words"], PLAN, 0.8)
    assert made in rows["text"].tolist()
    assert num_refused == 0
    for near in (made, f"{made} indeed"):
        rows, num_refused = augmented(train, [near], PLAN, 0.8)
        assert made not in rows["text"].tolist()
        assert num_refused >= 1


def test_it_cannot_be_turned_on_without_evidence_that_it_helps() -> None:
    for low in (0.0, -0.004, float("nan")):
        with pytest.raises(ValueError, match="is not above 0: such rows did not help beyond luck; enter what `make study"):
            AugmentationConfig(
                operations=("drop",),
                share=0.5,
                sentiments=("negative",),
                gain=GainConfig(delta=0.01, low=low, high=0.02, num_rows=9),
            )
    with pytest.raises(ValueError, match="gain"):
        AugmentationConfig.model_validate({"operations": ["drop"], "share": 0.5, "sentiments": ["negative"]})
