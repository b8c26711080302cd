"""The slice finder names what is really worse, in words, and nothing else."""

import numpy as np
import pandas as pd
import pytest
from tests.helpers.contracts import CONTRACT

from reviewloop.config import SliceSearchConfig
from reviewloop.core.evaluation.slice_features import Feature, slice_features
from reviewloop.core.evaluation.slice_finder import find_slices, proposing_half

CONFIG = SliceSearchConfig(max_depth=3, min_rows=50, num_examples=5, alpha=0.05)


def rows(num: int, seed: int) -> tuple[list[Feature], np.ndarray]:
    """Features of ``num`` made-up reviews, and which of them propose."""
    generator = np.random.default_rng(seed)
    features = [
        Feature("words", generator.integers(5, 110, num)),
        Feature("negations", generator.poisson(0.7, num)),
        Feature("department", generator.integers(0, 2, num), "Dresses"),
        *(Feature(f"noise {i}", generator.integers(0, 9, num)) for i in range(8)),
    ]
    return features, proposing_half([f"{seed}-{i}" for i in range(num)])


def test_the_halves_are_halves_and_the_same_for_ever() -> None:
    digests = [f"{i:064x}" for i in range(2000)]
    proposes = proposing_half(digests)
    assert 0.45 < proposes.mean() < 0.55
    assert (proposing_half(digests[::-1]) == proposes[::-1]).all()


def test_a_planted_slice_is_found_told_in_words_and_measured() -> None:
    features, proposes = rows(3000, seed=1)
    planted = (features[2].numbers == 1) & (features[1].numbers >= 2)
    is_wrong = np.random.default_rng(2).random(3000) < np.where(planted, 0.5, 0.1)
    search = find_slices(features, is_wrong, proposes, CONFIG, seed=0)
    worst = search.found[0]
    assert worst.rule == "negations: 2 or more, department: Dresses"
    assert worst.num_rows == (planted & ~proposes).sum()
    assert worst.accuracy == pytest.approx(1 - is_wrong[planted & ~proposes].mean())
    assert worst.rest_accuracy == pytest.approx(1 - is_wrong[~planted & ~proposes].mean())
    assert worst.low < worst.accuracy < worst.high
    assert worst.chance < 0.001
    assert set(worst.mistakes) == set(np.flatnonzero(planted & ~proposes & is_wrong))


def test_noise_has_no_slices() -> None:
    named = 0
    for seed in range(60):
        features, proposes = rows(800, seed)
        is_wrong = np.random.default_rng(1000 + seed).random(800) < 0.2
        named += bool(find_slices(features, is_wrong, proposes, CONFIG, seed=0).found)
    assert named <= 8, "at most 5 % of clean reports may name a slice; more than 8 of 60 has a chance of 0.2 % then"


def test_without_the_judging_half_noise_would_have_slices() -> None:
    """The planted fault of the finder itself: the same rows propose and judge."""
    named = 0
    for seed in range(20):
        features, _ = rows(800, seed)
        is_wrong = np.random.default_rng(1000 + seed).random(800) < 0.2
        doubled = [Feature(one.name, np.tile(one.numbers, 2), one.value) for one in features]
        halves = np.arange(1600) < 800
        named += bool(find_slices(doubled, np.tile(is_wrong, 2), halves, CONFIG, seed=0).found)
    assert named >= 10


def test_of_nested_slices_one_is_named() -> None:
    features, proposes = rows(3000, seed=3)
    is_wrong = np.random.default_rng(4).random(3000) < np.where(features[1].numbers >= 2, 0.5, 0.05)
    search = find_slices(features, is_wrong, proposes, CONFIG, seed=0)
    assert search.num_proposed > len(search.found)
    assert [one.rule for one in search.found] == ["negations: 2 or more"]


@pytest.mark.parametrize("is_wrong", [np.zeros(400, bool), np.ones(400, bool)])
def test_where_all_are_right_or_wrong_there_is_no_slice(is_wrong: np.ndarray) -> None:
    features, proposes = rows(400, seed=5)
    assert find_slices(features, is_wrong, proposes, CONFIG, seed=0).found == ()


def test_too_few_rows_propose_nothing() -> None:
    features, proposes = rows(150, seed=6)
    search = find_slices(features, np.arange(150) % 2 == 0, proposes, CONFIG, seed=0)
    assert (search.num_proposed, search.found) == (0, ())


def test_conditions_in_words() -> None:
    words = Feature("words", np.arange(3))
    assert [words.condition(*ends) for ends in ((None, 30), (31, None), (31, 60), (5, 5))] == [
        "words: at most 30", "words: 31 or more", "words: 31 to 60", "words: 5",
    ]  # fmt: skip
    dresses = Feature("department", np.arange(2), "Dresses")
    assert (dresses.condition(1, None), dresses.condition(None, 0)) == ("department: Dresses", "department: not Dresses")


def test_what_is_counted_in_a_review() -> None:
    reviews = pd.DataFrame(
        {
            "title": pd.array(["So so", None], dtype="string"),
            "text": ["I'm 5'4\", 120 lbs and DON'T love it; it isn’t me. But I wear a 6?!!", "Plain dress"],
            "age": [33, 50], "department": ["Tops", None], "division": "General", "class_name": "Knits",
        }
    )  # fmt: skip
    found = {(one.name, one.value): one.numbers.tolist() for one in slice_features(reviews, CONTRACT, min_rows=1)}
    assert found["negations", None] == [2, 0]
    assert found["contrast words", None] == [1, 0]
    assert found["exclamation marks", None] == [2, 0]
    assert found["question marks", None] == [1, 0]
    assert found["words in capitals", None] == [1, 0]
    assert found["mentions of the writer's own size", None][1] == 0
    assert found["mentions of the writer's own size", None][0] >= 3
    assert found["title", "missing"] == [0, 1]
    assert found["department", "(none)"] == [0, 1]
    assert found["age in years", None] == [33, 50]
    assert not {name for name, _ in found} & {"rating", "label", "prediction"}


def test_a_rare_value_is_no_feature() -> None:
    reviews = pd.DataFrame(
        {"title": None, "text": "a b", "age": 30, "department": ["Tops"] * 9 + ["Trend"], "division": "General", "class_name": None}
    )
    assert {one.value for one in slice_features(reviews, CONTRACT, min_rows=5) if one.name == "department"} == {"Tops"}
