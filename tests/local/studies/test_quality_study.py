"""The quality gate on every named corruption, and on clean days. The command line runs the same on 200 days."""

import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from tests.helpers.gadget_shop import add_dataset, deliver

from reviewloop.config import load_config
from reviewloop.settings import settings
from reviewloop_local.sample.faults import FAULTS
from reviewloop_local.sample.reviews import make_reviews, to_csv_bytes
from reviewloop_local.studies import quality_study
from reviewloop_local.studies.corruptions import accepted, put
from reviewloop_local.studies.mutations import OF_BATCH, OF_DELIVERY, OF_FILE, OfBatch, OfDelivery, OfFile
from reviewloop_local.studies.quality_study import clean_days, delivered, judge, parsed, read_pool, sample_pool, study_clean_days

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def pool() -> pd.DataFrame:
    return sample_pool()


def test_the_corruptions_are_many_and_different() -> None:
    names = Counter(mutation.name for mutation in (*OF_DELIVERY, *OF_FILE, *OF_BATCH))
    assert len(names) >= 60
    assert max(names.values()) == 1


@pytest.mark.parametrize("mutation", [*OF_DELIVERY, *OF_FILE], ids=lambda mutation: mutation.name)
def test_a_corrupted_delivery_is_caught(mutation: OfDelivery | OfFile, pool: pd.DataFrame) -> None:
    ((rows, evidence),) = clean_days(pool, 1, seed=0)
    assert delivered(mutation, rows, evidence).caught


@pytest.mark.parametrize("mutation", OF_BATCH, ids=lambda mutation: mutation.name)
def test_a_corrupted_batch_is_caught(mutation: OfBatch, pool: pd.DataFrame) -> None:
    ((rows, evidence),) = clean_days(pool, 1, seed=0)
    assert mutation.caught_by in {check.note for check in judge(mutation.change.apply(parsed(rows, evidence)))}


def test_clean_days_raise_no_alarm(pool: pd.DataFrame) -> None:
    assert study_clean_days(pool, 12) == []


@pytest.mark.parametrize("fault", ["drifted", "one_sided_facet"])
def test_drift_is_left_to_the_monitor_and_bias_to_its_own_gate(fault: str) -> None:
    rows = read_pool("fault.csv", io.BytesIO(FAULTS[fault](200, 1)))
    ((_, evidence),) = clean_days(sample_pool(), 1, seed=0)
    assert judge(parsed(rows, evidence)) == ()


def with_complaints(pool: pd.DataFrame, share: float, num_rows: int = 200, seed: int = 0) -> pd.DataFrame:
    """A day of true reviews, of which ``share`` are complaints."""
    is_complaint = pool["rating"] <= 2
    parts = ((is_complaint, round(share * num_rows)), (~is_complaint, num_rows - round(share * num_rows)))
    rows = pd.concat([pool[chosen].sample(count, random_state=seed) for chosen, count in parts])
    return rows.sample(frac=1, random_state=seed).assign(review_id=range(1, num_rows + 1)).reset_index(drop=True)


@pytest.mark.parametrize("seed", range(3))
def test_a_day_of_thirty_percent_true_complaints_is_told_as_unusual_and_not_refused(pool: pd.DataFrame, seed: int) -> None:
    ((_, evidence),) = clean_days(pool, 1, seed=0)
    found = judge(parsed(with_complaints(pool, 0.3, seed=seed), evidence))
    assert "usual share of negative reviews" in [check.note for check in found]
    assert {check.severity for check in found} == {"warn"}


@pytest.mark.parametrize("seed", range(3))
def test_a_scale_read_upside_down_is_still_refused(pool: pd.DataFrame, seed: int) -> None:
    ((_, evidence),) = clean_days(pool, 1, seed=0)
    flipped = read_pool("flipped.csv", io.BytesIO(FAULTS["flipped_labels"](200, seed)))
    found = judge(parsed(flipped, evidence))
    assert {"share of negative reviews", "share of positive reviews"} <= {c.note for c in found if c.severity == "reject"}


@pytest.fixture
def another_shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This process studies by the contract of the gadget shop."""
    monkeypatch.setenv("REVIEWLOOP_CONFIG_DIR", str(add_dataset(tmp_path / "config")))
    monkeypatch.setenv("REVIEWLOOP_PROFILE", "gadgets")
    settings.cache_clear()
    load_config.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()
    load_config.cache_clear()


@pytest.mark.usefixtures("another_shop")
def test_another_shop_is_studied_by_its_own_contract(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its file has other headers and another delimiter; a corruption of what it does not have is left out by name."""
    path = tmp_path / "gadgets.csv"
    path.write_bytes(deliver(600, 1))
    chosen = ("ratings_out_of_ten", "texts_said_missing", "one_product")
    monkeypatch.setattr(quality_study, "OF_DELIVERY", tuple(one for one in OF_DELIVERY if one.name in chosen))
    monkeypatch.setattr(quality_study, "OF_BATCH", OF_BATCH[:1])
    assert quality_study.main(["--csv", str(path), "--days", "0"]) == 0
    told = capsys.readouterr().out
    assert "left out  one_product            the contract has no field product_id" in told
    assert "11 corruptions, 0 uncaught; 0 clean days, 0 alarms" in told


@pytest.mark.parametrize(
    ("name", "data", "line"),
    [
        ("gadgets.csv", deliver(600, 1), "contract: gadgets.csv: header: missing column '', 'Clothing ID', 'Age', 'Title'"),
        ("few.csv", to_csv_bytes(make_reviews(60)), "CSV: few.csv holds 60 rows; days of about 200 are drawn from at least 500"),
        ("a.xlsx", b"PK", "contract: a.xlsx: ending '.xlsx' is not one of .csv"),
        ("gone.csv", None, "gone.csv' is not a file; give the path of the review file"),
    ],
)
def test_a_file_that_cannot_be_studied_is_told_in_one_line(
    name: str, data: bytes | None, line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if data is not None:
        (tmp_path / name).write_bytes(data)
    assert quality_study.main(["--csv", str(tmp_path / name)]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1
    assert line in told.err


def test_the_command_fails_on_an_uncaught_corruption(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    harmless = OfBatch("harmless", "a title is lost", "title present", accepted(put("title", None, one_in=100)))
    monkeypatch.setattr(quality_study, "OF_DELIVERY", ())
    monkeypatch.setattr(quality_study, "OF_FILE", ())
    monkeypatch.setattr(quality_study, "OF_BATCH", (harmless,))
    assert quality_study.main(["--days", "1", "--poisoned-days", "0"]) == 1
    told = capsys.readouterr().out
    assert "MISSED  harmless" in told
    assert "1 corruptions, 1 uncaught; 1 clean days, 0 alarms" in told
    monkeypatch.setattr(quality_study, "OF_BATCH", OF_BATCH[:1])
    assert quality_study.main(["--days", "0", "--poisoned-days", "0"]) == 0
