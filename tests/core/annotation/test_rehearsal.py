import numpy as np
import pytest

from reviewloop.config import RehearsalConfig
from reviewloop.core.annotation.choosing import text_vectors
from reviewloop.core.annotation.rehearsal import Known, Rehearsal, rehearse

CONFIG = RehearsalConfig(seeds=3, start=30, size=20, rounds=2)


def known(num: int, seed: int) -> tuple[Known, list[str]]:
    """Texts of three sentiments, of which two share most words, and the third is common and easy."""
    draw = np.random.default_rng(seed)
    labels = draw.choice(3, num, p=[0.1, 0.1, 0.8])
    words = np.array([["poor", "torn", "meh", "zip"], ["fine", "plain", "meh", "zip"], ["love", "soft", "great", "warm"]])
    texts = [" ".join(draw.choice([*words[label], "dress", "order"], 8)) for label in labels]
    return Known(text_vectors([*texts, "poor torn meh zip fine plain love soft great warm dress order"])[:-1], labels), texts


def play(num: int = 400) -> Rehearsal | None:
    (pool, texts), (held_out, _) = known(num, 1), known(300, 2)
    return rehearse(pool, [f"{at} {text}" for at, text in enumerate(texts)], held_out, CONFIG, 0.2)


def test_both_begin_alike_and_get_as_many_labels_each_round() -> None:
    found = play()
    assert found is not None
    assert found.num_labels == (30, 50, 70)
    assert [marks[0] for marks in found.queue] == [marks[0] for marks in found.random], "the same start, seed by seed"
    assert len({marks[0] for marks in found.random}) == 3, "a seed is another start"
    assert [len(marks) for marks in (*found.queue, *found.random)] == [3] * 6
    assert found == play()


def test_a_pool_that_is_too_small_is_not_played() -> None:
    assert play(69) is None


@pytest.mark.parametrize(
    ("last", "winner", "enough"),
    [((0.70, 0.71, 0.72), "queue", 20), ((0.50, 0.51, 0.52), "random", None), ((0.50, 0.60, 0.71), "neither", 20)],
)
def test_the_interval_says_who_won_also_where_random_did(last: tuple[float, ...], winner: str, enough: int | None) -> None:
    found = Rehearsal((10, 20), tuple((0.3, mark) for mark in last), ((0.3, 0.59), (0.3, 0.60), (0.3, 0.61)))
    assert (found.winner, found.enough) == (winner, enough)
    told = found.as_json()
    assert (told["winner"], told["enough"], len(told["queue"])) == (winner, enough, 3)


def test_the_interval_is_students() -> None:
    mean, low, high = Rehearsal((10,), ((0.6,), (0.7,), (0.8,)), ((0.5,), (0.5,), (0.5,))).gain
    assert mean == pytest.approx(0.2)
    assert (high - low) / 2 == pytest.approx(4.302653 * 0.1 / np.sqrt(3), rel=1e-6)
