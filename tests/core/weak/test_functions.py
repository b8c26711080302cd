"""A labelling function is a file; it sees title and text, and a slip of the pen is an error that names it."""

import inspect
from typing import Any

import numpy as np
import pytest

from reviewloop.core.weak.functions import ABSTAINS, parse_functions, votes_of
from reviewloop.core.weak.heuristics import HEURISTICS
from reviewloop.core.weak.review import Review
from reviewloop.errors import ConfigError

ABOUT: dict[str, Any] = {"owner": "customer care", "version": 1, "description": "It came back.", "answers": "negative"}
RETURNED = ABOUT | {"keywords": {"any_of": ["sent it back", "refund*"], "none_of": ["never sent"]}}
SHOUTS = ABOUT | {"answers": "positive", "pattern": {"regex": r"!{2,}", "part": "title"}}
TORN = ABOUT | {
    "answers": "neutral",
    "heuristic": {"name": "both_sides", "parameters": {"praise": ["pretty"], "blame": ["thin"], "turns": ["but"]}},
}


def said(data: dict[str, Any], title: str | None, text: str) -> int:
    return int(votes_of(parse_functions("shop", {"one": data}), [title], [text])[0, 0])


@pytest.mark.parametrize(
    ("data", "title", "text", "vote"),
    [
        (RETURNED, None, "I SENT it, back!", 0),
        (RETURNED, None, "They refunded me", 0),
        (RETURNED, None, "I prefunded it", ABSTAINS),  # a keyword begins where a word does
        (RETURNED, None, "I sent it backwards", ABSTAINS),  # and ends where one does
        (RETURNED, "Refund", "fine", 0),
        (RETURNED, None, "I never sent it back", ABSTAINS),
        (SHOUTS, "So nice!!", "fine", 2),
        (SHOUTS, "So nice", "fine!!", ABSTAINS),
        (SHOUTS, None, "fine!!", ABSTAINS),
        (TORN, None, "Pretty, but thin", 1),
        (TORN, None, "But it is thin and pretty", ABSTAINS),
        (TORN, None, "", ABSTAINS),
    ],
)
def test_what_a_rule_finds(data, title, text, vote):
    assert said(data, title, text) == vote


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"owner": None}, "owner"),
        ({"version": 0}, "version"),
        ({"answers": "angry"}, "answers"),
        ({"pattern": {"regex": "x"}}, "keywords and pattern given; give exactly one of keywords, pattern, heuristic"),
        ({"keywords": None}, "no rule given"),
        ({"keywords": {"any_of": ["!!"]}}, "'!!' has no letter and no digit"),
        ({"keywords": {"any_of": []}}, "any_of"),
        ({"keywords": {"any_of": ["x"], "part": "rating"}}, "'title', 'text' or 'both'"),
        ({"keywords": None, "pattern": {"regex": "("}}, "no regular expression"),
        ({"keywords": None, "pattern": {"regex": "x*"}}, "finds something in an empty review"),
        ({"keywords": None, "heuristic": {"name": "guess"}}, "no heuristic 'guess'; known: both_sides, exclaims, leaning"),
        ({"keywords": None, "heuristic": {"name": "exclaims", "parameters": {"loud": 1}}}, "unexpected keyword argument 'loud'"),
        ({"keywords": None, "heuristic": {"name": "exclaims", "parameters": {"at_least": 0}}}, "in an empty review"),
        ({"rating": 1}, "rating"),
        ({"name": "other"}, "the file's name is it"),
    ],
)
def test_a_slip_of_the_pen_is_one_line_that_names_file_and_field(change, words):
    with pytest.raises(ConfigError) as caught:
        parse_functions("shop", {"returned": RETURNED | change})
    message = str(caught.value)
    assert "labelling/shop: returned.yaml" in message
    assert words in message
    assert "\n" not in message


def test_no_function_has_the_rating_or_the_champion_to_read():
    assert set(inspect.signature(votes_of).parameters) == {"functions", "titles", "texts"}
    assert set(Review.__dataclass_fields__) == {"title", "text"}
    for name, rule in HEURISTICS.items():
        assert next(iter(inspect.signature(rule, eval_str=True).parameters.values())).annotation is Review, name


def test_a_pattern_without_an_end_stops_with_a_line_and_not_with_the_day(monkeypatch):
    monkeypatch.setattr("reviewloop.core.weak.rules.PATTERN_SECONDS", 0.05)
    endless = ABOUT | {"pattern": {"regex": "(a|aa)+$"}}
    with pytest.raises(ConfigError, match="write it without nested repetitions"):
        said(endless, None, "a" * 60 + "!")


def test_votes_are_a_row_a_review_and_a_column_a_function_in_the_order_of_their_names():
    functions = parse_functions("shop", {"z": RETURNED, "a": SHOUTS})
    assert [one.name for one in functions] == ["a", "z"]
    votes = votes_of(functions, ["Yes!!", None], ["sent it back", "fine"])
    assert np.array_equal(votes, [[2, 0], [ABSTAINS, ABSTAINS]])
    assert votes_of(functions, [], []).shape == (0, 2)
