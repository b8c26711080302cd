"""What a study's command line refuses, in one line that says what is allowed."""

from pathlib import Path

import pytest

from reviewloop_local.errors import LocalError
from reviewloop_local.studies.arguments import Count, parser_of, read

COUNTS = {"weeks": Count(1000, "clean weeks"), "pairs": Count(4, "of each", least=2)}


def asked(*arguments: str) -> object:
    return read(parser_of("study-x", "What it is.\nMore.", COUNTS, "x.md"), COUNTS, list(arguments))


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("--csv", "nowhere.csv"), "--csv: nowhere.csv is not a file; give the path of the review file, quoted if it holds spaces"),
        (("--weeks", "0"), "--weeks: 0 is not allowed; give 1 or more"),
        (("--pairs", "1"), "--pairs: 1 is not allowed; give 2 or more"),
    ],
)
def test_a_wrong_value_is_one_line(arguments: tuple[str, ...], line: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        asked(*arguments)
    assert capsys.readouterr().err.splitlines()[-1] == f"make study-x: error: {line}"


def test_counts_have_their_defaults_and_a_file_is_a_path(tmp_path: Path) -> None:
    (tmp_path / "a b.csv").touch()
    chosen = asked("--csv", str(tmp_path / "a b.csv"), "--pairs", "2", "--docs")
    assert vars(chosen) == {"csv": tmp_path / "a b.csv", "weeks": 1000, "pairs": 2, "docs": True}


def test_without_a_file_the_made_up_reviews_must_be_of_the_dataset(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(instead: str) -> None:
        raise LocalError(f"another dataset; {instead}")

    monkeypatch.setattr("reviewloop_local.studies.arguments.require_dataset", refuse)
    with pytest.raises(SystemExit):
        asked()
    assert "another dataset; give a file of its reviews: --csv FILE" in capsys.readouterr().err


def test_a_study_without_a_page_takes_no_docs(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        read(parser_of("study-x", "What it is.", COUNTS, None), COUNTS, ["--docs"])
    assert capsys.readouterr().err.splitlines()[-1] == "make study-x: error: unrecognized arguments: --docs"
