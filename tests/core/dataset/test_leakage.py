"""What leaks is found, named, and never found where it is not."""

import pandas as pd
import pytest

from reviewloop.core.dataset.leakage import find_leakage
from reviewloop.core.dataset.shingles import near_matches

LONG = "the dress fits me well and the colour is as bright as in the picture so i kept it"


def frame(*texts: str, first_id: int = 0) -> pd.DataFrame:
    return pd.DataFrame({"review_id": range(first_id, first_id + len(texts)), "text": texts})


def test_a_shared_text_is_counted_however_it_is_written_and_once() -> None:
    sealed = frame("Lovely dress!", "lovely  DRESS", "Too small", "fits")
    clean = find_leakage(sealed, {"train": frame("a lovely dress"), "validation": frame("other")}, 0.8)
    assert (clean.num_shared_texts, clean.num_near_duplicates, clean.examples) == (0, 0, ())
    leaked = find_leakage(sealed, {"train": frame("LOVELY dress.", "LOVELY dress."), "validation": frame("too small", "x")}, 0.8)
    assert leaked.num_shared_texts == 2
    assert leaked.metrics() == {"leakage.num_shared_texts": 2, "leakage.num_near_duplicates": 0}


def test_a_near_copy_is_counted_apart_and_shown_with_its_part() -> None:
    sealed = frame("nothing like it at all", LONG, "a third text of some words", first_id=100)
    known = {"train": frame("quite another review of trousers"), "validation": frame(f"{LONG} again", first_id=7)}
    found = find_leakage(sealed, known, 0.8)
    assert (found.num_shared_texts, found.num_near_duplicates) == (0, 1)
    (copy,) = found.examples
    assert (copy.sealed_review_id, copy.review_id, copy.part) == (101, 7, "validation")
    assert copy.similarity == pytest.approx(17 / 18)
    assert found.as_json()["examples"][0]["text"].startswith("the dress fits")
    assert find_leakage(sealed, known, 0.95).num_near_duplicates == 0


def test_a_sealed_text_with_many_near_copies_counts_once_and_a_shared_one_is_not_near_too() -> None:
    known = {"train": frame(LONG, *(f"{LONG} {word}" for word in ("a", "b", "c", "d", "e", "f")))}
    found = find_leakage(frame(LONG, f"{LONG} indeed"), known, 0.8)
    assert (found.num_shared_texts, found.num_near_duplicates) == (1, 1)
    assert len(found.examples) == 5
    assert [copy.similarity for copy in found.examples] == sorted((copy.similarity for copy in found.examples), reverse=True)


def test_matches_are_those_of_the_two_lists_only() -> None:
    texts, others = [LONG, "ok", LONG + " one"], ["", LONG.upper(), "something else entirely here"]
    found = [(a, b) for first, second, _ in near_matches(texts, others, 0.5) for a, b in zip(first, second, strict=True)]
    assert sorted(found) == [(0, 1), (2, 1)]
    assert list(near_matches(["a b"], ["c d"], 0.5)) == []
    assert [len(first) for first, _, _ in near_matches([], others, 0.5)] == []
