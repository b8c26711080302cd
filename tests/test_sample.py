"""``python -m reviewloop sample``: a sample for people."""

from pathlib import Path

import pandas as pd
import pytest
from tests.helpers.contracts import DTYPES
from tests.helpers.profiled import curated

from reviewloop.__main__ import main
from reviewloop.adapters.catalog import glue
from reviewloop.adapters.lake import artifacts, frames, s3
from reviewloop.core.dataset.splits import part_of
from reviewloop.core.texts import text_digest

GLUE_TYPES = {name: "bigint" if kind == "int64" else "string" for name, kind in DTYPES.items()}


@pytest.fixture
def reviews(lake: str) -> pd.DataFrame:
    """400 curated reviews, one of whose titles a spreadsheet would run."""
    rows = curated(400).assign(department=["Dresses" if number % 4 == 0 else "Tops" for number in range(400)])
    rows.loc[1::4, "title"] = "=1+1"
    data = {"reviews.parquet": frames.to_parquet(rows.drop(columns="day"))}
    artifact = artifacts.publish(s3.lake_uri("curated", "reviews", "day=2026-01-01"), data, {}, folder="batch={digest}")
    glue.register_partition("reviews", GLUE_TYPES, "2026-01-01", artifact.digest[:16], artifact.uri)
    return rows


@pytest.mark.contract
def test_people_get_a_file_that_stands_for_all_and_shows_no_sealed_text(
    reviews: pd.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "sample.csv"
    arguments = ["sample", "stratified", "--by", "department", "--size", "120", "--seed", "4", "--to", str(file)]
    assert main(arguments) == 0
    found = pd.read_csv(file)
    assert len(found) == 120
    assert {part_of(text_digest(text), 0.1, 0.2) for text in found["text"]} <= {"train", "validation"}
    assert found["sampling_weight"].mean() == pytest.approx(1)
    assert set(found["title"].dropna()) & {"=1+1"} == set()
    told = capsys.readouterr()
    assert "department  Dresses" in told.out
    assert "values none is off beyond luck." in told.out
    assert told.out.endswith(f"{file}: 120 of {len(offered(reviews))} reviews\n")
    first = file.read_bytes()
    assert main(arguments) == 0
    assert file.read_bytes() == first

    assert main(["sample", "convenience", "--size", "0.1", "--to", str(file)]) == 0
    assert "note: What was at hand first was taken. No probabilities" in capsys.readouterr().err
    assert main(["sample", "weighted", "--by", "colour", "--size", "9", "--weights", "a=2", "--to", str(file)]) == 1
    assert "by 'colour' is no group of reviews; allowed: sentiment, " in capsys.readouterr().err
    assert main(["sample", "simple_random", "--size", "9", "--day", "2025-01-01"]) == 1
    assert capsys.readouterr().err == "no curated reviews up to 2025-01-01\n"
    assert main(["sample", "simple_random", "--size", "9", "--day", "tomorrow"]) == 1
    assert capsys.readouterr().err == "--day: 'tomorrow' is not a date; write it as YYYY-MM-DD\n"
    assert [path.name for path in tmp_path.iterdir()] == ["sample.csv"]


def offered(reviews: pd.DataFrame) -> list[str]:
    return [text for text in reviews["text"] if part_of(text_digest(text), 0.1, 0.2) != "test"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["stratified", "--size", "9"], "sampling stratified needs by; it takes size, by"),
        (["simple_random", "--size", "9", "--by", "day"], "sampling simple_random takes no by; it takes size"),
        (["simple_random", "--size", "9.5"], "size 9.5 is neither a share (at most 1) nor a whole number of rows"),
        (["simple_random", "--size", "-5"], "--size: Input should be greater than 0 (found -5.0)"),
        (["quota", "--by", "day", "--quotas", "nine"], "'nine' is not VALUE=NUMBER, such as Dresses=2"),
        (["at_random", "--size", "9"], "invalid choice: 'at_random'"),
    ],
)
def test_a_mistake_is_one_line_that_says_what_is_allowed(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main(["sample", *arguments])
    assert left.value.code == 2
    assert told in capsys.readouterr().err
