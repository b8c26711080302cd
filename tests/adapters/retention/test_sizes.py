"""The stores are measured, kept, and read again; what cannot be measured says so."""

from pathlib import Path

import pytest

from reviewloop.adapters.lake import places, s3
from reviewloop.adapters.retention import sizes
from reviewloop.core.retention.sizes import Sizes
from reviewloop.settings import settings

pytestmark = pytest.mark.contract


def test_each_folder_of_the_lake_mlflow_and_this_machine_has_its_size(lake: str, monkeypatch, tmp_path: Path) -> None:
    assert sizes.read() == Sizes()
    for key, data in (("raw/a", b"123"), ("raw/b/c", b"45"), ("reports/a", b"6789012"), ("raw2", b"")):
        s3.write_bytes(s3.lake_uri(key), data)
    monkeypatch.setenv("REVIEWLOOP_MLFLOW_ARTIFACTS", s3.lake_uri("raw"))
    settings.cache_clear()
    (tmp_path / "a.log").write_text("1")
    found = sizes.measure({"logs": tmp_path})
    told = [(one.store, one.part, one.num_objects, one.num_bytes) for one in found.stores]
    assert told == [
        ("lake", "reports", 1, 7), ("lake", "raw", 2, 5), ("lake", "raw2", 1, 0), ("MLflow", "", 2, 5), ("logs", "", 1, 1),
    ]  # fmt: skip
    assert sizes.read() == found
    assert s3.exists(places.sizes())


def test_a_store_that_does_not_answer_is_told_in_its_place(lake: str, monkeypatch) -> None:
    monkeypatch.setenv("REVIEWLOOP_MLFLOW_ARTIFACTS", "s3://no-such-bucket/mlflow")
    settings.cache_clear()
    s3.write_bytes(s3.lake_uri("raw/a"), b"123")
    lake_size, mlflow = sizes.measure({}).stores
    assert lake_size.num_bytes == 3
    assert mlflow.trouble.startswith("list s3://no-such-bucket/mlflow/: ")
