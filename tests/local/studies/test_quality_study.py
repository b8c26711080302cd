"""The quality gate on every named corruption, and on clean days. The command line runs the same on 200 days."""

import io
from collections import Counter

import pandas as pd
import pytest

from reviewloop_local.sample.faults import FAULTS
from reviewloop_local.sample.reviews import make_reviews
from reviewloop_local.studies import quality_study
from reviewloop_local.studies.corruptions import accepted, put
from reviewloop_local.studies.mutations import OF_BATCH, OF_DELIVERY, OF_FILE, OfBatch, OfDelivery, OfFile
from reviewloop_local.studies.quality_study import clean_days, delivered, judge, parsed, study_clean_days

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def pool() -> pd.DataFrame:
    return make_reviews()


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
    assert mutation.caught_by in {check.note for check in judge(mutation.change(parsed(rows, evidence)))}


def test_clean_days_raise_no_alarm(pool: pd.DataFrame) -> None:
    assert study_clean_days(pool, 12) == []


@pytest.mark.parametrize("fault", ["drifted", "one_sided_facet"])
def test_drift_is_left_to_the_monitor_and_bias_to_its_own_gate(fault: str) -> None:
    rows = pd.read_csv(io.BytesIO(FAULTS[fault](200, 1))).rename(columns={"Unnamed: 0": ""})
    ((_, evidence),) = clean_days(make_reviews(300), 1, seed=0)
    assert judge(parsed(rows, evidence)) == ()


def test_the_command_fails_on_an_uncaught_corruption(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    harmless = OfBatch("harmless", "a title is lost", "title present", accepted(put("title", None, one_in=100)))
    monkeypatch.setattr(quality_study, "OF_DELIVERY", ())
    monkeypatch.setattr(quality_study, "OF_FILE", ())
    monkeypatch.setattr(quality_study, "OF_BATCH", (harmless,))
    assert quality_study.main(["--days", "1"]) == 1
    told = capsys.readouterr().out
    assert "MISSED  harmless" in told
    assert "1 corruptions, 1 uncaught; 1 clean days, 0 alarms" in told
    monkeypatch.setattr(quality_study, "OF_BATCH", OF_BATCH[:1])
    assert quality_study.main(["--days", "0"]) == 0
