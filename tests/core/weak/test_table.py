"""Coverage, overlap, conflict and accuracy, by hand."""

import math

import numpy as np
import pytest

from reviewloop.core.statistics.proportions import wilson
from reviewloop.core.weak.functions import ABSTAINS, parse_functions
from reviewloop.core.weak.table import UNLABELLED, table_of

_ = ABSTAINS
RULE = {"owner": "o", "version": 3, "description": "d", "keywords": {"any_of": ["x"]}}
FUNCTIONS = parse_functions("shop", {"bad": RULE | {"answers": "negative"}, "good": RULE | {"answers": "positive"}})


def test_the_table_by_hand():
    votes = np.array([[0, _], [0, 2], [_, 2], [_, _], [0, _]], dtype=np.int8)
    bad, good = table_of(FUNCTIONS, votes, [0, 2, 2, 0, UNLABELLED])
    assert (bad.name, bad.owner, bad.version, bad.answers) == ("bad", "o", 3, "negative")
    assert (bad.coverage, bad.overlap, bad.conflict, bad.num_labelled) == (0.6, 0.2, 0.2, 2)
    assert (bad.accuracy.value, bad.accuracy.low, bad.accuracy.high) == (0.5, *wilson(1, 2))
    assert (good.coverage, good.overlap, good.conflict, good.accuracy.value) == (0.4, 0.2, 0.2, 1.0)


def test_who_agrees_overlaps_and_does_not_conflict():
    rows = table_of((FUNCTIONS[0], FUNCTIONS[0]), np.array([[0, 0]], dtype=np.int8), [0])
    assert [(row.overlap, row.conflict) for row in rows] == [(1.0, 0.0)] * 2


@pytest.mark.parametrize("votes", [np.empty((0, 2), dtype=np.int8), np.array([[_, _]], dtype=np.int8)])
def test_without_evidence_the_accuracy_is_unknown(votes):
    for row in table_of(FUNCTIONS, votes, np.full(len(votes), 0)):
        assert (row.coverage, row.num_labelled) == (0.0, 0)
        assert math.isnan(row.accuracy.value)
