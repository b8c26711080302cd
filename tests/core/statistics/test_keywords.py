from collections import Counter

import numpy as np
import pytest

from reviewloop.core.statistics.keywords import count_words, keywords


def test_words_are_lower_case_of_two_letters_or_more_and_count_once_a_text() -> None:
    assert count_words(["I DON’T don't a 100 size-s Ünder_x", "size"]) == Counter({"don't": 1, "size": 2, "ünder": 1})


def test_z_is_the_one_of_the_paper() -> None:
    here, elsewhere = {"bad": 30, "the": 100}, {"bad": 10, "the": 200}
    prior = {"bad": 50 * 40 / 340, "the": 50 * 300 / 340}
    odds = [
        np.log((side["bad"] + prior["bad"]) / (sum(side.values()) + 50 - side["bad"] - prior["bad"])) for side in (here, elsewhere)
    ]
    variance = 1 / (30 + prior["bad"]) + 1 / (10 + prior["bad"])
    (found,) = keywords(here, elsewhere, num_top=5, prior_words=50)
    assert (found.word, found.num_here, found.num_elsewhere) == ("bad", 30, 10)
    assert found.z == pytest.approx((odds[0] - odds[1]) / np.sqrt(variance))


def test_a_word_seen_once_does_not_outrank_a_common_one() -> None:
    here, elsewhere = {"once": 1, "awful": 40, "the": 1000}, {"awful": 4, "the": 1000}
    assert [word.word for word in keywords(here, elsewhere, 5, prior_words=500)] == ["awful"]


def test_equal_texts_have_no_keywords_and_neither_has_an_empty_side() -> None:
    counts = {"a": 10, "b": 20}
    assert keywords(counts, counts, 5, 100) == ()
    assert keywords(counts, {}, 5, 100) == ()
