"""A day that is read in chunks is the day that one task reads; what fails of it is named, and nothing else fails with it."""

from pathlib import Path

import pytest
from tests.steps.score.test_score_and_monitor import DAY, make_reviews, put_day, release

from reviewloop.adapters.lake import artifacts, s3
from reviewloop.config import Config, load_config
from reviewloop.errors import NothingToDo, PermanentError, Superseded
from reviewloop.refs import ChunkRef, CuratedRef
from reviewloop.steps.score.cut_days import cut_days
from reviewloop.steps.score.read_chunk import read_chunk
from reviewloop.steps.score.score import score

pytestmark = pytest.mark.contract


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    config = load_config()
    small: Config = config.model_copy(update={"scoring": config.scoring.model_copy(update={"chunk_rows": 50})})
    monkeypatch.setattr("reviewloop.steps.score.cut_days.load_config", lambda: small)


@pytest.fixture
def large_day(lake: str, mlflow_server: str, tmp_path: Path, small_chunks: None) -> CuratedRef:
    """120 reviews, three chunks, and a champion."""
    release(tmp_path)
    return put_day(make_reviews(120, 5))


def ranges(chunks: list[ChunkRef]) -> list[tuple[int, int]]:
    return [(one.first, one.stop) for one in chunks]


def test_a_day_read_in_chunks_in_any_order_has_the_bytes_of_one_read_at_once(large_day: CuratedRef) -> None:
    cut = cut_days([large_day])
    assert ranges(cut) == [(0, 50), (50, 100), (100, 120)]
    read = [read_chunk(one) for one in reversed(cut)]
    assert read_chunk(cut[0]) == read[-1], "a rerun finds it"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("reviewloop.steps.score.score.read_rows", lambda *_: pytest.fail("every row was read already"))
        scored = score(large_day, cut, read)
    joined = artifacts.open_artifact(scored.uri)
    assert list(s3.list_uris(s3.lake_uri("chunks", ""))) == [], "what was joined is let go"
    assert score(large_day, cut, read) == scored, "also where the whole run is cleared"
    assert cut_days([large_day]) == []

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("reviewloop.steps.score.score.already_scored", lambda *_: None)
        assert artifacts.open_artifact(score(large_day).uri).files == joined.files


def test_a_chunk_that_failed_is_named_and_read_alone_when_it_is_cleared(large_day: CuratedRef) -> None:
    cut = cut_days([large_day])
    read = [read_chunk(cut[0]), read_chunk(cut[2])]
    with pytest.raises(PermanentError, match=f"{DAY}: rows 50 to 99 were not read; clear what failed of read_chunk"):
        score(large_day, cut, read)
    other = put_day(make_reviews(30, 6), day="2026-01-03")
    assert score(other, cut, read).num_rows == 30, "the other day is none of its business"
    assert score(large_day, cut, [*read, read_chunk(cut[1])]).num_rows == 120


def test_a_small_day_is_one_task_and_no_champion_is_nothing_to_cut(
    lake: str, mlflow_server: str, tmp_path: Path, small_chunks: None
) -> None:
    curated = put_day(make_reviews(50, 5))
    with pytest.raises(NothingToDo, match="no champion yet"):
        cut_days([curated])
    release(tmp_path)
    assert cut_days([curated]) == []


def test_together_the_days_have_no_more_chunks_than_airflow_maps(large_day: CuratedRef) -> None:
    other = put_day(make_reviews(90, 6), day="2026-01-03")
    assert ranges(cut_days([large_day, other], most=4)) == [(0, 100), (100, 120)]


def test_a_champion_that_was_replaced_meanwhile_reads_the_whole_day_itself(large_day: CuratedRef, tmp_path: Path) -> None:
    cut = cut_days([large_day])
    read = [read_chunk(cut[0])]
    version = release(tmp_path, seed=2)
    with pytest.raises(Superseded, match=f"version {version} answers, this task was to read with version {cut[1].model_version}"):
        read_chunk(cut[1])
    scored = score(large_day, cut, read)
    assert (scored.model_version, scored.num_rows) == (version, 120)
    assert list(s3.list_uris(s3.lake_uri("chunks", ""))) == [], "nor is what the other had read kept"


def test_a_delivery_that_came_meanwhile_has_no_chunks_of_the_old_one(large_day: CuratedRef) -> None:
    cut = cut_days([large_day])
    read = [read_chunk(one) for one in cut]
    newer = put_day(make_reviews(80, 7), "2026-02-01T00:00:00.000000+00:00")
    assert {one.curated for one in cut_days([large_day, newer])} == {newer}
    with pytest.raises(Superseded, match="superseded: batch"):
        score(large_day, cut, read)
    assert list(s3.list_uris(s3.lake_uri("chunks", ""))) == [], "nothing else would ever let them go"


def test_a_chunk_whose_files_were_changed_is_not_believed(large_day: CuratedRef) -> None:
    cut = cut_days([large_day])
    read = [read_chunk(one) for one in cut]
    other = artifacts.open_named(read[0].uri)
    manifest = s3.read_json(f"{other.uri}/{artifacts.MANIFEST}")
    for name in other.files:
        s3.write_bytes(f"{other.uri}/{name}", s3.read_bytes(f"{read[1].uri}/{name}"))
    manifest |= {key: s3.read_json(f"{read[1].uri}/{artifacts.MANIFEST}")[key] for key in ("digest", "files")}
    s3.write_json(f"{other.uri}/{artifacts.MANIFEST}", manifest)
    with pytest.raises(PermanentError, match="holds other bytes"):
        score(large_day, cut, read)


def test_a_chunk_in_another_form_is_read_again_in_the_one_of_the_day(large_day: CuratedRef) -> None:
    cut = cut_days([large_day])
    read = [read_chunk(one) for one in cut]
    elsewhere = [read[0].model_copy(update={"form": "served"}), *read[1:]]
    scored = score(large_day, cut, elsewhere)
    assert artifacts.open_artifact(scored.uri).meta["form"] == "as_trained"
    assert scored.num_rows == 120
