import json

import numpy as np
import pandas as pd

from reviewloop.core.sampling.probability import simple_random, weighted
from reviewloop.core.sampling.representativeness import from_json, representativeness
from reviewloop.core.sampling.sample import Sample
from reviewloop.core.sampling.without_probability import judgment

KEYS = [f"review {number}" for number in range(2000)]
FACETS = {
    "department": pd.Series(np.where(np.arange(2000) % 4 == 0, "Dresses", "Tops"), dtype="string"),
    "channel": pd.Series([None, "shop", "web", "web", "web"] * 400, dtype="string"),
    "rare": pd.Series(["yes"] * 3 + ["no"] * 1997, dtype="string"),
}


def verdicts(sample: Sample) -> dict[str, str]:
    return {f"{one.facet} {one.value}": one.verdict for one in representativeness(sample, FACETS).standings}


def test_the_table_has_every_value_with_both_shares_and_the_interval() -> None:
    table = representativeness(simple_random(KEYS, 200, 1), FACETS)
    names = [(one.facet, one.value) for one in table.standings]
    assert names == [
        ("department", "Dresses"), ("department", "Tops"), ("channel", "(missing)"), ("channel", "shop"), ("channel", "web"),
        ("rare", "no"), ("rare", "yes"),
    ]  # fmt: skip
    dresses = table.standings[0]
    assert (dresses.num_offered, dresses.share) == (500, 0.25)
    assert dresses.estimate == dresses.num_taken / 200
    assert dresses.low < dresses.estimate < dresses.high
    assert sum(one.num_taken for one in table.standings if one.facet == "channel") == 200
    assert table.standings[-1].verdict == "too few"  # 0.3 rows are to be expected
    assert table.in_words() == "Of 5 values none is off beyond luck."
    assert from_json(json.loads(json.dumps(table.as_json()))) == table


def test_a_random_sample_is_marked_as_seldom_as_promised() -> None:
    marked = sum(bool(representativeness(simple_random(KEYS, 300, seed), FACETS).off) for seed in range(200))
    assert marked <= 19  # of 200 at 5 %, more than 18 come once in 100


def test_a_sample_that_leans_is_found_and_named() -> None:
    dresses = [key for key, name in zip(KEYS, FACETS["department"], strict=True) if name == "Dresses"]
    table = representativeness(judgment(KEYS, dresses[:100] + KEYS[1:301:3]), FACETS)
    assert [(one.value, one.verdict) for one in table.off] == [("Dresses", "over"), ("Tops", "under")]
    assert table.in_words().startswith("2 of 5 values are off beyond luck, department Dresses most: ")
    assert table.notes[0].startswith("Somebody chose these rows.")


def test_weights_take_back_what_the_probabilities_leaned_to() -> None:
    leaning = weighted(KEYS, np.where(FACETS["department"] == "Dresses", 5.0, 1.0), 400, 2)
    assert verdicts(leaning)["department Dresses"] == "close"
    unweighted = Sample("judgment", leaning.places, 2000, None, None)
    assert verdicts(unweighted)["department Dresses"] == "over"
    assert representativeness(leaning, FACETS).effective_size == leaning.effective_size < 400


def test_all_rows_stand_for_all_rows() -> None:
    table = representativeness(simple_random(KEYS, 2000, 1), FACETS)
    assert table.off == ()
    assert all(one.estimate == one.share for one in table.standings)


def test_a_handful_of_rows_is_no_evidence() -> None:
    assert representativeness(simple_random(KEYS, 4, 1), FACETS).in_words() == "Too few rows to say whom the sample stands for."
