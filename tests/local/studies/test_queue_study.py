"""A small draw of the study: what it prints, and that it tells a loss."""

from pathlib import Path

import pytest

from reviewloop.core.annotation.rehearsal import Rehearsal
from reviewloop_local.sample.reviews import make_reviews, to_csv_bytes
from reviewloop_local.studies import queue_study as study

SMALL = ["--folds", "2", "--start", "30", "--size", "20", "--rounds", "1"]


@pytest.fixture(scope="module")
def csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("reviews") / "some reviews.csv"
    path.write_bytes(to_csv_bytes(make_reviews(400, seed=3)))
    return path


def test_both_are_marked_on_what_neither_may_ask_about(csv: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = study.main(["--csv", str(csv), *SMALL])
    printed = capsys.readouterr().out
    assert status in (0, 1)
    assert "some reviews.csv: " in printed
    assert "none of the sealed part; 2 folds, 30 labels to begin with, 1 rounds of 20" in printed
    assert "| 20% at random, as configured |" in printed
    assert "| unsure texts alone |" in printed


def test_a_loss_is_told_and_is_the_exit_status(
    csv: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = Rehearsal((30, 50), ((0.4, 0.5), (0.4, 0.51)), ((0.4, 0.6), (0.4, 0.61)))
    monkeypatch.setattr(study, "play", lambda *_: lost)
    assert study.main(["--csv", str(csv), *SMALL]) == 1
    assert "-0.100" in capsys.readouterr().out
    assert study.told("x", lost)[-2:] == ["never", "random"]


def test_too_few_texts_are_told_in_one_line(csv: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        study.main(["--csv", str(csv), "--rounds", "100"])
    assert "texts are too few for 100 rounds of 100: ask for fewer" in capsys.readouterr().err
