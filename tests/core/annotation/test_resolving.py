import math
from dataclasses import replace

import pytest
from sklearn.metrics import cohen_kappa_score

from reviewloop.config import load_config
from reviewloop.core.annotation.answers import Answer
from reviewloop.core.annotation.items import Kind
from reviewloop.core.annotation.resolving import agreements, contradicted, resolve
from reviewloop.core.statistics.proportions import wilson

RELEASE = load_config().release


def said(by: str, label: str, text: str = "a", kind: Kind = "unsure", event: int = 1) -> Answer:
    return Answer(f"r{text}", "2026-01-01", 1, text, kind, "positive", label, by, "2026-02-01T10:00:00+00:00", "1-ab", event)


def label(*answers: Answer) -> tuple[str | None, bool]:
    found = resolve(answers, RELEASE)["a"]
    return found.label, found.is_disputed


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([("ada", "negative")], ("negative", False)),
        ([("ada", "negative"), ("bob", "negative")], ("negative", False)),
        ([("ada", "negative"), ("bob", "neutral")], (None, True)),
        ([("ada", "negative"), ("bob", "neutral"), ("cy", "neutral")], ("neutral", False)),
        ([("ada", "negative"), ("bob", "neutral"), ("cy", "positive")], (None, True)),
        ([("ada", "unclear")], (None, False)),
        ([("ada", "unclear"), ("bob", "negative")], ("negative", False)),
        ([("ada", "negative"), ("bob", "neutral"), ("cy", "unclear")], (None, True)),
        ([("ada", "negative"), ("ada", "neutral")], ("neutral", False)),
        ([("ada", "negative"), ("bob", "neutral"), ("bob", "negative")], ("negative", False)),
        ([("ada", "negative"), ("Ada", "neutral")], ("neutral", False)),
        ([("Lovelace, Ada", "neutral"), ("bob", "negative"), ("Ada Lovelace", "negative")], ("negative", False)),
    ],
)
def test_most_people_decide_and_two_at_odds_decide_nothing(
    answers: list[tuple[str, str]], expected: tuple[str | None, bool]
) -> None:
    assert label(*(said(*one) for one in answers)) == expected


def test_what_a_person_said_last_counts_also_where_an_older_file_was_read_later() -> None:
    second_thought = replace(said("ada", "neutral", event=1), answered_at="2026-02-02T09:00:00+01:00")
    old_file = replace(said("Ada", "negative", event=2), answered_at="2026-02-02T07:30:00+00:00")
    assert label(second_thought, old_file) == ("neutral", False)
    assert label(old_file, replace(second_thought, answered_at="2026-02-02T08:00:00+01:00")) == ("negative", False)


def test_texts_are_told_apart() -> None:
    found = resolve([said("ada", "negative"), said("ada", "positive", "b")], RELEASE)
    assert {digest: one.label for digest, one in found.items()} == {"a": "negative", "b": "positive"}


def test_kappa_is_cohens_on_what_both_have_labelled() -> None:
    first, second = "nnnnppppuuuu", "nnnpppppuunu"
    words = {"n": "negative", "p": "positive", "u": "neutral"}
    answers = [said("ada", words[one], str(at)) for at, one in enumerate(first)]
    answers += [said("bob", words[one], str(at)) for at, one in enumerate(second)]
    answers += [said("ada", "negative", "alone"), said("ada", "unclear", "x"), said("bob", "negative", "x")]
    (pair,) = agreements(resolve(answers, RELEASE))
    assert (pair.first, pair.second, pair.num_texts, pair.num_alike) == ("ada", "bob", 12, 10)
    assert pair.kappa == pytest.approx(cohen_kappa_score(list(first), list(second)))
    assert pair.kappa == pytest.approx((10 / 12 - 1 / 3) / (1 - 1 / 3), abs=0.01)


def test_where_luck_would_agree_on_everything_kappa_says_nothing() -> None:
    (pair,) = agreements(resolve([said("ada", "negative"), said("bob", "negative")], RELEASE))
    assert (pair.num_alike, pair.kappa) == (1, None)
    assert agreements(resolve([said("ada", "negative"), said("bob", "unclear")], RELEASE)) == []


def test_random_texts_alone_say_how_often_the_rating_is_contradicted() -> None:
    answers = [said("ada", "positive" if at else "negative", str(at), "random") for at in range(10)]
    answers += [said("ada", "negative", f"u{at}", "unsure") for at in range(50)]
    answers += [said("ada", "unclear", "x", "random")]
    count, num, share = contradicted(resolve(answers, RELEASE))
    assert (count, num) == (1, 10)
    assert (share.value, share.low, share.high) == (0.1, *wilson(1, 10))
    assert math.isnan(contradicted({})[2].value)
