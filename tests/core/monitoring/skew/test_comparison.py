"""Is one text answered alike by two that read with one model?"""

import json
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from reviewloop.config import load_config
from reviewloop.core.monitoring.skew.comparison import BATCH, ENDPOINT, Comparison, Skew, answers, compare, judged
from reviewloop.errors import PermanentError

LIMITS = load_config("test").skew
NUM = 40


def probabilities(num_rows: int = NUM) -> np.ndarray:
    return np.random.default_rng(1).dirichlet([1, 1, 4], num_rows).round(6)


def said(
    values: np.ndarray | None = None, model: "str | pd.Series[str]" = "d1 as_trained", keys: Sequence[str] = ()
) -> pd.DataFrame:
    values = probabilities() if values is None else values
    known = list(keys) or [f"text {row}" for row in range(len(values))]
    return answers(known, model, values, [f"request r{row}" for row in range(len(values))])


def compared(right: pd.DataFrame, left: pd.DataFrame | None = None) -> Comparison:
    return compare(BATCH, ENDPOINT, said() if left is None else left, right, LIMITS)


def test_the_same_answers_agree_in_whatever_order_and_however_often() -> None:
    found = compared(pd.concat([said()[::-1], said()]))
    assert (found.verdict, found.num_pairs, found.num_apart, found.largest) == ("agree", NUM, 0, 0.0)
    assert found.words == f"batch scoring and the endpoint: {NUM} texts, no probability apart by more than 0.001"


def test_one_text_that_is_answered_otherwise_is_a_skew_and_is_named() -> None:
    values = probabilities()
    values[7] += np.array([0.25, 0, -0.25])
    found = compared(said(values))
    assert (found.verdict, found.num_apart) == ("skew", 1)
    (worst,) = found.worst
    assert (worst.where, worst.apart) == ("request r7", pytest.approx(0.25))
    assert worst.right == pytest.approx(probabilities()[7, 0] + 0.25)
    assert found.words.endswith("1 of 40 texts are answered otherwise, by up to 0.250 (0.001 is allowed)")


@pytest.mark.parametrize(("by", "verdict"), [(0.0009, "agree"), (0.001, "agree"), (0.0011, "skew")])
def test_the_last_digits_may_differ_and_no_more(by: float, verdict: str) -> None:
    assert compared(said(probabilities() + np.array([by, -by, 0]))).verdict == verdict


def test_a_text_that_was_answered_well_and_badly_is_a_skew() -> None:
    bad = said(probabilities()[:1][:, ::-1])
    found = compared(pd.concat([said(), bad]))
    assert (found.verdict, found.num_pairs, found.num_apart) == ("skew", NUM, 1)


@pytest.mark.parametrize("model", ["d2 as_trained", "d1 openvino_int8"])
def test_another_version_and_another_form_are_not_compared(model: str) -> None:
    found = compared(said(probabilities()[:, ::-1], model))
    assert (found.verdict, found.num_pairs, found.num_other_models, found.largest) == ("not enough evidence", 0, NUM, None)
    assert found.words.endswith(
        "0 texts that both have read, 30 are needed; 40 more were read by another version or in another form"
    )


def test_a_handful_says_nothing_unless_it_differs() -> None:
    assert compared(said(probabilities()[:5])).verdict == "not enough evidence"
    assert compared(said(probabilities()[:5, ::-1])).verdict == "skew"


def test_an_answer_without_a_probability_is_no_agreement() -> None:
    values = probabilities()
    values[3, 1] = np.nan
    found = compared(said(values))
    assert (found.verdict, found.worst[0].where, found.worst[0].right, found.largest) == ("skew", "request r3", None, 1.0)


def test_nothing_to_pair_is_no_error() -> None:
    for left, right in [(said()[:0], said()), (said(), said()[:0]), (said()[:0], said()[:0])]:
        assert compared(right, left).verdict == "not enough evidence"


def of_all(*verdicts: str) -> Skew:
    made = {"agree": said(), "skew": said(probabilities()[:, ::-1]), "not enough evidence": said()[:0]}
    return judged([compared(made[verdict]) for verdict in verdicts])


@pytest.mark.parametrize(
    ("verdicts", "verdict"),
    [
        (("agree", "agree"), "agree"), (("agree", "skew"), "skew"), (("not enough evidence", "skew"), "skew"),
        (("agree", "not enough evidence"), "not enough evidence"), (("not enough evidence", "agree"), "not enough evidence"),
    ],
)  # fmt: skip
def test_a_skew_is_one_wherever_it_is_and_missing_evidence_never_passes(verdicts: tuple[str, ...], verdict: str) -> None:
    found = of_all(*verdicts)
    assert found.verdict == verdict
    assert found.reasons[0] == next(one.words for one in found.comparisons if one.verdict == verdict)
    assert len(found.reasons) == len(verdicts)
    assert json.loads(json.dumps(found.as_json(), allow_nan=False))["verdict"] == verdict


def test_no_comparison_is_no_verdict() -> None:
    with pytest.raises(PermanentError, match="nothing was compared"):
        judged([])
