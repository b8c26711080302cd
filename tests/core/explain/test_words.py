"""What a word adds: from a model's pieces to words, to a whole class, to a check, to colours."""

from collections.abc import Sequence

import numpy as np
import pytest
from tests.helpers.explained import explain

from reviewloop.core.explain.carriers import carriers
from reviewloop.core.explain.deletion import delete_words
from reviewloop.core.explain.words import completeness_error, explained, without, word_spans


def test_words_are_letters_and_digits_or_other_signs() -> None:
    text = "I don’t love it... size 10! (wow)"
    assert [text[a:b] for a, b in word_spans(text)] == ["I", "don’t", "love", "it", "...", "size", "10", "!", "(", "wow", ")"]
    assert word_spans(" \n ") == []


def test_every_character_but_spaces_is_in_exactly_one_word() -> None:
    text = "It’s 5'4\" & 'quoted' — naïve_but 👗👗 ok?!  end'"
    covered = [place for start, end in word_spans(text) for place in range(start, end)]
    assert covered == [place for place, char in enumerate(text) if not char.isspace()]


def test_pieces_of_words_are_added_up_also_where_they_begin_with_the_space_before() -> None:
    pieces = [((0, 2), 1.0), ((2, 4), 0.5), ((4, 9), 2.0), ((9, 10), -1.0)]  # so, ft, " warm", !
    found = explained("soft warm!", pieces, 10, [0.2, 0.1, 0.7], 2.5)
    assert (found.words(), found.weights, found.label, found.num_read) == (["soft", "warm", "!"], (1.5, 2.0, -1.0), 2, 3)
    assert found.gap() == 0


def test_what_was_cut_off_is_known() -> None:
    found = explained("one two three", [((0, 3), 1.0), ((4, 7), 1.0)], 7, [0.2, 0.1, 0.7], 2.0)
    assert found.num_read == 2


def test_a_blank_text_has_an_explanation_without_words() -> None:
    found = explained("  ", [], 2, [0.2, 0.1, 0.7], 0.0)
    assert (found.words(), without(found, [])) == ([], "")


def test_words_are_taken_out_of_a_text_without_a_trace() -> None:
    found = explain("Lovely, lovely dress", {})
    assert without(found, [0, 3]) == ", lovely"
    assert without(found, []) == "Lovely, lovely dress"


def test_the_completeness_error_is_what_the_weights_miss() -> None:
    exact = explain("a b", {"a": 1.0})
    short = explained("a b", [((0, 1), 0.7)], 3, [0.2, 0.1, 0.7], 1.0)
    assert completeness_error([exact, short]) == pytest.approx(0.15)
    assert np.isnan(completeness_error([]))


def test_the_carriers_of_a_class_are_the_words_that_surely_speak_for_it() -> None:
    texts = [explain(f"love it w{i}", {"love": 1 + i % 3 / 10, "it": (-1) ** i, f"w{i}": 9.0}) for i in range(20)]
    others = [explain(f"love {i}", {"love": -5.0}, label=0) for i in range(20)]
    (found,) = carriers([*texts, *others], label=2, min_texts=5, num_top=10)
    assert (found.word, found.num_texts, found.mean) == ("love", 20, pytest.approx(1.095))
    assert found.low < found.mean < found.high


def test_the_interval_of_a_carrier_is_students() -> None:
    weights = [0.5, 0.9, 0.7, 1.1, 0.8]
    (found,) = carriers([explain("love", {"love": weight}) for weight in weights], 2, min_texts=5, num_top=1)
    reach = 2.7764 * np.std(weights, ddof=1) / np.sqrt(5)  # Student's t with 4 degrees of freedom, from a table
    assert (found.low, found.high) == (pytest.approx(0.8 - reach, abs=1e-4), pytest.approx(0.8 + reach, abs=1e-4))


def test_a_word_counts_once_a_text_and_however_it_is_written() -> None:
    texts = [explain("Love love LOVE, end", {"Love": 1.0, "love": 1.0, "LOVE": 1.0, ",": 5.0}, num_chars=15) for _ in range(5)]
    (found,) = carriers(texts, label=2, min_texts=5, num_top=10)
    assert (found.word, found.mean, found.num_texts) == ("love", 3.0, 5)


def reader(texts: Sequence[str]) -> np.ndarray:
    """A model that says positive for ``love``, and looks at nothing else."""
    positive = np.array([0.9 if "love" in text else 0.2 for text in texts])
    return np.column_stack([(1 - positive) / 2, (1 - positive) / 2, positive])


def test_a_true_explanation_passes_the_deletion_check() -> None:
    texts = [explain(f"love a b c d e f g h {i}", {"love": 2.0, "a": 0.1}) for i in range(60)]
    found = delete_words(texts, reader, num_words=1, num_resamples=500, seed=1)
    assert found.fall_strongest == pytest.approx(0.7)
    assert found.fall_random == pytest.approx(0.07, abs=0.1)
    assert found.low > 0.4
    assert found.low < found.gain < found.high


def test_an_explanation_that_says_nothing_about_the_model_does_not() -> None:
    generator = np.random.default_rng(5)
    words = ["love", *"abcdefgh"]
    texts = [explain(" ".join(words), {word: generator.normal() for word in words}) for _ in range(200)]
    found = delete_words(texts, reader, num_words=1, num_resamples=500, seed=1)
    assert found.low < 0 < found.high


def test_words_that_the_model_does_not_read_are_not_deleted() -> None:
    asked: list[str] = []

    def remember(texts: Sequence[str]) -> np.ndarray:
        asked.extend(texts)
        return reader(texts)

    texts = [explain("love a b c unread", {"unread": 9.0}, num_chars=10) for _ in range(20)]
    delete_words(texts, remember, num_words=2, num_resamples=100, seed=1)
    assert len(asked) == 60
    assert all("unread" in text for text in asked)


def test_no_text_is_emptied_and_where_none_is_left_nothing_is_known() -> None:
    found = delete_words([explain("love it", {"love": 1.0}), explain("love", {"love": 1.0})], reader, 5, 100, seed=1)
    assert (found.num_texts, found.fall_strongest) == (1, pytest.approx(0.7))
    empty = delete_words([explain("love", {"love": 1.0})], reader, 5, 100, seed=1)
    assert empty.num_texts == 0
    assert np.isnan(empty.gain)
