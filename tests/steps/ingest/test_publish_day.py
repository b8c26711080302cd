"""Which delivery of a day counts: audited before it counts, ordered by landing, whatever order the tasks come in."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from tests.steps.ingest.test_ingest import DAY, as_csv, put, reviews

from reviewloop.adapters.catalog import athena, days, glue
from reviewloop.adapters.lake import artifacts, claims, inbox, places, s3
from reviewloop.errors import DataRejected, Superseded, TransientError
from reviewloop.refs import CuratedRef
from reviewloop.steps.ingest.check_counts import check_counts
from reviewloop.steps.ingest.curate import curate
from reviewloop.steps.ingest.land import land
from reviewloop.steps.ingest.parse import parse
from reviewloop.steps.ingest.publish_day import publish_day

pytestmark = pytest.mark.contract


def written(num_rows: int) -> CuratedRef:
    """A delivery of so many rows, landed now and written; it does not count yet."""
    put(as_csv(reviews(num_rows)))
    return curate(parse(land(DAY)))


def counting() -> list[str]:
    return [found.batch for found in glue.partitions("reviews")]


def num_seen() -> int:
    """Rows that a reader of the lake sees."""
    return int(athena.run("count", "SELECT count(*) AS n FROM reviews")["n"].iloc[0])


def test_what_the_counts_gate_refuses_leaves_the_catalog_as_it_was(lake: str) -> None:
    good = publish_day(check_counts(written(60)))
    bad = written(61)
    s3.write_bytes(f"{bad.uri}/copy.parquet", artifacts.open_artifact(bad.uri).read("reviews.parquet"))
    with pytest.raises(DataRejected, match="counts: Athena counts 122 rows, 61 were written"):
        check_counts(bad)
    assert (counting(), num_seen()) == ([good.batch], 60)


def test_the_counts_of_a_batch_that_was_superseded_are_still_right(lake: str) -> None:
    first = publish_day(check_counts(written(60)))
    publish_day(check_counts(written(61)))
    assert check_counts(first) == first


@pytest.mark.parametrize("order", [(0, 1), (1, 0), (1, 0, 1), (0, 1, 0, 0), (1, 1, 0)])
def test_the_delivery_that_landed_last_counts_whichever_run_is_done_last(lake: str, order: tuple[int, ...]) -> None:
    runs = written(60), written(61)
    superseded = []
    for run in order:
        try:
            publish_day(runs[run])
        except Superseded as line:
            superseded.append(str(line))
    assert (counting(), num_seen()) == ([runs[1].batch], 61)
    late = sum(1 in order[:place] for place, run in enumerate(order) if run == 0)
    assert len(superseded) == late
    assert all(line.startswith(f"{DAY}: superseded: batch {runs[1].batch}, landed 20") for line in superseded)


def test_a_batch_that_counts_already_is_published_again_without_a_trace(lake: str) -> None:
    batch = publish_day(written(60))
    seen = days.standing("reviews", DAY)
    publish_day(batch)
    assert days.standing("reviews", DAY) == seen


def test_a_delivery_that_comes_back_counts_again(lake: str) -> None:
    first, second = publish_day(written(60)), publish_day(written(61))
    back = publish_day(written(60))
    assert (back.batch, counting()) == (first.batch, [first.batch])
    with pytest.raises(Superseded):
        publish_day(second)


def test_a_newer_delivery_published_while_an_older_one_was_deciding_stays(lake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    older, newer = written(60), written(61)
    look = days.standing

    def overtaken(table: str, day: str) -> days.Standing:
        seen = look(table, day)
        monkeypatch.setattr(days, "standing", look)
        publish_day(newer)
        return seen

    monkeypatch.setattr(days, "standing", overtaken)
    with pytest.raises(TransientError, match="another batch came to count meanwhile"):
        publish_day(older)
    with pytest.raises(Superseded):
        publish_day(older)
    assert counting() == [newer.batch]


@pytest.mark.parametrize("call", ["register_partition", "_ensure_table", "_put", "_drop"])
def test_a_registration_that_comes_late_never_hides_a_newer_one(lake: str, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    publish_day(written(59))
    older, newer = written(60), written(61)
    plain = getattr(glue, call)

    def overtaken(*arguments: object, **named: object) -> None:
        monkeypatch.setattr(glue, call, plain)
        publish_day(newer)
        plain(*arguments, **named)

    monkeypatch.setattr(glue, call, overtaken)
    publish_day(older)
    assert (counting(), num_seen()) == ([newer.batch], 61)


def killed(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("place", [(glue, "register_partition"), (glue, "_put"), (glue, "_drop")])
def test_a_task_that_was_killed_is_put_right_by_its_retry(
    lake: str, monkeypatch: pytest.MonkeyPatch, place: tuple[object, str]
) -> None:
    publish_day(written(60))
    newer = written(61)
    with monkeypatch.context() as patch:
        patch.setattr(*place, killed)
        with pytest.raises(KeyboardInterrupt):
            publish_day(newer)
    publish_day(newer)
    assert (counting(), num_seen()) == ([newer.batch], 61)


def test_what_was_registered_before_landings_were_kept_is_the_oldest(lake: str) -> None:
    standing, other = written(60), written(61)
    table = days.reviews_table()
    glue.register_partition("reviews", table.columns, DAY, standing.batch, standing.uri)
    with pytest.raises(Superseded, match=f"batch {standing.batch}, counts"):
        publish_day(other.model_copy(update={"landed_at": ""}))  # an old run's task, cleared after the update
    assert publish_day(standing.model_copy(update={"landed_at": ""})).batch == standing.batch
    assert counting() == [standing.batch]
    publish_day(other)
    assert counting() == [other.batch]


def test_a_partition_that_was_never_registered_is_not_read(lake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    publish_day(written(60))
    with monkeypatch.context() as patch:
        patch.setattr(glue, "register_partition", lambda *_, **__: None)
        put(as_csv(reviews(70)), day="2026-01-03")
        publish_day(curate(parse(land("2026-01-03"))))
    assert num_seen() == 60


def test_a_landing_is_later_than_the_one_before_whatever_the_clocks_say(lake: str) -> None:
    ahead = (datetime.now(UTC) + timedelta(hours=1)).isoformat(timespec="microseconds")
    claims.take(places.landing(DAY), landed_at=ahead, source="s3://b/k", etag="e")
    first, second = written(60), written(61)
    assert ahead < first.landed_at < second.landed_at


@pytest.mark.parametrize("call", ["find", "record_landing"])
def test_an_object_that_comes_while_another_is_landed_is_not_overtaken(
    lake: str, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    put(as_csv(reviews(60)))
    plain: Callable[..., object] = getattr(inbox, call)

    def overtaken(*arguments: object) -> object:
        answer = plain(*arguments) if call == "find" else None
        monkeypatch.setattr(inbox, call, plain)
        publish_day(written(61))
        return answer or plain(*arguments)

    monkeypatch.setattr(inbox, call, overtaken)
    with pytest.raises(TransientError, match="still being written|another version took its place"):
        land(DAY)
    assert publish_day(curate(parse(land(DAY)))).num_rows == 61
    assert num_seen() == 61
