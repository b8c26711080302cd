"""The error analysis: numbers that can be checked by hand, and a page that strangers cannot write."""

import json
import re
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from tests.helpers.contracts import CONTRACT
from tests.helpers.explained import explain

from reviewloop.config import Config, load_config
from reviewloop.core.dataset.snapshots import model_texts
from reviewloop.core.evaluation.error_analysis import PAIRS, misleading_words, mistakes_by_slice, sampled, surest_mistakes
from reviewloop.core.evaluation.error_report import ErrorReport, error_report, places_to_explain, search_slices
from reviewloop.core.evaluation.evaluation import with_predictions
from reviewloop.pages.errors import sections
from reviewloop.pages.errors.page import error_page
from reviewloop.pages.links import Links

EVIL = "<script>alert(1)</script>"
LINKS = Links(2, job="ab" * 32, siblings={"Bias after training": "bias_after/ab/index.html"})


def predicted(num_rows: int = 900, evil: bool = False) -> pd.DataFrame:
    """Positive reviews of dresses that hold ``but`` are called negative; all others are right."""
    place = np.arange(num_rows)
    label = place % 3
    trap = (label == 2) & (place % 2 == 0)
    text = [
        f"{('awful', 'okay', 'lovely')[kind]} number{i} {'but roomy' if caught else 'and roomy'} {EVIL if evil else ''}"
        for i, kind, caught in zip(place, label, trap, strict=True)
    ]
    reviews = pd.DataFrame(
        {
            "review_id": place, "day": "2026-01-01", "title": pd.array([None] * num_rows, dtype="string"), "text": text,
            "department": np.where(trap, EVIL if evil else "Dresses", "Tops"), "division": "General", "class_name": "Knits",
            "age": 30, "positive_feedback": 0, "rating": 3, "label": label,
        }
    )  # fmt: skip
    said = np.where(trap, 0, label)
    sure = 0.5 + 0.4 * (place / num_rows)
    probabilities = np.full((num_rows, 3), 0.0) + ((1 - sure) / 2)[:, None]
    probabilities[place, said] = sure
    return with_predictions(reviews, probabilities)


def ask(texts: Sequence[str]) -> np.ndarray:
    """The rule of ``predicted``, from the text alone."""
    labels = [0 if "awful" in one or "but" in one else 1 if "okay" in one else 2 for one in texts]
    return np.eye(3)[labels] * 0.7 + 0.1


def report(rows: pd.DataFrame, config: Config | None = None) -> ErrorReport:
    config = config or load_config()
    slices = search_slices(rows, config.contract, config.explain, seed=1)
    texts = model_texts(rows)
    weights = {"but": 2.0, "awful": 2.0, "lovely": -1.0, "okay": 1.0}
    explanations = {
        place: explain(texts[place], weights, label=int(rows["prediction"].iloc[place]))
        for place in places_to_explain(rows, config.explain, slices)
    }
    about = {"kind": "transformer", "job_key": "ab" * 32, "method": "by hand"}
    return error_report(rows, explanations, ask, slices, config, seed=1, **about)


def test_the_surest_mistakes_of_each_kind_come_first() -> None:
    found = surest_mistakes(predicted(90), num_each=2)
    assert found[2, 0] == [86, 80]
    assert [kind for kind, places in found.items() if places] == [(2, 0)]
    assert set(found) == set(PAIRS)


def test_the_sample_takes_every_answer_alike_and_the_same_texts_again() -> None:
    rows = predicted(900)
    places = sampled(rows, 90)
    assert rows["prediction"].iloc[places].value_counts().to_dict() == {0: 30, 1: 30, 2: 30}
    shuffled = rows.sample(frac=1, random_state=3).reset_index(drop=True)
    assert set(shuffled["review_id"].iloc[sampled(shuffled, 90)]) == set(rows["review_id"].iloc[places])


def test_mistakes_are_counted_by_slice_and_kind() -> None:
    found = {(one.facet, one.value): one for one in mistakes_by_slice(predicted(900), CONTRACT, load_config().evaluation)}
    dresses = found["department", "Dresses"]
    assert (dresses.num_rows, sum(dresses.mistakes)) == (150, 150)
    assert dresses.mistakes[PAIRS.index((2, 0))] == 150
    assert sum(found["department", "Tops"].mistakes) == 0


def test_a_slice_too_small_to_judge_is_left_out() -> None:
    assert {
        one.value for one in mistakes_by_slice(predicted(90), CONTRACT, load_config().evaluation) if one.facet == "department"
    } == {"Tops"}


def test_the_words_of_the_mistakes_are_told_within_their_sentiment() -> None:
    found = misleading_words(predicted(900), num_top=5, prior_words=500)
    assert [one.word for one in found["positive"]] == ["but"]
    assert found["negative"] == found["neutral"] == ()


def test_the_report_finds_the_planted_fault() -> None:
    found = report(predicted(900))
    assert (found.num_rows, found.num_mistakes) == (900, 150)
    assert found.matrix == ((300, 0, 0), (0, 300, 0), (150, 0, 150))
    assert {one.rule for one in found.slices.found} <= {"contrast words: 1 or more", "department: Dresses", "department: not Tops"}
    assert len(found.slice_examples[0]) == load_config().explain.slices.num_examples
    assert found.metrics()["explanations.deletion_gain_low"] > 0
    assert found.carriers["negative"][0].word in {"awful", "but"}


def test_the_numbers_are_json_and_what_is_unknown_is_null() -> None:
    rows = predicted(900)
    rows["text"], rows["title"] = "x", None  # nothing can be taken out of one word
    found = json.loads(json.dumps(report(rows).as_json(), allow_nan=False))
    assert found["metrics"]["explanations.deletion_gain"] is None
    assert found["metrics"]["explanations.num_texts"] == 0
    assert (found["num_rows"], found["num_mistakes"]) == (900, 150)
    assert found["surest"][0]["explanation"]["text"] == "x"


def test_the_page_tells_what_matters_first() -> None:
    page = error_page(report(predicted(900)), LINKS)
    first = page[: page.index("<section")]
    assert "150 of 300 positive reviews (50%) are said to be negative. That is 100% of all mistakes." in first
    assert re.search(r"<b>150</b><span>mistakes, 16.7%", first)
    assert "The worst slice: " in first
    assert "The explanations hold" in first
    assert first.index('<span class="mark none">16.7% wrong</span>') < first.index("150 of 300")
    assert '<a href="../../bias_after/ab/index.html">Bias after training</a>' in first
    anchors = set(re.findall(r'id="([a-z]+)"', page))
    assert set(re.findall(r'href="#([a-z]+)"', page)) == anchors


def test_explanations_that_fail_their_check_are_called_that() -> None:
    rows, config = predicted(900), load_config()
    slices = search_slices(rows, config.contract, config.explain, seed=1)
    texts = model_texts(rows)
    wrong = {
        place: explain(texts[place], {"roomy": 2.0, "and": 1.9}, label=int(rows["prediction"].iloc[place]))
        for place in places_to_explain(rows, config.explain, slices)
    }
    one_word = config.model_copy(update={"explain": config.explain.model_copy(update={"num_deleted": 1})})
    about = {"kind": "transformer", "job_key": "ab" * 32, "method": "by hand"}
    assert "not to be trusted" in error_page(error_report(rows, wrong, ask, slices, one_word, seed=1, **about), LINKS)


def test_a_model_without_a_mistake_has_a_page_too() -> None:
    rows = predicted(900)
    rows["prediction"] = rows["label"]
    page = error_page(report(rows), LINKS)
    assert "No answer is wrong." in page
    assert "No slice is proven to be worse than the rest" in page


@pytest.mark.parametrize("num_rows", [3, 90, 900])
def test_nothing_from_the_data_becomes_markup_and_nothing_is_fetched(num_rows: int) -> None:
    page = error_page(report(predicted(num_rows, evil=True)), LINKS)
    assert "<script" not in page
    assert "&lt;" in page
    assert not re.search(r'(src|href)=(?!"#|"\.\./)|url\(|@import', page)


def test_a_section_that_cannot_be_made_leaves_the_others_on_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sections, "_mistake", lambda mistake: mistake.nothing)
    page = error_page(report(predicted(900)), LINKS)
    assert "The surest mistakes: this part could not be shown" in page
    assert "Words that carry each sentiment" in page
    assert "The explanations hold" in page
