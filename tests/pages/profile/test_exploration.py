"""The page on what the reviews are about."""

from dataclasses import replace

import pytest

from reviewloop.core.profile.exploration import Cluster, Example, Exploration, Tried
from reviewloop.core.statistics.keywords import Keyword
from reviewloop.pages.links import Links
from reviewloop.pages.profile.exploration import exploration_page, map_figures

LINKS = Links(depth=3, day="2026-01-01")


def of_exploration(name: str = "wool") -> Exploration:
    """Two clusters; ``name`` is every word, title and text."""
    words = (Keyword(name, 9.0, 30, 2), Keyword("warm", 4.0, 20, 5))
    examples = (Example(7, name, f"{name} is warm", "positive"), Example(8, "", name, "negative"))
    shares = ({"negative": 0.5, "neutral": 0.25, "positive": 0.25}, {"negative": 0.0, "neutral": 0.0, "positive": 1.0})
    clusters = tuple(Cluster(number, 60 // number, shares[number - 1], words, examples) for number in (1, 2))
    tried = (Tried(2, 0.31), Tried(3, 0.2))
    places = ((0.0, 0.0), (1.0, 2.0), (9.0, 9.0))
    return Exploration(120, 90, shares[0], tried, clusters, 3, places, (1, 1, 2), (0, 2, 2))


def test_clusters_words_examples_and_the_choice_are_shown() -> None:
    found = of_exploration()
    page = exploration_page(found, map_figures(found), LINKS)
    for part in (
        "1: wool, warm", "2: wool, warm", "of 120 texts of train and validation", "50.0%", "wool is warm", "positive, review 7",
        "0.3100", "0.2000", "all texts", "parted clearly", "The sealed parts were not looked at.",
    ):  # fmt: skip
        assert part in page, part
    assert page.count('src="data:image/svg+xml;base64,') == 2
    assert '<meta name="verdict" content="none: 2 clusters">' in page


def test_clusters_that_touch_are_called_that() -> None:
    found = replace(of_exploration(), tried=(Tried(2, 0.05),))
    assert "they run into each other, and their borders mean little" in exploration_page(found, {}, LINKS)


def test_too_few_texts_are_a_page_too() -> None:
    nothing = Exploration(9, 9, {}, (), (), 0, (), (), ())
    assert map_figures(nothing) == {}
    page = exploration_page(nothing, {}, LINKS)
    assert "9 different texts; 120 with words in common are needed" in page


def test_the_same_map_gives_the_same_bytes() -> None:
    found = of_exploration()
    first, second = map_figures(found), map_figures(found)
    assert first == second
    assert all(isinstance(one, bytes) for one in first.values())


def test_a_map_that_cannot_be_drawn_leaves_the_rest() -> None:
    page = exploration_page(of_exploration(), {"map_sentiments": ValueError("no <map>")}, LINKS)
    assert "no &lt;map&gt;" in page
    assert "1: wool, warm" in page


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>'])
def test_words_and_reviews_are_text(hostile: str) -> None:
    found = of_exploration(hostile)
    page = exploration_page(found, map_figures(found), LINKS)
    assert "<script" not in page
    assert "<img src=x" not in page
