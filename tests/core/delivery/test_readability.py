import pytest

from reviewloop.config import load_config
from reviewloop.core.delivery.readability import common_word_share, letter_share, top_char_share, why_unreadable

CONFIG = load_config("test").quality.readable.model_dump()
COMMON = CONFIG.pop("common_words")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("I love this dress, it's so soft and the fit is perfect", None),
        ("Sooo cute, sooo soft!!!", None),
        ("Runs large", None),
        ("", "few letters"),
        ("12 345 6789", "few letters"),
        ('<div class="r-7"/><br/>', "few letters"),
        ("? ?? ??? ?", "few letters"),
        ("aaaa AAAA aaaa", "one character repeated"),
        ("dieses Kleid ist sehr schön aber leider zu klein", "few common words"),
        ("asdf jkl qwer uiop zxcv bnm", "few common words"),
        ("asdf jkl qwer", None),  # too short to miss the common words
    ],
)
def test_a_text_is_readable_or_says_why_not(text: str, why: str | None) -> None:
    assert why_unreadable(text, COMMON, **CONFIG) == why


def test_the_measures_are_shares_of_what_is_visible() -> None:
    assert letter_share("ab 12") == 0.5
    assert top_char_share("Aab c") == 0.5
    assert common_word_share("The dress, THE!", {"the"}) == pytest.approx(2 / 3)
    assert letter_share(" ") == top_char_share(" ") == common_word_share(" ", {"the"}) == 0.0


def test_the_common_words_are_as_the_rule_reads_them() -> None:
    assert all(word == word.lower() and word.isalpha() for word in COMMON)
    assert len(set(COMMON)) == len(COMMON)
