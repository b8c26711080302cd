"""What an owner writes: a slip of the pen is one clear line, and a test that could never fail is refused."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from reviewloop.core.behaviour.suite import parse_suite
from reviewloop.errors import ConfigError

Damage = Callable[[dict[str, Any]], Any]

FILES: dict[str, Any] = {
    "words": {"thing": ["dress", "coat"], "good": ["lovely"]},
    "minimum_functionality": {"praise": {"about": "a", "cases": [{"expected": "positive", "templates": ["A {good} {thing}."]}]}},
    "invariance": {"things": {"about": "a", "swap": [["dress", "coat"]], "add": ["It is a {thing}."]}},
    "directional": {
        "rips": {
            "about": "a", "add": ["It ripped.", ["Fine.", "Bad."]], "labels": ["positive"], "sentiment": "negative", "must": "rise"
        }
    },
    "flips": {"age": {"about": "a", "groups": ["young", "old"], "swap": [["my son", "my father"]]}},
}  # fmt: skip


def change(file: str, entry: str, **values: Any) -> Damage:
    return lambda data: data[file][entry].update(values)


def damaged(damage: Damage) -> dict[str, Any]:
    data = copy.deepcopy(FILES)
    damage(data)
    return data


def test_a_sentence_alone_and_a_pair_are_both_pairs_and_one_expected_sentiment_is_a_list() -> None:
    suite = parse_suite("x", FILES)
    assert suite.directional["rips"].add == (("", "It ripped."), ("Fine.", "Bad."))
    assert suite.minimum_functionality["praise"].cases[0].expected == ("positive",)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda data: data.pop("flips"), "flips.yaml: Field required"),
        (lambda data: data.update(flip=1), "flip.yaml: Extra inputs are not permitted"),
        (lambda data: data.update(words=None), "words.yaml: entries by name are expected (name: ...) (found nothing)"),
        (lambda data: data.update(invariance={}), "invariance.yaml: Dictionary should have at least 1 item"),
        (
            lambda data: data["words"].update(age=["19", 24]),
            "words.yaml: age.1: Input should be a valid string (found 24; put it in q",
        ),
        (
            lambda data: data["words"].update(answer=[True]),
            "words.yaml: answer.0: Input should be a valid string (found True; put it",
        ),
        (lambda data: data["words"].update(empty=[]), "words.yaml: empty: Tuple should have at least 1 item"),
        (lambda data: data["invariance"].update({"Big One": FILES["invariance"]["things"]}), "invariance.yaml: Big One"),
        (change("minimum_functionality", "praise", abuot="x"), "minimum_functionality.yaml: praise.abuot: Extra inputs"),
        (
            lambda data: data["minimum_functionality"]["praise"]["cases"][0].update(expected="postive"),
            "praise.cases.0.expected.0: Input should be 'negative', 'neutral' or 'positive' (found 'postive')",
        ),
        (
            lambda data: data["minimum_functionality"]["praise"]["cases"][0].update(expected=["negative", "neutral", "positive"]),
            "praise.cases.0.expected: Value should have at most 2 items",
        ),
        (
            lambda data: data["minimum_functionality"]["praise"]["cases"][0].update(templates=["A {god} dress"]),
            "minimum_functionality.praise: no list 'god' in words.yaml; known: good, thing",
        ),
        (
            lambda data: data["minimum_functionality"]["praise"]["cases"][0].update(templates=["A {Good} dress"]),
            "'A {Good} dress' has a brace that is no {slot}",
        ),
        (
            change("invariance", "things", change=["typos"]),
            "invariance.yaml: things: Value error, give either change, or swap and add",
        ),
        (change("invariance", "things", swap=[], add=[]), "give either change, or swap and add"),
        (change("invariance", "things", swap=[], add=[], change=["rot13"]), "'typos', 'lower_case' or 'no_punctuation'"),
        (change("invariance", "things", swap=[["dress"]]), "things.swap.0: Tuple should have at least 2 items"),
        (change("invariance", "things", swap=[["dress", "coat"], ["Coat", "hat"]]), "swap: 'coat' stands twice"),
        (change("invariance", "things", add=["It is new."]), "'It is new.' has no {slot}"),
        (change("invariance", "things", add=["It is {good}."]), "words.yaml has only one 'good'"),
        (
            change("directional", "rips", must="fall"),
            "directional.yaml: rips.must: Input should be 'rise' or 'not fall' (found 'fall')",
        ),
        (change("directional", "rips", labels=[]), "rips.labels: Tuple should have at least 1 item"),
        (change("directional", "rips", add=["The {part} ripped."]), "directional.rips: no list 'part'"),
        (change("directional", "rips", add=[["one", "two", "three"]]), "rips.add.0"),
        (change("flips", "age", swap=[]), "flips.yaml: age: Value error, give swap, add or both"),
        (change("flips", "age", swap=[["my son", "My Son"]]), "swap: 'my son' stands twice"),
        (change("flips", "age", add=[["I am 20.", "I am 20."]]), "both of a pair are 'I am 20.'"),
        (change("flips", "age", groups=["old", "old"]), "both of a pair are 'old'"),
        (change("flips", "age", groups=["old"]), "flips.yaml: age.groups"),
        (change("flips", "age", add=[["I am {age}.", "I am old."]]), "flips.age: no list 'age'"),
    ],
)
def test_a_slip_of_the_pen_is_one_line_that_names_file_entry_and_field(damage: Damage, words: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_suite("x", damaged(damage))
    assert words in str(refused.value)
    assert str(refused.value).startswith("behaviour/x: ")
    assert "\n" not in str(refused.value)
