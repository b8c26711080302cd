import numpy as np

from reviewloop.core.monitoring.kinds.explained import chance_by_shares, chance_given

SPREAD = np.array([[1.0, 0.5, 0.0], [0.0, 1.0, 0.5], [0.0, 0.0, 1.0]])
CENTRES = np.array([[2.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 0.0]])


def rows(num_rows: int, rng: np.random.Generator) -> np.ndarray:
    return rng.standard_normal((num_rows, 3)) @ SPREAD


def of_classes(shares: list[float], num_rows: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    labels = rng.choice(3, num_rows, p=shares)
    return CENTRES[labels] + rows(num_rows, rng), labels


def test_rows_alike_are_told_apart_as_often_as_the_chance_says() -> None:
    rng, is_day = np.random.default_rng(1), np.arange(300) < 60
    chances = np.array([chance_given(rows(300, rng), is_day) for _ in range(200)])
    assert 0.02 <= (chances <= 0.05).mean() <= 0.09
    assert 0.4 <= chances.mean() <= 0.6


def test_a_move_is_seen_unless_what_is_known_of_the_rows_explains_it() -> None:
    rng, is_day = np.random.default_rng(2), np.arange(600) < 100
    known = np.where(is_day, 0.8, 0.2)[:, np.newaxis] > rng.random((600, 1))  # a group that is common on the day
    measured = rows(600, rng) + 2.0 * known
    assert chance_given(measured, is_day) < 1e-6
    assert chance_given(measured, is_day, known.astype(float)) > 0.01
    assert chance_given(measured + is_day[:, np.newaxis], is_day, known.astype(float)) < 1e-6


def test_what_does_not_vary_says_nothing() -> None:
    assert chance_given(np.ones((20, 2)), np.arange(20) < 5) == 1.0
    assert chance_given(np.ones((20, 0)), np.arange(20) < 5) == 1.0
    assert chance_by_shares(np.ones((5, 0)), np.ones((30, 0)), np.arange(30) % 3) == 1.0
    assert chance_by_shares(np.ones((5, 4)), np.ones((30, 4)), np.arange(30) % 3) == 1.0


def test_other_shares_of_the_classes_explain_any_mixture_of_them_and_nothing_else() -> None:
    rng = np.random.default_rng(3)
    reference, labels = of_classes([0.1, 0.12, 0.78], 2000, rng)
    many, _ = of_classes([0.5, 0.2, 0.3], 300, rng)
    is_day = np.repeat([False, True], [2000, 300])
    assert chance_given(np.vstack([reference, many]), is_day) < 1e-6
    assert chance_by_shares(many, reference, labels) > 0.01
    assert chance_by_shares(many - 1.0, reference, labels) < 1e-6


def test_mixtures_are_refused_no_oftener_than_the_chance_says() -> None:
    rng = np.random.default_rng(4)
    reference, labels = of_classes([0.1, 0.12, 0.78], 2000, rng)
    chances = [chance_by_shares(of_classes([0.3, 0.1, 0.6], 200, rng)[0], reference, labels) for _ in range(80)]
    assert np.mean(np.array(chances) <= 0.05) <= 0.09


def test_of_a_class_without_rows_no_mixture_is_known() -> None:
    assert chance_by_shares(np.zeros((5, 4)), np.eye(4), [0, 0, 2, 2]) == 1.0
