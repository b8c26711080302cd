"""The weekly steps: told without a word, deleted with one; logs; sizes."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reviewloop import retain
from reviewloop.adapters.lake import places, s3
from reviewloop.adapters.mlflow import registry
from reviewloop.adapters.retention import sizes
from reviewloop.errors import NothingToDo, Unavailable
from reviewloop.steps.lake.expire_logs import expire_logs
from reviewloop.steps.lake.measure_stores import measure_stores
from reviewloop.steps.lake.retain_lake import retain_lake

pytestmark = pytest.mark.contract


@pytest.fixture
def answers(lake: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Two answers of Athena that nobody reads any more."""
    monkeypatch.setattr(s3, "now", lambda: datetime.now(UTC) + timedelta(days=30))
    monkeypatch.setattr(registry, "ledger_head", lambda: None)
    monkeypatch.setattr(registry, "versions", list)
    return [s3.write_bytes(f"{places.athena_results()}{name}.csv", b"123") for name in "ab"]


def test_without_a_word_it_tells_and_with_one_it_deletes(answers: list[str]) -> None:
    told = retain_lake()
    assert (told.num_found, told.num_due, told.due_bytes, told.num_gone, told.record_uri) == (2, 2, 6, 0, "")
    assert told.warnings == ("2 superseded things (6 B) of the lake would go: start lake_retain with apply",)
    assert all(map(s3.exists, answers))
    done = retain_lake(apply=True, by="person:ada")
    assert (done.num_gone, done.gone_bytes, done.warnings) == (2, 6, ())
    assert s3.read_json(done.record_uri)["by"] == "person:ada"
    assert not any(map(s3.exists, answers))
    assert retain_lake(apply=True).record_uri == ""


def test_by_hand_it_asks_who_it_is_and_says_what_it_did(answers: list[str], capsys, monkeypatch) -> None:
    assert retain.main([]) == 0
    assert "2 would go: `python -m reviewloop retain --apply --by NAME`" in capsys.readouterr().out
    for nobody in (["--apply"], ["--apply", "--by", " "]):
        with pytest.raises(SystemExit):
            retain.main(nobody)
        assert "--by: say who asks for it" in capsys.readouterr().err
    assert all(map(s3.exists, answers))

    def away() -> None:
        raise Unavailable("MLflow: no answer")

    with monkeypatch.context() as patch:
        patch.setattr(registry, "versions", away)
        assert retain.main(["--apply", "--by", "ada"]) == 1
    assert capsys.readouterr().err == "nothing was deleted: MLflow: no answer\n"
    assert all(map(s3.exists, answers))
    assert retain.main(["--apply", "--by", "ada"]) == 0
    assert f"2 are gone; the record: {places.retained()}" in capsys.readouterr().out
    assert not any(map(s3.exists, answers))


def test_logs_that_are_too_old_go(tmp_path: Path) -> None:
    log = tmp_path / "a" / "attempt=1.log"
    log.parent.mkdir()
    log.write_text("123")
    with pytest.raises(NothingToDo, match=f"no log below {tmp_path} is older than 90 days"):
        expire_logs([str(tmp_path)])
    os.utime(log, (0, 0))
    found = expire_logs([str(tmp_path)])
    assert (found.num_files, found.num_bytes, found.log_days) == (1, 3, 90)


def test_the_stores_are_measured(answers: list[str], tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("12345")
    found = measure_stores([str(tmp_path)])
    assert (found.num_objects, found.num_bytes, found.uri) == (3, 11, places.sizes())
    assert [one.store for one in sizes.read().stores] == ["lake", "work directory", f"logs {tmp_path}"]
