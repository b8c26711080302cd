"""Each planted fault has the property it is named for, and no other."""

import csv
import io

import numpy as np
import pandas as pd
import pytest

from reviewloop.config import load_config
from reviewloop.contracts import load_contract
from reviewloop.core.bias.contrasts import facet_frame
from reviewloop.core.bias.verdicts import measure, objections
from reviewloop_local.sample.faults import FAULTS, FIRST_ID
from reviewloop_local.sample.reviews import COLUMNS, make_reviews

SEEDS = (1, 20260105)
TEXT = "Review Text"


def delivery(name: str, seed: int = 1, num_rows: int = 200) -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(FAULTS[name](num_rows, seed))).rename(columns={"Unnamed: 0": ""})


def positive(frame: pd.DataFrame) -> pd.Series:
    return frame["Rating"] >= 4


def shares(frame: pd.DataFrame) -> dict[str, float]:
    rating = frame["Rating"]
    return {"negative": (rating <= 2).mean(), "neutral": (rating == 3).mean(), "positive": (rating >= 4).mean()}


def dpl(frame: pd.DataFrame, group: pd.Series) -> float:
    """Difference in the share of positive ratings, the group against the rest."""
    return positive(frame)[group].mean() - positive(frame)[~group].mean()


def bias_objections(frame: pd.DataFrame) -> list[str]:
    """Why the gate ``bias`` refuses the delivery, as it would see it behind ``parse``."""
    config = load_config()
    fields = frame.rename(columns={header: field for field, header in load_contract().headers().items()})
    return objections(measure(facet_frame(fields.dropna(subset=["text"]), config.bias, config.contract), config.bias), config.bias)


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_the_same_every_time(name):
    assert FAULTS[name](120, 4) == FAULTS[name](120, 4)
    assert FAULTS[name](120, 4) != FAULTS[name](120, 5)


@pytest.mark.parametrize("name", sorted(set(FAULTS) - {"changed_schema", "truncated_file"}))
def test_all_but_the_broken_files_keep_the_schema_and_bring_new_numbers(name):
    frame = delivery(name)
    assert tuple(frame.columns) == COLUMNS
    assert len(frame) == 200
    assert frame[""].is_unique
    assert frame[""].min() >= FIRST_ID


@pytest.mark.parametrize("seed", SEEDS)
def test_a_drifted_day_stays_within_the_bands_of_the_gates(seed):
    frame, config = delivery("drifted", seed), load_config()
    for name, bands in config.quality.label_shares.items():
        assert bands.usual.low <= shares(frame)[name] <= bands.usual.high
    assert frame["Age"].between(*next(column.range for column in load_contract().columns if column.field == "age")).all()
    assert frame[TEXT].isna().mean() <= config.quality.max_quarantined_share
    assert frame["Title"].isna().mean() <= config.quality.max_missing_shares["title"]
    assert bias_objections(frame) == []


@pytest.mark.parametrize("seed", SEEDS)
def test_a_drifted_day_talks_about_other_things_at_another_length(seed):
    usual, frame = make_reviews(2000), delivery("drifted", seed)
    known = set(" ".join(usual[TEXT].dropna()).split())
    unknown = frame[TEXT].dropna().map(lambda text: np.mean([word not in known for word in text.split()]))
    undrifted = make_reviews(200, seed)[TEXT].dropna().map(lambda text: np.mean([word not in known for word in text.split()]))
    assert unknown.mean() > 0.3
    assert undrifted.mean() < 0.05
    lengths = usual[TEXT].dropna().str.split().str.len()
    assert frame[TEXT].dropna().str.split().str.len().mean() > lengths.mean() + 1.5 * lengths.std()


def test_a_drifted_day_has_other_departments_and_younger_people():
    usual, frame = make_reviews(2000), delivery("drifted")
    mixes = [rows["Department Name"].value_counts(normalize=True) for rows in (usual, frame)]
    assert mixes[0].sub(mixes[1], fill_value=0).abs().sum() / 2 > 0.5
    assert frame["Age"].median() < usual["Age"].quantile(0.25)


def test_flipped_labels_mirror_the_scale_and_nothing_else():
    frame, told = delivery("flipped_labels"), make_reviews(200, 1)
    assert (frame["Rating"] == 6 - told["Rating"]).all()
    assert frame[TEXT].fillna("").map(str.split).tolist() == told[TEXT].fillna("").map(str.split).tolist()
    assert shares(frame)["positive"] < load_config().quality.label_shares["positive"].possible.low


def test_a_missing_class_leaves_no_negative_review():
    found = shares(delivery("missing_class"))
    assert found["negative"] == 0
    assert found["neutral"] > load_config().quality.label_shares["neutral"].usual.low


@pytest.mark.parametrize("seed", SEEDS)
def test_a_one_sided_facet_hides_behind_natural_class_shares(seed):
    frame, config = delivery("one_sided_facet", seed), load_config()
    for name, bands in config.quality.label_shares.items():
        assert bands.usual.low <= shares(frame)[name] <= bands.usual.high
    assert shares(frame)["positive"] == pytest.approx(0.77, abs=0.08)
    side = frame["Department Name"] == "Bottoms"
    assert dpl(frame, side) < -0.5
    assert bias_objections(frame)[0].startswith("department=Bottoms: DPL of positive")


def test_a_changed_schema_lacks_columns_that_the_dataset_names():
    columns = load_contract().headers()
    found = set(delivery("changed_schema").columns)
    assert {columns[name] for name in ("text", "rating", "age")} & found == set()
    assert {columns[name] for name in ("title", "department")} <= found


@pytest.mark.parametrize("seed", SEEDS)
def test_a_truncated_file_ends_inside_a_quoted_cell(seed):
    data = FAULTS["truncated_file"](200, seed)
    assert data.count(b'"') % 2 == 1
    assert not data.endswith((b"\n", b'"'))
    with pytest.raises(csv.Error, match="unexpected end of data"):
        list(csv.reader(io.StringIO(data.decode(), newline=""), strict=True))


def test_too_few_rows_to_truncate_are_refused():
    with pytest.raises(ValueError, match="give 50 or more"):
        FAULTS["truncated_file"](0, 1)
