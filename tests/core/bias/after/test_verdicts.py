"""Fair models pass, planted biases are refused by name, and what cannot be known is said to be so."""

import json
import math

import numpy as np
import pandas as pd
import pytest
from tests.helpers.contracts import CONTRACT

from reviewloop.config import BiasAfterConfig, load_config, overlay, parse_config
from reviewloop.core.bias.after.verdicts import AfterBias, AfterReport, distance, measure_after
from reviewloop.core.bias.after.words import MEASURES, READINGS, in_words, reading
from reviewloop.errors import ConfigError

BIAS, AFTER = load_config("test").bias, load_config("test").bias_after


def answered(num_rows: int = 3000, seed: int = 1) -> pd.DataFrame:
    """Reviews whose facets know nothing of sentiment or mistakes."""
    rng = np.random.default_rng(seed)
    label = rng.choice(3, num_rows, p=[0.12, 0.13, 0.75])
    matrix = np.array([[0.7, 0.15, 0.15], [0.15, 0.5, 0.35], [0.02, 0.05, 0.93]])
    prediction = (rng.random(num_rows)[:, np.newaxis] > matrix[label].cumsum(axis=1)).sum(axis=1)
    return pd.DataFrame(
        {
            "department": rng.choice(["Tops", "Dresses", "Bottoms", "Jackets"], num_rows, p=[0.45, 0.3, 0.2, 0.05]),
            "division": rng.choice(["General", "Petite"], num_rows, p=[0.6, 0.4]),
            "class_name": rng.choice(["Knits", "Blouses", "Jeans"], num_rows),
            "age": rng.integers(18, 75, num_rows),
            "positive_feedback": rng.integers(0, 3, num_rows),
            "rating": np.array([1, 3, 5])[label],
            "label": label,
            "prediction": prediction,
        }
    )


def judged(rows: pd.DataFrame, after: BiasAfterConfig = AFTER) -> AfterBias:
    return measure_after(rows, BIAS, after, CONTRACT)


def named(found: AfterBias, name: str) -> AfterReport:
    return next(report for report in found.groups if report.name == name)


def changed(**values: object) -> BiasAfterConfig:
    return parse_config(overlay(load_config("test").model_dump(), {"bias_after": values})).bias_after


@pytest.mark.slow
def test_fair_models_pass_without_a_mark() -> None:
    for seed in range(4):
        found = judged(answered(1500, seed))
        assert [report.name for level in ("reject", "warn") for report in found.marked(level)] == [], seed
        assert found.unjudged == ()
        metrics = found.metrics()
        assert metrics["bias_after.num_rejected"] == metrics["bias_after.num_warned"] == 0
        assert metrics["bias_after.num_judged"] > 20
        assert metrics["bias_after.DI.worst"] >= 1
        assert 0 < metrics["bias_after.RD.worst"] < 0.6


def deaf_to_petite(rows: pd.DataFrame) -> pd.DataFrame:
    """Three in four complaints of one division are taken for praise."""
    lost = (rows["division"] == "Petite") & (rows["label"] == 0) & (rows.index % 4 > 0)
    return rows.assign(prediction=rows["prediction"].where(~lost, 2))


def harsh_on_the_young(rows: pd.DataFrame) -> pd.DataFrame:
    """What is fine is called a complaint, for one age band."""
    lost = (rows["age"] < 30) & (rows["label"] == 2) & (rows.index % 2 == 0)
    return rows.assign(prediction=rows["prediction"].where(~lost, 0))


def guessing_in_one_pair(rows: pd.DataFrame) -> pd.DataFrame:
    lost = (rows["department"] == "Tops") & (rows["age"] >= 60) & (rows.index % 2 == 0)
    return rows.assign(prediction=rows["prediction"].where(~lost, (rows["label"] + 1) % 3))


@pytest.mark.parametrize(
    ("plant", "name", "measures"),
    [
        (deaf_to_petite, "division=Petite", {"RD:negative"}),
        (harsh_on_the_young, "age_band=0-29", {"RD:positive", "AD:positive", "DPPL:negative", "SD:negative"}),
        (guessing_in_one_pair, "department × age_band=Tops × 60+", {"AD:positive"}),
    ],
)
def test_a_planted_bias_is_refused_by_name(plant: object, name: str, measures: set[str]) -> None:
    found = judged(plant(answered(6000)))  # type: ignore[operator]
    report = named(found, name)
    assert report in found.marked("reject")
    assert measures <= {f"{mark.measure}:{mark.outcome}" for mark in report.marked("reject")}
    assert found.metrics()["bias_after.num_rejected"] >= 1
    assert reading(report) == "worse"
    assert "of its" in in_words(report, AFTER)


def test_a_difference_that_only_follows_the_labels_is_read_as_such() -> None:
    rows = answered(8000)
    unhappy = (rows["department"] == "Bottoms") & (rows.index % 3 == 0)
    true = rows["label"].where(~unhappy, 0)
    perfect = judged(rows.assign(label=true, rating=np.array([1, 3, 5])[true], prediction=true))
    report = named(perfect, "department=Bottoms")
    marked = {mark.measure for mark in report.marked("warn", "reject")}
    assert marked <= {"DPPL", "DI", "CDDPL"}
    assert "DPPL" in marked
    assert reading(report) == "repeated"
    assert reading(named(judged(rows.assign(prediction=true)), "department=Bottoms")) == "worse"


def test_a_share_of_few_rows_is_shown_and_judges_nothing() -> None:
    rows = answered(1500)
    jackets = named(judged(rows), "department=Jackets")
    assert jackets.num_rows >= AFTER.min_rows > jackets.labels[0]
    verdicts = {(mark.measure, mark.outcome): mark.verdict for mark in jackets.marks}
    assert verdicts["RD", "negative"] == verdicts["TE", "negative"] == "not enough evidence"
    assert verdicts["RD", "positive"] == verdicts["AD", "negative"] == "ok"
    assert all(mark.value is not None for mark in jackets.marks if mark.measure in ("RD", "AD", "DPPL"))


def test_without_enough_rows_a_facet_is_named_as_unjudged() -> None:
    found = judged(answered(30))
    assert found.unjudged == ("department", "division", "class_name", "age_band", "votes")
    assert found.metrics()["bias_after.num_judged"] == 0
    assert math.isnan(found.metrics()["bias_after.RD.worst"])
    assert judged(answered(3000).assign(division="General")).unjudged == ("division",)


def test_errors_that_fall_unevenly_on_everybody_are_told_by_entropy() -> None:
    found = judged(answered().assign(prediction=0))  # three in four reviews are positive, and none is called so
    assert found.marked("reject") == [found.whole]
    verdicts = {mark.outcome: mark.verdict for mark in found.whole.marks}
    assert verdicts == {"negative": "ok", "neutral": "ok", "positive": "reject"}
    assert found.metrics()["bias_after.GE.worst"] == max(mark.value or 0 for mark in found.whole.marks) > 1
    assert "errors on 3,000 reviews fall unevenly" in in_words(found.whole, AFTER)


def test_a_label_and_not_its_rating_is_the_truth() -> None:
    rows = answered(800)
    assert judged(rows.assign(rating=5)).as_json() == judged(rows).as_json()


def test_the_report_is_the_same_every_time_and_is_json() -> None:
    first, again = judged(answered(800)).as_json(), judged(answered(800)).as_json()
    assert json.dumps(first, allow_nan=False) == json.dumps(again, allow_nan=False)
    silent = answered(800)
    worst = judged(silent.assign(prediction=silent["prediction"].where(silent["division"] != "Petite", 2))).as_json()
    json.dumps(worst, allow_nan=False)  # with a DI of 0 and infinite ratios


def test_every_measure_has_words_and_nothing_marked_has_no_reading() -> None:
    assert list(MEASURES) == list(AFTER.limits)
    assert set(READINGS) == {"worse", "amplified", "repeated"}
    with pytest.raises(ValueError, match="nothing is marked"):
        reading(judged(answered()).groups[0])


def test_a_distance_has_no_direction() -> None:
    assert distance("RD", -0.3) == distance("RD", 0.3) == 0.3
    assert distance("DI", 0.25) == distance("DI", 4) == 4
    assert math.isfinite(distance("DI", 0))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"limits": {"DI": {"warn": 0.8, "reject": 2}}}, "DI.warn 0.8 must be above 1"),
        ({"limits": {"RD": {"warn": 0.5, "reject": 0.2}}}, "warn 0.5 is above reject 0.2"),
        ({"limits": {"DPL": {"warn": 0.1, "reject": 0.2}}}, "limits.DPL"),
        ({"alpha": 0}, "bias_after.alpha"),
        ({"min_row": 3}, "bias_after.min_row"),
    ],
)
def test_a_wrong_setting_is_one_clear_line(values: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        changed(**values)
