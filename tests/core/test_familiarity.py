"""What a model may not be believed on is told, and a review like those that it learnt from is not."""

import time
from pathlib import Path

import pytest
import yaml

from reviewloop.core.familiarity import COMMON, MIN_UNKNOWN, notes
from reviewloop.core.texts import vocabulary, words
from reviewloop_local.sample.reviews import make_reviews
from reviewloop_local.studies import familiarity_study

REVIEW = "This is a lovely dress, but the zipper broke and I had to send it back after one day."
KNOWN = frozenset(words(REVIEW)) | COMMON


def test_a_review_like_the_others_has_no_note() -> None:
    assert notes(REVIEW, KNOWN) == []
    assert notes("", KNOWN) == notes("!!! 5/5", KNOWN) == []


def test_another_subject_is_unlike_and_still_english() -> None:
    text = "The router drops its wireless connection and the firmware update bricked it after one day."
    assert notes(text, KNOWN) == ["unlike_training"]


def test_a_few_names_and_misspelt_words_are_nothing() -> None:
    few = " ".join(["Retailr", "peplm", "zzz"][: MIN_UNKNOWN - 1])
    assert notes(f"Lovely {few}", KNOWN) == []
    assert notes(REVIEW + " Retailr peplm zzz", KNOWN) == []


@pytest.mark.parametrize("known", [KNOWN, None])
def test_another_script_is_seen_without_the_words_too(known: frozenset[str] | None) -> None:
    assert "not_english" in notes("Платье красивое, но размер слишком маленький", known)
    assert notes("Très joli, café crème, naïve", None) == []


def test_without_the_words_of_the_training_part_nothing_is_claimed_of_latin_text() -> None:
    assert notes("Das Kleid ist wunderschön, aber leider viel zu klein", None) == []


def test_foreign_sentences_are_seen_and_the_sample_reviews_are_not() -> None:
    frame = make_reviews()
    texts = frame["Review Text"].dropna().astype(str).tolist()
    found = familiarity_study.study(texts)
    assert found.num_foreign >= 180
    assert found.not_english / found.num_foreign > 0.95
    assert found.unlike == found.num_foreign
    assert found.false_notes <= 0.001 * found.num_reviews


def test_it_takes_less_than_a_tenth_of_a_millisecond_a_review() -> None:
    known = frozenset(vocabulary([REVIEW], 1))
    long = REVIEW + " " + "the sleeves are long and it was worn once " * 6

    def took() -> float:
        started = time.thread_time()
        for _ in range(500):
            notes(long, known)
        return (time.thread_time() - started) / 500

    assert min(took() for _ in range(3)) < 0.1e-3
    assert min(took_of("é" * 10_000, known) for _ in range(3)) < 2e-3


def took_of(text: str, known: frozenset[str]) -> float:
    started = time.thread_time()
    notes(text, known)
    return time.thread_time() - started


def test_the_sentences_of_the_study_are_many_and_each_is_one_of_its_language() -> None:
    folder = Path(familiarity_study.__file__).parent
    for name in ("foreign_reviews.yaml", "other_english.yaml"):
        lines = [line for group in yaml.safe_load((folder / name).read_text(encoding="utf-8")).values() for line in group]
        assert all(isinstance(line, str) and line.strip() for line in lines)
        assert len(set(lines)) == len(lines)
