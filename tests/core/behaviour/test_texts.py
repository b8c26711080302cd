"""Templates and changes: whole words, in the writer's case, the same for the same seed."""

import random

import pytest

from reviewloop.core.behaviour.perturbations import both_sides, lower_case, no_punctuation, swap_words, typos, with_sentence
from reviewloop.core.behaviour.templates import fill, fillings, slots, two_versions

LISTS = {"thing": ["dress", "coat", "hat"], "good": ["lovely", "soft"]}
COLORS = [["black", "white", "red"]]
PAIRS = [("my daughter", "my grandmother"), ("xs", "xl"), ("she", "he")]


def test_every_filling_is_drawn_once_and_no_more_than_asked() -> None:
    every = fillings("a {good} {thing}, my {thing}", LISTS, 99, random.Random(1))
    assert len(every) == len(set(every)) == 6
    assert "A soft hat, my hat" in every
    few = fillings("a {good} {thing}, my {thing}", LISTS, 4, random.Random(1))
    assert len(few) == 4
    assert set(few) < set(every)
    assert fillings("no slot", LISTS, 5, random.Random(1)) == ["No slot"]


def test_a_slot_is_one_word_wherever_it_stands() -> None:
    assert slots("{a} and {b}", "{a}") == ("a", "b")
    assert fill("{a} and {a}", {"a": "this"}) == "This and this"


def test_two_versions_differ_in_every_slot() -> None:
    for seed in range(50):
        first, second = two_versions("{good} {thing}", LISTS, random.Random(seed))
        assert not {word.lower() for word in first.split()} & {word.lower() for word in second.split()}
    with pytest.raises(ValueError, match="Sample larger than population"):
        two_versions("{one}", {"one": ["same", "same"]}, random.Random(1))


def test_a_sentence_is_set_off_from_the_review() -> None:
    assert with_sentence("Nice", "But it ripped.") == "Nice. But it ripped."
    assert with_sentence("Nice!", "But it ripped.") == "Nice! But it ripped."


def test_words_become_others_of_their_group_in_the_writers_case() -> None:
    for seed in range(20):
        changed = swap_words("Black with BLACK and black; white", COLORS, random.Random(seed))
        assert changed in {"White with WHITE and white; red", "Red with RED and red; black"}


@pytest.mark.parametrize("text", ["off-white, blackish", "jet-black-ish", "reds", "", "white's", "nothing here"])
def test_a_part_of_a_word_is_left_alone(text: str) -> None:
    assert swap_words(text, COLORS, random.Random(1)) is None


def test_the_longest_word_of_a_place_counts_and_numbers_stay_whole() -> None:
    groups = [["size 1", "size 12"], ["a size 1", "a size 2"]]
    assert swap_words("size 12 it is", groups, random.Random(1)) == "size 1 it is"
    assert swap_words("I took a size 1.", groups, random.Random(1)) == "I took a size 2."
    assert swap_words("size 1.5, size 1-2", groups, random.Random(1)) is None


def test_contractions_go_both_ways() -> None:
    pairs = [["don't", "do not"], ["it's", "it is"]]
    assert swap_words("It's fine, I do not mind", pairs, random.Random(1)) == "It is fine, I don't mind"


def test_both_sides_of_a_text_stand_in_the_order_of_the_groups() -> None:
    assert both_sides("My daughter has an XS", PAIRS) == ("My daughter has an XS", "My grandmother has an XL")
    assert both_sides("He likes it", PAIRS) == ("She likes it", "He likes it")


@pytest.mark.parametrize("text", ["My daughter and my grandmother", "xs or xl", "the shed", "", "no one"])
def test_a_text_of_neither_side_or_of_both_has_no_other_side(text: str) -> None:
    assert both_sides(text, PAIRS) is None
    assert both_sides(text, []) is None


def test_a_typo_exchanges_inner_letters_of_two_long_words_and_nothing_else() -> None:
    text = "Gorgeous dress that flatters my shape"
    for seed in range(30):
        changed = typos(text, random.Random(seed))
        assert changed is not None
        pairs = [(old, new) for old, new in zip(text.split(), changed.split(), strict=True) if old != new]
        assert len(pairs) == 2
        for old, new in pairs:
            assert len(old) >= 5
            assert sorted(old) == sorted(new)
            assert (old[0], old[-1]) == (new[0], new[-1])
    assert typos("a top i see", random.Random(1)) is None
    assert typos("aooooa", random.Random(1)) is None


def test_case_and_punctuation_go_and_numbers_stay() -> None:
    assert lower_case("Love IT", random.Random(1)) == "love it"
    assert lower_case("love it", random.Random(1)) is None
    assert no_punctuation("Nice, 5.5 oz; I'm happy. Yes!", random.Random(1)) == "Nice 5.5 oz I'm happy Yes!"
    assert no_punctuation("nothing", random.Random(1)) is None
    assert no_punctuation("...", random.Random(1)) is None
