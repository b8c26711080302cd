"""What counts as passed, how sure a rate is, and that what was not seen is not a pass."""

import json

import numpy as np
import pytest
from tests.helpers.behaving import CONFIG, SUITE, Reader, reviews

from reviewloop.config import GateConfig
from reviewloop.core.behaviour import flips, verdicts
from reviewloop.core.behaviour.answers import NO_ANSWER, Answers, ask
from reviewloop.core.behaviour.cases import Case, FlipPair, build_cases, build_flips
from reviewloop.core.gates import gates
from reviewloop.core.statistics.proportions import rate
from reviewloop.errors import PermanentError

ROWS = {
    "bad": [0.8, 0.15, 0.05], "worse": [0.9, 0.08, 0.02], "so so": [0.2, 0.6, 0.2], "good": [0.1, 0.2, 0.7],
    "a bit less good": [0.105, 0.21, 0.685], "sure": [0.001, 0.004, 0.995], "broken": [np.nan, 0.5, 0.5],
}  # fmt: skip
ANSWERS = Answers({text: np.array(row) for text, row in ROWS.items()})


@pytest.mark.parametrize(
    ("case", "passed"),
    [
        (Case("mft", "x", "bad", expected=("negative",)), True),
        (Case("mft", "x", "so so", expected=("negative", "neutral")), True),
        (Case("mft", "x", "good", expected=("negative", "neutral")), False),
        (Case("inv", "x", "worse", "bad"), True),
        (Case("inv", "x", "so so", "bad"), False),
        (Case("dir", "x", "bad", "good", ("negative",), "rise"), True),
        (Case("dir", "x", "a bit less good", "good", ("negative",), "rise"), False),
        (Case("dir", "x", "a bit less good", "good", ("positive",), "not fall"), True),
        (Case("dir", "x", "so so", "good", ("positive",), "not fall"), False),
        (Case("dir", "x", "sure", "sure", ("positive",), "rise"), True),
        (Case("dir", "x", "good", "sure", ("positive",), "rise"), False),
        (Case("mft", "x", "broken", expected=("neutral",)), False),
        (Case("inv", "x", "broken", "broken"), False),
        (Case("inv", "x", "good", "broken"), False),
        (Case("dir", "x", "broken", "bad", ("neutral",), "rise"), False),
    ],
)
def test_a_case_passes_for_one_reason_only(case: Case, passed: bool) -> None:
    outcome = verdicts.judge(case, ANSWERS, CONFIG)
    assert outcome.passed is passed
    assert (outcome.fault == 0) is passed


def test_the_worst_failures_come_first() -> None:
    cases = [Case("inv", "colors", text, "good") for text in ("so so", "worse", "bad", "good")]
    result = next(one for one in verdicts.judge_all(SUITE, cases, ANSWERS, CONFIG) if one.name == "colors")
    assert [one.case.text for one in result.failures(2)] == ["worse", "bad"]
    assert (result.num_passed, len(result.outcomes)) == (1, 4)


def test_a_rate_knows_how_sure_it_is() -> None:
    found = rate(19, 20)
    assert (found.value, found.low, found.high) == pytest.approx((0.95, 0.7639, 0.9911), abs=1e-4)  # as R's binom.wilson says
    assert rate(20, 20).low == pytest.approx(0.8389, abs=1e-4)
    assert np.isnan(rate(3, 3, min_total=4).value)
    assert np.isnan(rate(0, 0).value)
    with pytest.raises(ValueError, match="5 of 4"):
        rate(5, 4)


def metrics_of(num_reviews: int) -> dict[str, float]:
    few = reviews(num_reviews)
    cases, pairs = build_cases(SUITE, few, CONFIG), build_flips(SUITE, few, CONFIG)
    texts = [text for case in cases for text in (case.before, case.text) if text is not None]
    answers = ask(Reader().predict_proba, texts + [text for pair in pairs for text in (pair.first, pair.second)])
    found = verdicts.metrics(verdicts.judge_all(SUITE, cases, answers, CONFIG))
    return found | flips.metrics(flips.flip_results(SUITE, pairs, answers, CONFIG))


def test_too_few_reviews_are_no_evidence_and_no_evidence_fails_the_gate() -> None:
    found = metrics_of(CONFIG.min_cases - 5)
    asked = ("behaviour.inv.rate", "behaviour.dir.min_rate", "behaviour.inv.typos.rate", "flip.age.rate", "flip.max_abs_signed")
    assert all(np.isnan(found[name]) for name in asked)
    assert found["behaviour.mft.rate"] > 0, "the suite's own texts need no reviews"
    for name in asked:
        for bound in ({"min": 0.0}, {"max": 1.0}):
            gate = GateConfig(name="behaviour", measures="x", metric=name, reason="x", **bound)
            assert gates.judge(gate, gates.Evidence(found)).verdict == "fail"


def test_a_kind_is_the_mean_and_the_worst_of_its_capabilities() -> None:
    found = metrics_of(240)
    rates = [found[f"behaviour.dir.{name}.rate"] for name in SUITE.directional]
    assert found["behaviour.dir.rate"] == pytest.approx(np.mean(rates))
    assert found["behaviour.dir.min_rate"] == min(rates)
    counts = [value for name, value in found.items() if name.endswith(".num_cases") and name.count(".") == 3]
    assert found["behaviour.num_cases"] == sum(counts) > 800


def test_a_flip_is_to_worse_when_the_second_group_fares_worse() -> None:
    pairs = [
        FlipPair("age", first, second) for first, second in (("good", "bad"), ("good", "so so"), ("bad", "so so"), ("bad", "worse"))
    ]
    config = CONFIG.model_copy(update={"min_cases": 1})
    age = flips.flip_results(SUITE, pairs, ANSWERS, config)[0]
    assert (age.facet, age.num_worse, age.num_better, age.rate.value, age.signed) == ("age", 2, 1, 0.75, 0.25)
    assert flips.as_json(age, ANSWERS, 1)["examples"][0]["after"]["text"] == "bad"


def test_a_pair_without_an_answer_is_a_flip_of_unknown_direction() -> None:
    config = CONFIG.model_copy(update={"min_cases": 1})
    age = flips.flip_results(SUITE, [FlipPair("age", "broken", "broken"), FlipPair("age", "good", "good")], ANSWERS, config)[0]
    assert age.rate.value == 0.5
    assert np.isnan(age.signed)
    found = flips.metrics([age])
    assert np.isnan(found["flip.age.worse_rate"])
    assert np.isnan(found["flip.max_abs_signed"])
    json.dumps(flips.as_json(age, ANSWERS, 5), allow_nan=False)


def test_a_text_is_asked_once_and_all_in_one_call() -> None:
    calls = []

    def predict(texts: list[str]) -> np.ndarray:
        calls.append(texts)
        return np.full((len(texts), 3), 1 / 3)

    assert len(ask(predict, ["a", "b", "a"])) == 2
    assert calls == [["a", "b"]]


def test_probabilities_that_do_not_fit_are_refused_and_nan_is_no_answer() -> None:
    with pytest.raises(PermanentError, match=r"\(2, 2\) probabilities for 2 texts"):
        ask(lambda texts: np.zeros((len(texts), 2)), ["a", "b"])
    assert ask(lambda texts: np.full((len(texts), 3), np.nan), ["a"]).said("a") == NO_ANSWER
