import json
from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import jensenshannon
from scipy.stats import chi2
from tests.helpers.contracts import CONTRACT
from tests.helpers.profiled import curated, profiled

from reviewloop.core.profile.changes import Shape, chance_distance, changes, js_distance, shape, shape_from_json


def shaped(rows: pd.DataFrame, name: str = "ab") -> Shape:
    """A shape as the next profile reads it back."""
    return shape_from_json(json.loads(json.dumps(asdict(shape(profiled(rows), CONTRACT, name)))))


def test_the_distance_is_that_of_scipy() -> None:
    first, second = {"a": 3, "b": 7}, {"b": 2, "c": 8}
    assert js_distance(first, second) == pytest.approx(jensenshannon([3, 7, 0], [0, 2, 8], base=2))
    assert js_distance(first, first) == 0
    assert js_distance({"a": 1}, {"b": 1}) == 1


def test_luck_is_the_quantile_of_chi_square_and_holds_in_simulation() -> None:
    exact = np.sqrt(chi2.ppf(0.999, 5) / (8 * np.log(2)) * (1 / 4000 + 1 / 500))
    assert chance_distance(6, 4000, 500) == pytest.approx(exact, rel=0.01)
    rng, p = np.random.default_rng(0), [0.3, 0.25, 0.2, 0.1, 0.1, 0.05]
    drawn = zip(rng.multinomial(4000, p, 2000), rng.multinomial(500, p, 2000), strict=True)
    far = [js_distance(dict(enumerate(a)), dict(enumerate(b))) > exact for a, b in drawn]
    assert sum(far) <= 8  # 2 are expected; more than 8 would come once in 4,000 seeds


def test_rows_that_came_are_compared_alone_with_those_before() -> None:
    old = curated(600)
    found = changes(shaped(old, "old"), shaped(pd.concat([old, curated(200, 600, "2026-01-02", "Knits")])), 5, 500)
    assert (found.before, found.before_day, found.compared) == ("old", "2026-01-01", "added rows")
    assert (found.num_before, found.num_now, found.num_compared) == (600, 800, 200)
    department = found.columns[0]
    assert (department.column, department.distance, department.moved) == ("department", 1, True)
    assert set(department.biggest) == {("Dresses", 1, 0), ("Knits", 0, 1)}
    assert [change.column for change in found.columns if change.moved] == ["department"]


def test_words_that_came_more_are_named() -> None:
    old, new = curated(600), curated(200, 600, "2026-01-02")
    new["text"] += " zipper broke"
    found = changes(shaped(old), shaped(pd.concat([old, new])), 2, 500)
    assert {word.word for word in found.words_more} == {"zipper", "broke"}


def test_a_corrected_past_compares_all_with_all() -> None:
    found = changes(shaped(curated(300)), shaped(curated(250, 100)), 5, 500)
    assert (found.compared, found.num_compared) == ("all rows", 250)


def test_the_same_rows_have_not_moved() -> None:
    found = changes(shaped(curated(300)), shaped(curated(300)), 5, 500)
    assert {change.distance for change in found.columns} == {0}
    assert not any(change.moved for change in found.columns)
