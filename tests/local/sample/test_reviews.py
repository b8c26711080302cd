"""The sample: the same bytes every time, the mess of the real file, and a text classifier's honest difficulty."""

import csv
import io
import time

import numpy as np
import pandas as pd
import pytest

from reviewloop_local.sample.__main__ import main
from reviewloop_local.sample.reviews import COLUMNS, make_reviews, to_csv_bytes


@pytest.fixture(scope="module")
def reviews() -> pd.DataFrame:
    return make_reviews()


def test_the_same_seed_gives_the_same_bytes(reviews):
    assert to_csv_bytes(make_reviews()) == to_csv_bytes(reviews)


def test_another_seed_gives_other_reviews(reviews):
    assert not set(make_reviews(200, seed=1)["Review Text"].dropna()) & set(reviews["Review Text"].dropna())


def test_four_thousand_rows_take_less_than_three_seconds():
    began = time.process_time()
    to_csv_bytes(make_reviews(4000, seed=3))
    assert time.process_time() - began < 3


def test_the_columns_are_those_of_the_producer(reviews):
    assert tuple(reviews.columns) == COLUMNS
    assert reviews[""].tolist() == list(range(4000))
    assert make_reviews(3, first_id=50)[""].tolist() == [50, 51, 52]


def test_a_negative_number_of_rows_is_refused():
    with pytest.raises(ValueError, match="num_rows: -1"):
        make_reviews(-1)


def test_the_csv_holds_exactly_these_rows(reviews):
    header, *rows = csv.reader(io.StringIO(to_csv_bytes(reviews).decode(), newline=""))
    assert tuple(header) == COLUMNS
    assert len(rows) == 4000
    texts = reviews["Review Text"].fillna("")
    assert [row[4] for row in rows] == texts.tolist()
    assert [int(row[5]) for row in rows] == reviews["Rating"].tolist()


def test_ratings_come_in_the_shares_of_the_real_file(reviews):
    positive = (reviews["Rating"] >= 4).mean()
    neutral = (reviews["Rating"] == 3).mean()
    assert (positive, neutral) == (pytest.approx(0.77, abs=0.03), pytest.approx(0.12, abs=0.02))
    assert sorted(reviews["Rating"].unique()) == [1, 2, 3, 4, 5]


def test_cells_are_missing_as_in_the_real_file(reviews):
    missing = reviews.isna().mean()
    assert missing["Review Text"] == pytest.approx(0.036, abs=0.01)
    assert missing["Title"] == pytest.approx(0.16, abs=0.02)
    assert missing["Department Name"] < 0.005
    assert missing.drop(["Review Text", "Title", "Division Name", "Department Name", "Class Name"]).sum() == 0


def test_the_cells_hold_what_breaks_naive_parsers(reviews):
    texts = reviews["Review Text"].dropna()
    for sign in "=+-@":
        assert texts.str.startswith(sign).any(), sign
    assert texts.str.contains("\n").sum() > 50
    assert texts.str.contains("\r\n").any()
    assert texts.str.contains('"').sum() > 50
    assert texts.str.contains(",").sum() > 1000
    assert (texts != texts.str.strip()).any()


def test_some_rows_and_some_texts_come_twice_and_hardly_any_more(reviews):
    assert 3 <= reviews.drop(columns="").duplicated().sum() <= 30
    with_text = reviews.dropna(subset="Review Text")
    repeated = with_text.duplicated("Review Text").sum()
    assert 10 <= repeated <= 60
    assert repeated > with_text.drop(columns="").duplicated().sum()


def test_texts_have_10_to_100_words_or_little_more(reviews):
    lengths = reviews["Review Text"].dropna().str.split().str.len()
    assert lengths.min() >= 10
    assert lengths.max() <= 140
    assert 40 <= lengths.mean() <= 70


def test_people_and_departments_are_those_of_such_a_shop(reviews):
    assert reviews["Age"].between(18, 99).all()
    assert reviews["Age"].mean() == pytest.approx(43, abs=2)
    shares = reviews["Department Name"].value_counts(normalize=True)
    assert shares["Tops"] == pytest.approx(0.446, abs=0.03)
    assert set(shares.index) == {"Tops", "Dresses", "Bottoms", "Intimate", "Jackets", "Trend"}
    assert set(reviews["Division Name"].dropna()) == {"General", "General Petite", "Initmates"}


def test_the_first_rows_look_like_the_last_ones(reviews):
    first, last = reviews[:2000], reviews[2000:]
    assert first["Rating"].mean() == pytest.approx(last["Rating"].mean(), abs=0.15)
    words = [set(" ".join(part["Review Text"].dropna()).lower().split()) for part in (first, last)]
    assert len(words[0] & words[1]) / len(words[0] | words[1]) > 0.5


@pytest.mark.parametrize("seed", [20260101, 7])
def test_tfidf_finds_a_part_of_the_sentiment_only(seed):
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import f1_score

    rows = make_reviews(4000, seed).dropna(subset="Review Text").drop_duplicates("Review Text")
    texts = (rows["Title"].fillna("") + ". " + rows["Review Text"]).to_numpy()
    labels = np.select([rows["Rating"] <= 2, rows["Rating"] == 3], [0, 1], 2)
    vectors = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    shares = np.bincount(labels[:2800]) / 2800
    weights = dict(enumerate(shares**-0.5))
    model = LogisticRegression(C=4, max_iter=300, class_weight=weights).fit(vectors.fit_transform(texts[:2800]), labels[:2800])
    score = f1_score(labels[2800:], model.predict(vectors.transform(texts[2800:])), average="macro")
    assert 0.55 < score < 0.80


def test_the_command_writes_a_sample_or_a_fault(tmp_path):
    assert main(["--rows", "30", "--seed", "5", "--out", str(tmp_path / "good.csv")]) == 0
    assert (tmp_path / "good.csv").read_bytes() == to_csv_bytes(make_reviews(30, 5))
    assert main(["--rows", "30", "--fault", "changed_schema", "--out", str(tmp_path / "bad.csv")]) == 0
    assert b"Stars" in (tmp_path / "bad.csv").read_bytes()


def test_the_command_refuses_an_unknown_fault_and_no_rows(tmp_path, capsys):
    for wrong, named in ((["--fault", "nothing"], "'drifted'"), (["--rows", "0"], "--rows: 0")):
        with pytest.raises(SystemExit, match="2"):
            main([*wrong, "--out", str(tmp_path / "never.csv")])
        assert named in capsys.readouterr().err
    assert not (tmp_path / "never.csv").exists()
