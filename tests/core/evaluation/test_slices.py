"""Slices: who is judged, by what, and which of them are worse."""

import numpy as np
import pandas as pd
import pytest
from tests.helpers.contracts import with_ages

from reviewloop.config import EvaluationConfig, load_config, overlay, parse_config
from reviewloop.core.evaluation.slices import Slice, Slices, facets, measure_slices, worst
from reviewloop.errors import ConfigError

CONFIG = load_config("test").evaluation
AGES = with_ages(0, 30, 60)


def changed(**values: object) -> EvaluationConfig:
    return parse_config(overlay(load_config("test").model_dump(), {"evaluation": values})).evaluation


def predicted(num_rows: int = 2400, seed: int = 1) -> pd.DataFrame:
    """Reviews whose facets know nothing of their sentiment; each sentiment is found as often everywhere."""
    rng = np.random.default_rng(seed)
    label = rng.choice(3, num_rows, p=[0.15, 0.15, 0.7])
    found = rng.random(num_rows) < np.array([0.7, 0.5, 0.95])[label]
    return pd.DataFrame(
        {
            "title": np.where(rng.random(num_rows) < 0.2, None, "Nice"),
            "text": ["word " * count for count in rng.integers(5, 120, num_rows)],
            "department": rng.choice(["Tops", "Dresses", "Bottoms", "Trend"], num_rows, p=[0.45, 0.3, 0.24, 0.01]),
            "division": rng.choice(["General", "Petite"], num_rows),
            "class_name": rng.choice(["Knits", "Blouses", "Jeans"], num_rows),
            "age": rng.integers(18, 75, num_rows),
            "label": label,
            "prediction": np.where(found, label, (label + 1) % 3),
        }
    )


def measured(rows: pd.DataFrame, config: EvaluationConfig = CONFIG) -> Slices:
    return measure_slices(rows, AGES, config, seed=1)


def named(slices: Slices, facet: str, value: str) -> Slice:
    return next(one for one in {**slices.singles, **slices.pairs}[facet] if one["value"] == value)


def test_every_review_falls_into_one_value_of_each_facet() -> None:
    reviews = pd.DataFrame(
        {
            "text": ["one two", "word " * 30, "word " * 89, "word " * 90],
            "title": ["Nice", None, None, None],
            "department": ["Tops", None, "Tops", "Tops"],
            "division": ["General", "General", None, "General"],
            "class_name": ["Knits", "Knits", "Knits", None],
            "age": [18, 30, 59, 60],
        }
    )
    found = facets(reviews, AGES, CONFIG.length_edges)
    assert found["length"].tolist() == ["0-29 words", "30-59 words", "60-89 words", "90+ words"]
    assert found["has_title"].tolist() == ["with title", "without title", "without title", "without title"]
    assert found["department"].tolist() == ["Tops", "(none)", "Tops", "Tops"]
    assert found["division"].tolist() == ["General", "General", "(none)", "General"]
    assert found["class_name"].tolist() == ["Knits", "Knits", "Knits", "(none)"]
    assert found["age_band"].tolist() == ["0-29", "30-59", "30-59", "60+"]


def test_slices_hold_every_row_once_and_are_ordered_by_size() -> None:
    slices = measured(predicted())
    assert set(slices.singles) == {"department", "division", "class_name", "age_band", "length", "has_title"}
    assert "department × length" in slices.pairs
    for some in slices.singles.values():
        assert sum(one["num_rows"] for one in some) == 2400
        assert [one["num_rows"] for one in some] == sorted((one["num_rows"] for one in some), reverse=True)
    rows = predicted()
    tops = rows[rows["department"] == "Tops"]
    one = named(slices, "department", "Tops")
    assert one["accuracy"] == pytest.approx((tops["label"] == tops["prediction"]).mean())
    assert one["accuracy_low"] < one["accuracy"] < one["accuracy_high"]


@pytest.mark.slow
def test_a_model_without_a_fault_has_no_worse_slice() -> None:
    """12 models, more than 60 slices each: at 5 % in a whole report, one false name is what was asked for."""
    worse = [name for seed in range(12) for name in measured(predicted(seed=seed)).worse()]
    assert len(worse) <= 2, worse


def test_a_model_that_fails_in_one_department_is_told_by_name() -> None:
    rows = predicted()
    lost = (rows["department"] == "Bottoms") & (np.arange(len(rows)) % 4 == 0)
    slices = measured(rows.assign(prediction=rows["prediction"].where(~lost, (rows["label"] + 2) % 3)))
    assert named(slices, "department", "Bottoms")["verdict"] == "worse"
    assert {named(slices, "department", name)["verdict"] for name in ("Tops", "Dresses")} == {"ok"}
    assert slices.worse()[0].startswith("department")
    assert any(line.startswith("department=Bottoms: accuracy 0.6") for line in slices.worse())
    metrics = slices.metrics()
    assert metrics["slices.num_significantly_worse"] == len(slices.worse()) >= 1
    assert metrics["slices.worst_gap"] > 0.15
    assert metrics["slices.department.min_accuracy"] == named(slices, "department", "Bottoms")["accuracy"]


def test_a_fault_that_only_a_pair_shows_is_found_in_the_pair() -> None:
    rows = predicted(6000)
    lost = (rows["department"] == "Tops") & rows["title"].isna() & (np.arange(len(rows)) % 2 == 0)
    slices = measured(rows.assign(prediction=rows["prediction"].where(~lost, (rows["label"] + 2) % 3)))
    assert slices.worse()[0].startswith("department × has_title=Tops × without title")


@pytest.mark.slow
def test_a_lack_within_the_margin_is_no_concern_however_sure() -> None:
    rows = predicted(12000)
    lost = (rows["division"] == "Petite") & (np.arange(len(rows)) % 25 == 0)
    slices = measured(rows.assign(prediction=rows["prediction"].where(~lost, (rows["label"] + 2) % 3)))
    petite = named(slices, "division", "Petite")
    assert petite["p_accuracy"] is not None
    assert petite["p_accuracy"] < 0.01
    assert petite["verdict"] == "ok"


def test_a_small_slice_and_one_without_a_rest_do_not_judge() -> None:
    slices = measured(predicted().assign(division="General"))
    trend = named(slices, "department", "Trend")
    assert trend["num_rows"] < CONFIG.min_slice_rows
    assert (trend["verdict"], trend["p_accuracy"]) == ("not enough evidence", None)
    everything = named(slices, "division", "General")
    assert (everything["verdict"], everything["rest_accuracy"]) == ("not enough evidence", None)
    few = measured(predicted(40)).metrics()
    assert few["slices.num_compared"] == 0
    assert "slices.num_significantly_worse" not in few  # a gate on it then fails: there is no evidence


def test_a_pair_that_is_one_of_its_values_again_is_left_out() -> None:
    rows = predicted().assign(division=lambda frame: frame["department"])
    assert measured(rows).pairs["department × division"] == []


def test_only_large_enough_slices_set_the_worst_mark() -> None:
    slices = measured(predicted()).singles["department"]
    assert worst(slices, min_rows=50)["num_judged"] == 3
    assert worst(slices, min_rows=1)["num_judged"] == 4
    assert worst(slices, min_rows=5000) == {}


def test_the_same_rows_give_the_same_slices() -> None:
    assert measured(predicted()) == measured(predicted())


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (
            {"slices": [["colour"]]},
            "evaluation.slices: unknown colour; known: age_band, .*, length, has_title",
        ),
        ({"slices": [["department", "department"]]}, "one facet, or two that differ"),
        ({"slices": [["department", "length", "age_band"]]}, "one facet, or two that differ"),
        ({"slices": [["department", "length"], ["length", "department"]]}, "listed twice"),
        ({"length_edges": [10, 30]}, "must rise from 0"),
        ({"margins": {"accuracy": 1.5}}, "evaluation.margins.accuracy"),
        ({"margin": 0.1}, "evaluation.margin"),
    ],
)
def test_a_wrong_setting_is_one_clear_line(values: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        changed(**values)
