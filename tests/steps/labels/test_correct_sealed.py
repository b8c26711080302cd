"""The exam changes only by a recorded decision, and is sealed anew then."""

from typing import Any

import pandas as pd
import pytest
from tests.steps.features.test_features import Curate, curate, reviews  # noqa: F401 (a fixture)

from reviewloop.adapters.lake import s3
from reviewloop.adapters.lake.sealed import open_sealed
from reviewloop.errors import NothingToDo, Refused
from reviewloop.steps.features.build_features import build_features
from reviewloop.steps.labels.correct_sealed import correct_sealed

pytestmark = pytest.mark.contract

DAY = "2026-01-01"
SAID: dict[str, Any] = {"day": DAY, "rating": 1, "by": "ann", "reason": "She writes that it tore at once."}


def test_a_decision_is_recorded_and_the_part_is_sealed_anew(curate: Curate) -> None:  # noqa: F811
    curate(reviews(300), DAY)
    before = build_features(None)
    exam = open_sealed(before, "evaluation")
    chosen = exam[exam["rating"] == 5].iloc[0]
    said = SAID | {"review_id": int(chosen["review_id"])}

    record = correct_sealed(**said)
    assert correct_sealed(**said) == record, "a decision that stands is not recorded twice"
    with s3.reading_sealed():
        kept = s3.read_json(record)["correction"]
    assert (kept["by"], kept["before"], kept["after"], kept["reason"]) == ("person:ann", 5, 1, SAID["reason"])
    pd.testing.assert_frame_equal(open_sealed(before, "evaluation"), exam)

    after = build_features(None)
    assert after.sealed_uri != before.sealed_uri
    changed = open_sealed(after, "evaluation")
    expected = exam.copy()
    expected.loc[expected["review_id"] == chosen["review_id"], ["rating", "label"]] = [1, 0]
    pd.testing.assert_frame_equal(changed, expected)
    assert build_features(None).sealed_uri == after.sealed_uri, "and it stays, whatever was delivered"


def test_who_may_not_and_what_is_not_sealed_changes_nothing(curate: Curate) -> None:  # noqa: F811
    with pytest.raises(NothingToDo, match="nothing is sealed"):
        correct_sealed(**SAID, review_id=1)
    curate(reviews(300), DAY)
    features = build_features(None)
    exam = open_sealed(features, "evaluation")
    sealed = int(exam["review_id"].iloc[0])
    other = next(number for number in range(300) if number not in set(exam["review_id"]))
    for change, words in (
        ({"review_id": other}, f"review {other} of {DAY} is not in the sealed part"),
        ({"day": "2026-01-02"}, "is not in the sealed part"),
        ({"by": " "}, "names nobody"),
        ({"by": "\u0430nn"}, "mixes the letters of Cyrillic and Latin"),
        ({"reason": " "}, "reason: is empty"),
        ({"rating": 0}, "rating: 0 is not one of 1, 2, 3, 4, 5"),
    ):
        with pytest.raises(Refused, match=words):
            correct_sealed(**SAID | {"review_id": sealed} | change)
    assert build_features(None).sealed_uri == features.sealed_uri
