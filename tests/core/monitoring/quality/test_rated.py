import numpy as np
from tests.helpers.answered import USUAL, reviews

from reviewloop.core.monitoring.quality.rated import compare_rated


def test_who_rates_by_luck_is_like_who_does_not() -> None:
    rng, found = np.random.default_rng(1), []
    for _ in range(100):
        probabilities = reviews(USUAL, 300, rng)[1]
        measured = {"answers": probabilities[:, :2], "length": rng.gamma(4, 15, (300, 1))}
        found.append(compare_rated(measured, rng.random(300) < 0.6, 0.01, 50).verdict)
    assert found.count("different") <= 4


def test_happy_customers_who_rate_more_often_are_a_finding_in_words() -> None:
    rng, fired = np.random.default_rng(2), 0
    for _ in range(20):
        labels, probabilities = reviews(USUAL, 400, rng)
        rated = rng.random(400) < np.where(labels == 2, 0.7, 0.3)
        found = compare_rated({"length": rng.gamma(4, 15, (400, 1)), "answers": probabilities[:, :2]}, rated, 0.01, 50)
        fired += found.verdict == "different"
        assert found.verdict != "different" or "most of all in answers" in str(found)
    assert fired >= 16


def test_a_day_of_rated_reviews_alone_cannot_be_compared() -> None:
    found = compare_rated({"length": np.ones((60, 1))}, np.ones(60), 0.01, 50)
    assert found.verdict == "not enough evidence"
    assert "60 and 0" in str(found)
