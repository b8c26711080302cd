"""A small draw of the study: what it promises, and that it notices a promise that is broken."""

import numpy as np
import pytest
from tests.helpers.watched_products import CONFIG, a_tree

from reviewloop_local.errors import LocalError
from reviewloop_local.studies import products_study as study

TREE = a_tree()


def shop(rate: float = 0.05) -> study.Shop:
    """Sixty products, of which the first ones have most of 8,000 reviews."""
    rng = np.random.default_rng(4)
    of = np.minimum(rng.geometric(0.06, 8000) - 1, 59)
    config = CONFIG.model_copy(update={"false_discovery_rate": rate})
    return study.Shop(TREE, of, rng.binomial(1, 0.1, 8000), config)


def test_clean_weeks_keep_the_promise_and_a_plain_limit_would_not() -> None:
    table, _ = study.false_alarms(shop(), num_weeks=5)
    assert "a week of 7 looks | 0.00%" in table
    assert "100% (48% to 100%)" in table


def test_a_watch_that_cries_wolf_breaks_the_promise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study, "look_rate", lambda config: 0.4)
    monkeypatch.setattr("reviewloop.core.products.watch.look_rate", lambda config: 0.4)
    assert not study.false_alarms(shop(), num_weeks=5)[1]


def test_a_rise_is_seen_and_more_of_it_more_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study, "REVIEWS", (10, 30))
    monkeypatch.setattr(study, "FACTORS", (1, 5))
    table, kept = study.power(shop(), num_draws=8)
    assert kept
    assert table.splitlines()[-1].count("100%") >= 2, "five times the usual is the first of the list"
    monkeypatch.setattr(study, "FACTORS", (5, 1))
    assert not study.power(shop(), num_draws=8)[1], "what did not rise leads no list"


def test_a_file_without_such_a_product_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study, "REVIEWS", (5000,))
    with pytest.raises(LocalError, match="no product of the file has 20000 reviews; the study needs one"):
        study.power(shop(), num_draws=1)


def test_what_cannot_be_seen_and_what_shrinking_is_good_for() -> None:
    assert study.unseen(shop(), num_weeks=1).count("\n") == 2 + len(study._BINS)
    rows = study.shrinking(shop(), num_draws=2).splitlines()[2:]
    own, of_class, shrunk = (float(row.split("|")[2]) for row in rows)
    assert shrunk < own
    assert of_class < own
