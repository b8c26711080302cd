"""``python -m reviewloop predict``: a file of reviews, read by a model."""

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from reviewloop.__main__ import main
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.models import baseline
from reviewloop.models.predictor import Predictor

TEXTS = {0: "awful scratchy returned", 1: "average so so", 2: "lovely soft perfect"}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    labels = np.arange(60) % 3
    texts = [TEXTS[int(label)] for label in labels]
    pipeline = baseline.fit(texts, labels, np.ones(60), ngram_max=1, min_df=1, max_features=500, c=10.0, seed=1)
    (folder / baseline.FILE).write_bytes(baseline.to_skops(pipeline))
    (folder / "model.json").write_text(json.dumps({"kind": "baseline", "labels": list(SENTIMENTS)}))
    return folder


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_the_rows_come_back_with_their_answers(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(
        tmp_path / "a.csv", '\ufeffid,Title,Review Text\n1,,lovely soft\n2,x,""\n\n3,Awful,"scratchy, ""and""\nreturned"\n'
    )
    assert main(["predict", str(file), "--model", str(model)]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'a.predicted.csv'}: 3 rows\n"
    rows = list(csv.DictReader((tmp_path / "a.predicted.csv").open(newline="", encoding="utf-8")))
    assert [(row["id"], row["sentiment"]) for row in rows] == [("1", "positive"), ("2", ""), ("3", "negative")]
    assert rows[2]["Review Text"] == 'scratchy, "and"\nreturned'
    assert sum(float(rows[0][name]) for name in SENTIMENTS) == pytest.approx(1, abs=1e-5)
    assert {path.name for path in tmp_path.iterdir()} == {"a.csv", "a.predicted.csv"}


def test_many_rows_are_those_of_one_pass_each(model: Path, tmp_path: Path) -> None:
    lines = [f"{number},{TEXTS[number % 3]}" for number in range(1_100)]
    file = written(tmp_path / "b.csv", "\n".join(["id,text", *lines]))
    assert main(["predict", str(file), "--model", str(model), "--to", str(tmp_path / "out.csv")]) == 0
    rows = list(csv.DictReader((tmp_path / "out.csv").open(newline="", encoding="utf-8")))
    assert [row["id"] for row in rows] == [str(number) for number in range(1_100)]
    assert [row["sentiment"] for row in rows[:3]] == list(SENTIMENTS)


def test_no_cell_becomes_a_formula_and_none_that_is_defused_is_defused_twice(model: Path, tmp_path: Path) -> None:
    file = written(tmp_path / "c.csv", "text,=cmd,price\n=1+1,@x,-1.5\n'=1+1,+y,2\n")
    assert main(["predict", str(file), "--model", str(model)]) == 0
    rows = list(csv.reader((tmp_path / "c.predicted.csv").open(newline="", encoding="utf-8")))
    assert rows[0][:3] == ["text", "'=cmd", "price"]
    assert rows[1][:3] == ["'=1+1", "'@x", "-1.5"]
    assert not any(cell.startswith(("=", "@", "\t")) for row in rows for cell in row)


@pytest.mark.parametrize(
    ("content", "more", "line"),
    [
        (b"id,review\n1,x\n", [], "no column text or Review Text; name the review's with --text, the file has 'id', 'review'"),
        (b"id,text\n1,x\n", ["--text", "body"], "--text: no column 'body'; the file has 'id', 'text'"),
        (b"id,text\n1,x\n", ["--title", "head"], "--title: no column 'head'"),
        (b"text,sentiment\nx,y\n", [], "has a column 'sentiment' already"),
        (b"text,text\nx,y\n", [], "the column 'text' is there twice"),
        (b"", [], "has no header"),
        (b"id,text\n1,x,more\n", [], "row 1 has 3 cells, the header 2"),
        (b"text\n\xff\xfe\n", [], "is not UTF-8"),
        (b'text\n"open', [], "is not CSV"),
        (b"text\nx\n", ["--model", "/no/such"], "--model: /no/such: is no folder"),
        (b"text\nx\n", ["--to", "{file}"], "is the file itself"),
        (b"text\nx\n", ["--to", "/no/such/folder/out.csv"], "No such file or directory"),
        (b"text\nx\n", ["--to", "/"], "--to: /: is a folder; name a file in it"),
    ],
)
def test_a_wrong_file_gets_one_line_and_leaves_nothing(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, more: list[str], line: str
) -> None:
    file = tmp_path / "d.csv"
    file.write_bytes(content)
    given = [one.format(file=file) for one in more]
    assert main(["predict", str(file), *([] if "--model" in given else ["--model", str(model)]), *given]) == 1
    told = capsys.readouterr().err
    assert line in told
    assert told.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["d.csv"]


def test_a_file_that_is_not_there_is_named(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["predict", str(tmp_path / "none.csv"), "--model", str(model)]) == 1
    assert "none.csv: No such file" in capsys.readouterr().err


@pytest.mark.parametrize("file", [".", "/", ""])
def test_a_folder_in_place_of_the_file_is_named(model: Path, file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["predict", file, "--model", str(model)]) == 1
    told = capsys.readouterr().err
    assert told.endswith(": is a folder; give a CSV file\n")
    assert told.count("\n") == 1


@pytest.mark.parametrize(
    ("about", "weights", "line"),
    [
        ("{", b"", "model.json: is not JSON: "),
        ("[]", b"", "model.json: is a list, not an object"),
        (None, b"no model", "cannot be loaded: "),
    ],
)
def test_a_folder_that_holds_no_model_is_one_line(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], about: str | None, weights: bytes, line: str
) -> None:
    folder, file = tmp_path / "broken", written(tmp_path / "e.csv", "text\nx\n")
    shutil.copytree(model, folder)
    (folder / baseline.FILE).write_bytes(weights)
    if about is not None:
        (folder / "model.json").write_text(about)
    assert main(["predict", str(file), "--model", str(folder)]) == 1
    told = capsys.readouterr().err
    assert line in told
    assert told.count("\n") == 1


def test_a_model_that_gives_no_number_labels_nobody(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(tmp_path / "f.csv", "text\nlovely\n")
    monkeypatch.setattr(Predictor, "predict_proba", lambda _, texts: np.full((len(texts), 3), np.nan))
    assert main(["predict", str(file), "--model", str(model)]) == 1
    assert "model model: not finite: it gave no probabilities for some of 1 texts" in capsys.readouterr().err.replace(
        "model0", "model"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["f.csv"]
