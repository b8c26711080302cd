"""Clean days pass, planted faults are refused by name, and what cannot be known is said to be so."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.helpers.contracts import CONTRACT

from reviewloop.adapters.lake.frames import counted_rows, to_parquet
from reviewloop.config import BiasConfig, load_config, overlay, parse_config
from reviewloop.core.bias.contrasts import NUM_ROWS, contrasts, facet_frame, needed
from reviewloop.core.bias.reading import KINDS, read
from reviewloop.core.bias.verdicts import GroupReport, as_rows, measure, objections
from reviewloop.core.facets import NO_VALUE
from reviewloop.errors import ConfigError

BIAS = load_config("test").bias
RATINGS = (1, 3, 5)
SHARES = (0.1, 0.12, 0.78)


def day(num_rows: int = 300, seed: int = 1) -> pd.DataFrame:
    """Reviews whose facets and ratings know nothing of each other."""
    rng = np.random.default_rng(seed)
    departments = rng.choice(["Tops", "Dresses", "Bottoms", "Jackets"], num_rows, p=[0.45, 0.3, 0.2, 0.05])
    return pd.DataFrame(
        {
            "department": pd.Series(departments, dtype="string"),
            "division": pd.Series(rng.choice(["General", "Petite"], num_rows, p=[0.6, 0.4]), dtype="string"),
            "class_name": pd.Series(rng.choice(["Knits", "Blouses", "Jeans"], num_rows), dtype="string"),
            "age": rng.integers(18, 75, num_rows),
            "positive_feedback": rng.integers(0, 3, num_rows),
            "rating": rng.choice(RATINGS, num_rows, p=SHARES),
        }
    )


def judged(reviews: pd.DataFrame, bias: BiasConfig = BIAS) -> list[GroupReport]:
    return measure(facet_frame(reviews, bias, CONTRACT), bias)


def named(groups: list[GroupReport], name: str) -> GroupReport:
    return next(group for group in groups if group.name == name)


def changed(**values: object) -> BiasConfig:
    return parse_config(overlay(load_config("test").model_dump(), {"bias": values})).bias


@pytest.mark.slow
def test_clean_days_pass_without_a_mark() -> None:
    for seed in range(20):
        groups = judged(day(200, seed))
        assert objections(groups, BIAS) == [], seed
        assert not [group.name for group in groups if group.verdict in ("warn", "reject")], seed


def test_distinct_rows_with_their_number_are_judged_as_all_of_them_are(tmp_path: Path) -> None:
    reviews = crowd(day(3000)).assign(text="It fits.")
    reviews["class_name"] = reviews["class_name"].where(reviews.index % 7 != 0, pd.NA)
    (tmp_path / "a.parquet").write_bytes(to_parquet(reviews))
    counted = counted_rows(tmp_path / "a.parquet", needed(BIAS, CONTRACT), NUM_ROWS)
    assert len(counted) < len(reviews) == counted[NUM_ROWS].sum()
    assert judged(counted) == judged(reviews)
    assert any(group.verdict == "reject" for group in judged(counted))


def crowd(reviews: pd.DataFrame) -> pd.DataFrame:
    return reviews.assign(department=reviews["department"].where(reviews.index % 40 == 0, "Tops"))


def unhappy_department(reviews: pd.DataFrame) -> pd.DataFrame:
    side = reviews["department"] == "Bottoms"
    return reviews.assign(rating=reviews["rating"].where(~side, np.where(reviews.index % 4 == 0, 5, 1)))


def unhappy_young(reviews: pd.DataFrame) -> pd.DataFrame:
    return reviews.assign(rating=reviews["rating"].where(reviews["age"] >= 30, 1))


def no_middle(reviews: pd.DataFrame) -> pd.DataFrame:
    """One division is all lukewarm: neutral instead of positive."""
    side = (reviews["division"] == "Petite") & (reviews.index % 2 == 0)
    return reviews.assign(rating=reviews["rating"].where(~side, 3))


def flipped_scale(reviews: pd.DataFrame) -> pd.DataFrame:
    side = reviews["class_name"] == "Jeans"
    return reviews.assign(rating=reviews["rating"].where(~side, 6 - reviews["rating"]))


def voted_down(reviews: pd.DataFrame) -> pd.DataFrame:
    """A numeric facet by threshold: reviews that nobody found helpful are all negative."""
    return reviews.assign(rating=reviews["rating"].where(reviews["positive_feedback"] > 0, 1))


def one_pair(reviews: pd.DataFrame) -> pd.DataFrame:
    side = (reviews["department"] == "Tops") & (reviews["division"] == "Petite")
    return reviews.assign(rating=reviews["rating"].where(~side, 1))


@pytest.mark.parametrize(
    ("plant", "name", "measures", "kind"),
    [
        (crowd, "department=Tops", {"CI"}, "sampling"),
        (unhappy_department, "department=Bottoms", {"DPL", "KS", "TVD", "LP", "JS", "CDDL"}, "measurement"),
        (unhappy_young, "age_band=0-29", {"DPL", "CDDL"}, "societal"),
        (no_middle, "division=Petite", {"DPL"}, "response"),
        (flipped_scale, "class_name=Jeans", {"DPL", "KL", "LP"}, "measurement"),
        (voted_down, "votes=under 1", {"DPL", "CDDL"}, "selection"),
        (one_pair, "department × division=Tops × Petite", {"DPL"}, "selection"),
    ],
)
def test_a_planted_fault_is_refused_by_name(plant: object, name: str, measures: set[str], kind: str) -> None:
    groups = judged(plant(day(400)))  # type: ignore[operator]
    group = named(groups, name)
    assert measures <= {mark.measure for mark in group.marked("reject")}
    assert any(line.startswith(f"{name}: ") for line in objections(groups, BIAS))
    assert kind in read(group).kinds


def simpson() -> pd.DataFrame:
    """Petite and the rest have one third of positive reviews each, yet Petite has fewer in every department."""
    cells = {("Tops", "Petite"): (100, 100), ("Tops", "General"): (0, 100), ("Bottoms", "Petite"): (100, 0)}
    cells |= {("Bottoms", "General"): (250, 25)}
    rows = [(place, good) for place, counts in cells.items() for good, count in enumerate(counts) for _ in range(4 * count)]
    reviews = day(len(rows))
    return reviews.assign(
        department=pd.Series([place[0] for place, _ in rows], dtype="string"),
        division=pd.Series([place[1] for place, _ in rows], dtype="string"),
        rating=[5 if good else 1 for _, good in rows],
    )


def test_a_difference_that_hides_in_the_mix_is_found_by_cddl() -> None:
    group = named(judged(simpson()), "division=Petite")
    assert group.share(2) == group.rest_share(2) == 1 / 3
    assert {mark.measure for mark in group.marked("warn", "reject")} == {"CDDL"}
    assert group.verdict == "reject"
    assert "Simpson" in read(group).words


def test_a_difference_without_evidence_is_no_mark_and_a_lesser_one_is_a_warning() -> None:
    few = named(judged(unhappy_department(day(60))), "department=Bottoms")
    assert few.num_rows < BIAS.min_group_rows
    assert few.verdict == "not enough evidence"
    side = lambda reviews: (reviews["department"] == "Bottoms") & (reviews.index % 4 == 0)  # noqa: E731
    reviews = day(5000)
    slightly = named(judged(reviews.assign(rating=reviews["rating"].where(~side(reviews), 1))), "department=Bottoms")
    assert slightly.verdict == "warn"
    assert objections([slightly], changed(facets=[{"columns": ["department"], "given": "age_band"}])) == []


def test_a_missing_value_is_a_group_and_the_groups_of_a_facet_hold_every_row() -> None:
    reviews = day().assign(department=lambda frame: frame["department"].where(frame.index % 10 > 0))
    frame = facet_frame(reviews, BIAS, CONTRACT)
    for facet in BIAS.facets:
        found = list(contrasts(frame, facet))
        assert sum(one.num_rows for one in found) == 300
        assert all(one.num_rows + one.num_rest == 300 for one in found)
    assert named(judged(reviews), f"department={NO_VALUE}").num_rows == 30


def test_a_facet_without_evidence_is_refused_but_a_pair_is_not() -> None:
    assert [line.split(":")[0] for line in objections(judged(day(15)), BIAS)] == [
        "department", "division", "class_name", "age_band", "votes"
    ]  # fmt: skip
    assert all("deliver more rows" in line for line in objections(judged(day(0)), BIAS))


def test_the_report_is_the_same_every_time_and_is_json() -> None:
    first, again = as_rows(judged(day())), as_rows(judged(day()))
    assert first == again
    assert {row["verdict"] for row in first} == {"ok", "not enough evidence"}


def test_every_kind_of_bias_has_words_and_nothing_marked_has_no_reading() -> None:
    assert set(KINDS) == {"activity", "selection", "sampling", "measurement", "response", "societal"}
    with pytest.raises(ValueError, match="nothing is marked"):
        read(judged(day())[0])


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (
            {"facets": [{"columns": ["colour"], "given": "age_band"}]},
            "bias.facets: unknown colour; known: age_band, .*, votes",
        ),
        ({"facets": [{"columns": ["department"], "given": "department"}]}, "must all differ"),
        ({"facets": [{"columns": ["department"], "given": "age_band"}] * 2}, "listed twice"),
        ({"limits": {"DPL": {"warn": 0.5, "reject": 0.2}}}, "warn 0.5 is above reject 0.2"),
        ({"limits": {"XY": {"warn": 0.1, "reject": 0.2}}}, "limits.XY"),
        ({"bands": {"votes": {"field": "positive_feedback", "edges": [3, 1]}}}, "must rise"),
        ({"bands": {"votes": {"field": "colour", "edges": [1]}}}, "bias.bands.votes.field: unknown colour; known: age, positive_f"),
        (
            {"bands": {"department": {"field": "age", "edges": [1]}}},
            "'department' is no free name for a facet; allowed",
        ),
        ({"bands": {"day": {"field": "age", "edges": [1]}}}, "'day' is no free name for a facet"),
    ],
)
def test_a_wrong_setting_is_one_clear_line(values: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        changed(**values)
