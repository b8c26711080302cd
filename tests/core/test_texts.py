import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewloop.core.texts import model_text, normalise, text_digest, vocabulary, words


@pytest.mark.parametrize(
    ("title", "text", "expected"),
    [
        (None, "It fits.", "It fits."),
        ("", "It fits.", "It fits."),
        ("Lovely", "It fits.", "Lovely. It fits."),
        ("Lovely!", "It fits.", "Lovely! It fits."),
        (" Two\nlines ", "It\n\n fits.\t", "Two lines. It fits."),
    ],
)
def test_a_model_reads_title_and_text_as_one_line(title: str | None, text: str, expected: str) -> None:
    assert model_text(title, text) == expected


@pytest.mark.parametrize(
    "other",
    ["i love it so much", "I LOVE it -- so much!!", "  I love\nit, so much. ", "Ｉ love it so much", "I_love_it so\u00a0much"],
)
def test_case_unicode_form_punctuation_and_space_make_no_other_text(other: str) -> None:
    assert text_digest(other) == text_digest("I love it so much")


@pytest.mark.parametrize("other", ["I loved it so much", "I love it so much 2", "I loveit so much"])
def test_another_word_makes_another_text(other: str) -> None:
    assert text_digest(other) != text_digest("I love it so much")


@settings(deadline=None)
@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


@settings(deadline=None)
@given(st.text(), st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
def test_the_unicode_form_of_a_text_does_not_matter_to_its_composed_characters(text: str, form: str) -> None:
    composed = unicodedata.normalize("NFC", text)
    assert normalise(unicodedata.normalize(form, composed)) == normalise(composed)


def test_the_digest_of_a_text_never_changes() -> None:
    assert text_digest("It fits!") == "1082c4efbf64fd330cc7b966bbf9600d04af8c9cab26fff6ebea6569110aea4b"  # of "it fits"


def test_words_are_those_of_the_normalised_text() -> None:
    assert words("It's SO soft, 100% cotton") == ["it", "s", "so", "soft", "100", "cotton"]


def test_a_word_seen_once_is_not_in_the_vocabulary() -> None:
    assert vocabulary(["Soft, soft dress", "a dress", "scratchy"]) == ["dress", "soft"]
