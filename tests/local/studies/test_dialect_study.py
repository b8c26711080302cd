"""A few days in every dialect. The command line writes 500."""

import pandas as pd
import pytest

from reviewloop_local.sample.reviews import make_reviews
from reviewloop_local.studies import dialect_study
from reviewloop_local.studies.dialect_study import DIALECTS, Dialect, as_is, bare, days, outcome


@pytest.fixture(scope="module")
def pool() -> pd.DataFrame:
    """Reviews of which many hold quotes, at the ends of a text and inside."""
    rows = make_reviews(600)
    marks = ('"{}', '{}"', '"{}"', "{} 5'4\"", "{}", "{}\n{}")
    texts = [text if pd.isna(text) else marks[at % len(marks)].format(text, text) for at, text in enumerate(rows["Review Text"])]
    return rows.assign(**{"Review Text": texts})


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_every_dialect_is_read_as_it_was_written(dialect: Dialect, pool: pd.DataFrame) -> None:
    assert [outcome(dialect, rows) for rows in days(pool, 4)] == ["exact"] * 4


def test_the_study_sees_what_is_lost(pool: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    (rows,) = days(pool, 1)
    assert outcome(Dialect("line ends left in", "day.tsv", as_is, bare("\t")), rows) in ("split", "refused")
    shorter = Dialect("a row left out", "day.tsv", as_is, lambda rows: DIALECTS[8].write(rows.iloc[1:]))
    assert outcome(shorter, rows) == "merged"
    other = Dialect("a rating changed", "day.csv", as_is, lambda rows: DIALECTS[5].write(rows.assign(Rating=3)))
    assert outcome(other, rows) == "changed"
    monkeypatch.setattr(dialect_study, "DIALECTS", (other,))
    assert dialect_study.main(["--days", "1"]) == 1
    monkeypatch.setattr(dialect_study, "DIALECTS", DIALECTS[:1])
    assert dialect_study.main(["--days", "1"]) == 0
