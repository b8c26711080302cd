"""What complaints are about: each text once, whatever its case."""

from tests.helpers.watched_products import CONFIG

from reviewloop.core.products.themes import OTHER, Lexicon

LEXICON = Lexicon(CONFIG.themes, telling=["disappointed", "small"])


def test_a_text_counts_once_for_a_theme_and_once_for_a_word() -> None:
    found = LEXICON.themes(["Too small, way too SMALL. And tight!", "the fabric is itchy", "it never fits", "lovely"])
    assert [(one.name, one.num_texts, one.words) for one in found] == [
        ("size and fit", 2, ("fits", "small", "tight")), ("fabric", 1, ("fabric", "itchy"))
    ]  # fmt: skip


def test_what_the_champion_hears_and_no_theme_has_comes_last() -> None:
    found = LEXICON.themes(["disappointed", "so disappointed", "Disappointed by the fabric"])
    assert [(one.name, one.num_texts) for one in found] == [("fabric", 1), (OTHER, 3)]


def test_the_places_of_the_words_are_told() -> None:
    text = "It’s thin and expensive"
    assert {text[start:end]: said for (start, end), said in LEXICON.spoken(text).items()} == {
        "thin": ("fabric", "thin"), "expensive": ("price", "expensive")
    }  # fmt: skip


def test_a_word_is_whole_unless_it_ends_with_a_star() -> None:
    assert LEXICON.themes(["smaller thinness unfit"]) == ()
    assert LEXICON.themes(["fitting"])[0].words == ("fitting",)
