"""What is counted in pieces is judged as Great Expectations judges the whole frame; ``make study-engines`` draws a thousand."""

import numpy as np
import pandas as pd
import pytest
from tests.helpers.contracts import CONTRACT

from reviewloop.adapters.expectations import reviews
from reviewloop.adapters.expectations.suites import run_suite
from reviewloop.config import load_config
from reviewloop.core.quality.tally import NUM_ROWS
from reviewloop.errors import PermanentError
from reviewloop_local.studies.engine_study import DAY, verdicts
from reviewloop_local.studies.quality_study import clean_days, parsed, sample_pool

QUALITY = load_config("test").quality


def day(seed: int) -> pd.DataFrame:
    """A clean day with faults of every kind strewn over it, behind the parser."""
    ((rows, evidence),) = clean_days(sample_pool(), 1, seed)
    frame, rng = parsed(rows, evidence).accepted, np.random.default_rng(seed)

    def some(column: str, value: object) -> "pd.Series[object]":
        return frame[column].mask(pd.Series(rng.random(len(frame)) < rng.choice([0.0, 0.03, 0.2]), frame.index), value)

    return frame.assign(
        review_id=some("review_id", 3), age=some("age", 400), recommended=some("recommended", 0), title=some("title", None),
        text=some("text", rng.choice(["", "aaaa", "It fits me so well and I love it.", "\u0645\u0631\u062d\u0628\u0627"])),
        department=some("department", "Shoes"), division=some("division", None), rating=some("rating", 2),
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_the_verdicts_are_those_of_the_whole_frame_word_for_word(seed: int) -> None:
    frame = day(seed)
    assert verdicts(frame, piece_rows=17) == verdicts(frame)


def test_a_day_without_a_row_is_judged_alike() -> None:
    frame = day(0).iloc[:0]
    assert verdicts(frame, piece_rows=17) == verdicts(frame)


def test_what_was_not_counted_gives_no_verdict() -> None:
    suite = reviews.accepted_expectations(QUALITY, CONTRACT)
    head = reviews.accepted_view(day(0)).iloc[:0].astype({"title": object})
    with pytest.raises(PermanentError, match="was asked, and not counted|raised"):
        run_suite("accepted", head, suite, DAY, answers={NUM_ROWS: 3})


def test_landed_rows_answer_from_the_quarantine_alone() -> None:
    quarantine = pd.DataFrame({"row": [5, 2], "reason": ["text_missing", "age_out_of_range"], "cells": ["[]", "[]"]})
    evidence = reviews.DeliveryHistory(DAY, (), newest_day=None, is_repeat=False)
    suite = reviews.landed_expectations(QUALITY, evidence)
    answers = reviews.landed_answers(60, quarantine, reviews.questions_of(suite))
    rows, set_aside = run_suite("landed", reviews.LANDED, suite, DAY, answers=answers).checks
    assert (rows.observed, rows.success) == ("60", True)
    assert set_aside.observed == "2 of 60 rows fail (3.3%), such as age_out_of_range, text_missing"
