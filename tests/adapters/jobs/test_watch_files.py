"""The way of the watch files into MLflow; the contract test has a real server."""

from pathlib import Path

import pytest
from tests.helpers.watched import window

from reviewloop.adapters.jobs.watch_files import WATCH, forward_findings, log_files, read, watch_folders
from reviewloop.adapters.mlflow import runs
from reviewloop.adapters.mlflow.connection import client
from reviewloop.core.watch_rules.records import Finding, StepWindow, to_line


def finding(rule: str, step: int) -> Finding:
    return Finding(rule, "warn", step, 1e9, f"{rule} saw something", "do something")


def write(folder: Path, *findings: Finding) -> Path:
    watch = folder / WATCH
    watch.mkdir(parents=True, exist_ok=True)
    (watch / "findings.jsonl").write_bytes(b"".join(map(to_line, findings)))
    return watch


@pytest.fixture
def tags(monkeypatch) -> dict[str, str]:
    sent: dict[str, str] = {}
    monkeypatch.setattr(runs, "set_tags", lambda run_id, new: sent.update(new))
    return sent


def test_each_finding_is_told_once(tmp_path, tags):
    seen: set[str] = set()
    assert forward_findings(tmp_path, "run", seen) == []
    write(tmp_path, finding("overfit", 500))
    assert [found["rule"] for found in forward_findings(tmp_path, "run", seen)] == ["overfit"]
    write(tmp_path, finding("overfit", 500), finding("gpu_memory", 510))
    (fresh,) = forward_findings(tmp_path, "run", seen)
    assert (fresh["rule"], fresh["action"], fresh["advice"]) == ("gpu_memory", "warn", "do something")
    assert forward_findings(tmp_path, "run", seen) == []
    assert tags == {
        "finding.overfit": "step 500: overfit saw something",
        "finding.gpu_memory": "step 510: gpu_memory saw something",
    }


def test_a_resumed_job_that_finds_the_same_again_tells_nothing_new(tmp_path, tags):
    seen: set[str] = set()
    write(tmp_path, finding("overfit", 500))
    forward_findings(tmp_path, "run", seen)
    write(tmp_path)
    assert forward_findings(tmp_path, "run", seen) == []
    write(tmp_path, finding("overfit", 500), finding("overfit", 900))
    assert [found["step"] for found in forward_findings(tmp_path, "run", seen)] == [900]
    assert tags["finding.overfit"].startswith("step 900")


def test_half_a_line_waits_for_its_other_half(tmp_path, tags):
    seen: set[str] = set()
    path = write(tmp_path, finding("overfit", 500)) / "findings.jsonl"
    whole = path.read_text()
    path.write_text(whole[:-20])
    assert forward_findings(tmp_path, "run", seen) == []
    path.write_text(whole)
    assert len(forward_findings(tmp_path, "run", seen)) == 1


def test_the_seeds_of_a_job_are_all_read(tmp_path, tags):
    for seed in (7, 8):
        write(tmp_path / f"seed-{seed}", finding("overfit", 500))
    assert [folder.parent.name for folder in watch_folders(tmp_path)] == ["seed-7", "seed-8"]
    assert len(forward_findings(tmp_path, "run", set())) == 2
    write(tmp_path, finding("overfit", 500))
    assert len(forward_findings(tmp_path, "run", set())) == 2, "the best seed's copy is not a training of its own"


def test_a_file_that_is_not_there_has_no_lines(tmp_path):
    assert read(tmp_path, StepWindow) == []


def test_a_server_that_fails_is_asked_again(tmp_path, monkeypatch):
    def down(run_id, tags):
        raise ConnectionError

    seen: set[str] = set()
    write(tmp_path, finding("overfit", 500))
    with monkeypatch.context() as patch:
        patch.setattr(runs, "set_tags", down)
        with pytest.raises(ConnectionError):
            forward_findings(tmp_path, "run", seen)
    monkeypatch.setattr(runs, "set_tags", lambda run_id, new: None)
    assert len(forward_findings(tmp_path, "run", seen)) == 1


@pytest.mark.contract
def test_findings_are_tags_and_files_are_artifacts_of_the_run(tmp_path, mlflow_server, lake, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", mlflow_server)
    run_id = runs.open_run("key", "train", {})
    alone, seeds = tmp_path / "alone", tmp_path / "seeds"
    (write(alone, finding("overfit", 500)) / "steps.jsonl").write_bytes(to_line(window()))
    write(seeds / "seed-8", finding("dead_neurons", 20))
    for folder in (alone, seeds, alone, seeds):  # a second try sends all again
        forward_findings(folder, run_id, set())
        log_files(folder, run_id)
    found = runs.run_tags(run_id)
    assert found["finding.overfit"] == "step 500: overfit saw something"
    assert "finding.dead_neurons" in found
    paths = [item.path for item in client().list_artifacts(run_id, "watch") if not item.is_dir]
    assert paths == ["watch/findings.jsonl", "watch/steps.jsonl"]
    assert [item.path for item in client().list_artifacts(run_id, "watch/seed-8")] == ["watch/seed-8/findings.jsonl"]
