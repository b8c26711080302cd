"""Important examples: each is right or named."""

import numpy as np
import pytest
from tests.helpers.behaving import IMPORTANT

from reviewloop.core.behaviour.answers import ask
from reviewloop.core.behaviour.important import in_words, judged, metrics, parse_important
from reviewloop.errors import ConfigError

ENTRY = {"id": "rash", "title": "Bad", "text": "I had a rash.", "expected": "negative", "why": "health", "owner": "safety"}


def answered(answer: int) -> list[dict]:
    return judged(IMPORTANT, ask(lambda texts: np.eye(3)[[answer] * len(texts)], [one.model_text for one in IMPORTANT]))


def test_the_wrong_ones_come_first_are_counted_and_named() -> None:
    found = answered(2)
    wrong = [one["id"] for one in found if not one["right"]]
    assert wrong == [one["id"] for one in found[: len(wrong)]]
    assert "rash_from_dye" in wrong
    assert metrics(found) == {"important.num_wrong": len(wrong), "important.num_cases": len(IMPORTANT)}
    assert f"{len(wrong)} of {len(IMPORTANT)} important examples are wrong" in in_words(found)
    assert "rash_from_dye (said positive, expected negative)" in in_words(found)


def test_neither_answer_alone_is_right_for_all_and_no_answer_is_right_for_none() -> None:
    assert all(metrics(answered(answer))["important.num_wrong"] > 0 for answer in range(3))
    silent = judged(IMPORTANT, ask(lambda texts: np.full((len(texts), 3), np.nan), [one.model_text for one in IMPORTANT]))
    assert metrics(silent)["important.num_wrong"] == len(IMPORTANT)


def test_all_right_is_said_so() -> None:
    examples = parse_important("x", [ENTRY])
    found = judged(examples, ask(lambda texts: np.eye(3)[[0] * len(texts)], ["Bad. I had a rash."]))
    assert in_words(found) == "all 1 right"
    assert metrics(found)["important.num_wrong"] == 0


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ([], "important.yaml: Tuple should have at least 1 item"),
        (None, "important.yaml: a list is expected (- ...) (found nothing)"),
        (
            [{**ENTRY, "expected": "bad"}],
            "important.yaml: 0.expected.0: Input should be 'negative', 'neutral' or 'positive' (found 'bad')",
        ),
        ([ENTRY, {key: value for key, value in ENTRY.items() if key != "owner"}], "important.yaml: 1.owner: Field required"),
        ([{**ENTRY, "text": " "}], "important.yaml: 0.text: "),
        ([{**ENTRY, "title": 12}], "0.title: Input should be a valid string (found 12; put it in quotes)"),
        ([ENTRY, ENTRY], "important.yaml: id: 'rash' stands twice"),
    ],
)
def test_a_slip_of_the_pen_is_one_line(data: object, words: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_important("x", data)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)
