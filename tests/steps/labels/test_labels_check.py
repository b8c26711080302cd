"""Both pages are made of a real snapshot, once, without the sealed part, and change nothing."""

import csv
import io

import pandas as pd
import pytest
from tests.steps.features.test_features import Curate, curate, parts, reviews  # noqa: F401 (a fixture)

from reviewloop.adapters.lake import s3
from reviewloop.config import load_config
from reviewloop.errors import NothingToDo
from reviewloop.refs import FeaturesRef
from reviewloop.steps.features.build_features import build_features
from reviewloop.steps.labels.find_label_errors import find_label_errors
from reviewloop.steps.labels.try_functions import try_functions

pytestmark = pytest.mark.contract

SAYS = {
    1: "it fell apart, i sent it back",
    3: "it is ok, i am on the fence",
    4: "i love it, so flattering",
    5: "i love it, so flattering",
}


@pytest.fixture
def features(curate: Curate) -> FeaturesRef:  # noqa: F811
    rows = reviews(300)
    wrong = rows["review_id"] % 50 == 2  # praise, and one star
    heard = rows["rating"].mask(wrong, 5).map(SAYS)
    curate(rows.assign(text=rows["text"] + " " + heard, rating=rows["rating"].mask(wrong, 1)), "2026-01-01")
    return build_features(None)


def test_functions_are_tried_once_and_never_on_sealed_rows(features):
    found = try_functions(features)
    told = s3.read_json(f"{found.uri}/labelling.json")
    assert found.num_rows == features.num_train + features.num_validation
    assert found.num_functions == len(told["functions"]) > 10
    assert told["coverage"] == 1.0
    assert {one["name"]: one["accuracy"]["value"] for one in told["functions"]}["sent_back"] == 1.0
    assert try_functions(features) == found
    assert "Labelling functions" in s3.read_bytes(found.page_uri).decode()


def test_a_dataset_without_functions_is_skipped(features, monkeypatch):
    monkeypatch.setattr("reviewloop.steps.labels.try_functions.load_functions", lambda dataset: ())
    with pytest.raises(NothingToDo, match="include/config/labelling/womens_clothing/ holds none"):
        try_functions(features)


def test_planted_errors_are_listed_and_nothing_is_changed(features):
    before = {name: part.copy() for name, part in parts(features).items()}
    found = find_label_errors(features)
    listed = list(csv.DictReader(io.StringIO(s3.read_bytes(found.csv_uri).decode())))
    assert found.num_listed == len(listed) == min(load_config().labels.errors.max_listed, found.num_rows)
    sealed = set(before["test"]["review_id"])
    planted = {number for number in range(2, 300, 50) if number not in sealed}
    assert len(planted) > 2
    assert {int(row["review_id"]) for row in listed[: len(planted)]} == planted
    assert sealed.isdisjoint(int(row["review_id"]) for row in listed)
    assert find_label_errors(features) == found
    for name, part in parts(features).items():
        pd.testing.assert_frame_equal(part, before[name])
    assert "Labels that may be wrong" in s3.read_bytes(found.page_uri).decode()
