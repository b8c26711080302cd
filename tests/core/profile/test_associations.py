import numpy as np
import pytest
from sklearn.metrics import mutual_info_score
from tests.helpers.contracts import CONTRACT
from tests.helpers.profiled import curated, profiled

from reviewloop.core.profile.associations import correlations, entropy, mutual_information, with_sentiment


def test_mutual_information_is_that_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        first, second = rng.integers(0, 5, 300), rng.integers(0, 3, 300)
        second = np.where(rng.random(300) < 0.5, first % 3, second)
        assert mutual_information(first, second) == pytest.approx(mutual_info_score(first, second) / np.log(2), abs=1e-12)


def test_entropy_of_equal_shares_is_their_logarithm() -> None:
    assert entropy(np.array([5, 5, 0, 5, 5])) == pytest.approx(2)
    assert entropy(np.array([7])) == 0


def test_the_label_itself_and_the_leak_are_told_from_the_rest() -> None:
    found = {one.column: one for one in with_sentiment(profiled(curated(600)), CONTRACT)}
    assert found["rating"].explained == pytest.approx(1)
    assert found["rating"].role == "is the label"
    assert found["recommended"].role == "leaks"
    assert {one.role for name, one in found.items() if name not in ("rating", "recommended")} == {"no leak seen"}


def test_many_values_explain_by_luck_alone_and_that_is_taken_off() -> None:
    rows = profiled(curated(600))
    rows["product_id"] = np.random.default_rng(1).integers(0, 200, len(rows))
    product = next(one for one in with_sentiment(rows, CONTRACT) if one.column == "product_id")
    assert product.explained > 0.2
    assert product.beyond_chance < 0.03


def test_a_single_sentiment_has_nothing_to_explain() -> None:
    rows = profiled(curated(200))
    assert {one.explained for one in with_sentiment(rows[rows["sentiment"] == "positive"], CONTRACT)} == {0}


def test_correlation_is_of_ranks_and_unknown_for_a_constant() -> None:
    rows = profiled(curated(200)).assign(age=lambda r: np.exp(r["rating"]), positive_feedback=0)
    found = correlations(rows, CONTRACT)
    table = {name: dict(zip(found.names, line, strict=True)) for name, line in zip(found.names, found.values, strict=True)}
    assert table["rating"]["age"] == pytest.approx(1)
    assert table["rating"]["positive_feedback"] is None
