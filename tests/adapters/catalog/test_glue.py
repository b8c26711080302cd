import pytest

from reviewloop.adapters.catalog import glue
from reviewloop.adapters.lake import s3
from reviewloop.errors import PermanentError
from reviewloop.settings import settings

pytestmark = pytest.mark.contract
COLUMNS = {"a": "bigint", "b": "string"}


def place(day: str, batch: str) -> str:
    return s3.lake_uri("t", f"day={day}", f"batch={batch}")


def register(day: str, batch: str, columns: dict[str, str] = COLUMNS) -> None:
    glue.register_partition("t", columns, day, batch, place(day, batch), {"a": "a number"})


def batches() -> list[tuple[str, str]]:
    return [(found.day, found.batch) for found in glue.partitions("t")]


def test_a_table_that_was_never_written_has_no_partitions(lake: str) -> None:
    assert glue.partitions("t") == []


def test_registering_again_changes_nothing_and_another_batch_supersedes_its_day_only(lake: str) -> None:
    register("2026-01-01", "x")
    register("2026-01-02", "x")
    register("2026-01-02", "x")
    assert batches() == [("2026-01-01", "x"), ("2026-01-02", "x")]
    register("2026-01-02", "y")
    assert batches() == [("2026-01-01", "x"), ("2026-01-02", "y")]


def test_a_run_killed_between_adding_and_dropping_leaves_one_current_batch_and_the_next_cleans_up(
    lake: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    register("2026-01-01", "x")

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(glue, "_drop", killed)
        with pytest.raises(KeyboardInterrupt):
            register("2026-01-01", "y")
    assert batches() == [("2026-01-01", "y")]
    register("2026-01-01", "x")
    assert batches() == [("2026-01-01", "x")]
    stored = glue.client().get_partitions(DatabaseName=settings().database, TableName="t")["Partitions"]
    assert [found["Values"] for found in stored] == [["2026-01-01", "x"]]


def test_a_new_column_reaches_the_catalog(lake: str) -> None:
    register("2026-01-01", "x")
    register("2026-01-02", "x", {**COLUMNS, "c": "double"})
    table = glue.client().get_table(DatabaseName=settings().database, Name="t")["Table"]
    assert [(c["Name"], c["Type"], c["Comment"]) for c in table["StorageDescriptor"]["Columns"]] == [
        ("a", "bigint", "a number"),
        ("b", "string", ""),
        ("c", "double", ""),
    ]
    assert table["StorageDescriptor"]["Location"] == s3.lake_uri("t")


@pytest.mark.parametrize(
    "location", ["s3://b/t/day=2026-01-01", "s3://b/t/day=2026-01-01/batch=y", "s3://b/day=2026-01-02/batch=x"]
)
def test_a_location_that_does_not_say_day_and_batch_is_refused(lake: str, location: str) -> None:
    with pytest.raises(PermanentError, match="must end with /day=2026-01-01/batch=x"):
        glue.register_partition("t", COLUMNS, "2026-01-01", "x", location)
