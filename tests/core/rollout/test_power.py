"""What is said before a rollout starts is what it then takes."""

import numpy as np
import pytest

from reviewloop.core.rollout.paired_quality import log_evidence_worse
from reviewloop.core.rollout.power import labels_for_no_worse, labels_for_worse, requests_without_failure


def test_a_five_point_loss_takes_some_hundred_labels_and_the_number_keeps_its_promise() -> None:
    needed = labels_for_worse(loss=0.05, discordant=0.12, alpha=0.05, power=0.8, max_labels=3000)
    assert needed.median is not None
    assert needed.in_power is not None
    assert 200 < needed.median < 400
    assert 400 < needed.in_power < 700
    draw = np.random.default_rng(99).random((1000, needed.in_power))
    champion, challenger = (draw < 0.085).cumsum(1), ((draw >= 0.085) & (draw < 0.12)).cumsum(1)
    assert (log_evidence_worse(champion, challenger) >= np.log(20)).any(axis=1).mean() == pytest.approx(0.8, abs=0.05)


def test_what_cannot_be_reached_is_said_and_a_smaller_margin_takes_more() -> None:
    assert labels_for_worse(0.0, 0.12, 0.05, 0.8, max_labels=500).median is None
    wide, narrow = (labels_for_no_worse(margin, 0.12, 0.05, 0.8, max_labels=4000).median for margin in (0.1, 0.05))
    assert wide is not None
    assert narrow is not None
    assert wide < narrow
    with pytest.raises(ValueError, match="loss: 0.2 must be between 0 and the discordant share, 0.12"):
        labels_for_worse(0.2, 0.12, 0.05, 0.8)


def test_the_rule_of_three_is_exact() -> None:
    assert requests_without_failure(0.01) == 299
    assert requests_without_failure(0.001) == 2995
    assert (1 - 0.01) ** 299 <= 0.05 < (1 - 0.01) ** 298
