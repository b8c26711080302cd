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
        ("I don\u00e2\u20ac\u2122t love this dress", "decoded wrongly"),
        ("I don\ufffdt love this dress", "decoded wrongly"),
        ("\u200b\u2060", "few letters"),
        ("I lo\u0301\u0301\u0301ve this dress, it is so soft", None),  # accents count with their letters
        ("So soft \U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466", None),
        ("\u0928\u092e\u0938\u094d\u0924\u0947 \u0926\u0941\u0928\u093f\u092f\u093e", None),
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
