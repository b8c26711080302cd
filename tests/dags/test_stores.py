"""What Airflow stores, and where."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from airflow.sdk.configuration import conf

from reviewloop_airflow import runs, stores


def test_logs_lie_where_airflow_says_and_lineage_beside_them_where_it_is_files(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AIRFLOW__LOGGING__BASE_LOG_FOLDER", str(tmp_path / "logs"))
    monkeypatch.delenv("AIRFLOW__OPENLINEAGE__TRANSPORT", raising=False)
    assert stores.log_folders({}) == [conf.get("logging", "base_log_folder")] == [str(tmp_path / "logs")]
    by_http = '{"type": "http", "url": "https://marquez.example"}'
    monkeypatch.setenv("AIRFLOW__OPENLINEAGE__TRANSPORT", by_http)
    assert stores.log_folders({}) == [str(tmp_path / "logs")]
    in_files = f'{{"type": "file", "log_file_path": "{tmp_path}/lineage/event"}}'
    monkeypatch.setenv("AIRFLOW__OPENLINEAGE__TRANSPORT", in_files)
    assert stores.log_folders({}) == [str(tmp_path / "logs"), str(tmp_path / "lineage")]


def test_a_deletion_is_by_the_word_of_who_started_the_run() -> None:
    by_hand = SimpleNamespace(run_type="manual", triggering_user_name="ada", dag_id="lake_retain")
    assert runs.by_whom({"dag_run": by_hand}) == "person:ada"
    weekly = SimpleNamespace(run_type="scheduled", triggering_user_name=None, dag_id="lake_retain")
    assert runs.by_whom({"dag_run": weekly}) == "program:lake_retain"
