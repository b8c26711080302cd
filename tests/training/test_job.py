import json

import pytest

from reviewloop.errors import ConfigError
from reviewloop.training.job import Job, parse_job, read_job, run_folders


def test_a_wrong_job_is_told_in_one_line_that_names_each_field(job_values):
    wrong = job_values | {"learning_rat": 1.0, "epochs": 0, "schedule": "steps"}
    del wrong["seed"]
    with pytest.raises(ConfigError) as told:
        parse_job(wrong, "job.json")
    text = str(told.value)
    assert "\n" not in text
    assert text.startswith("job.json: ")
    assert "seed: missing, and it has no default" in text
    assert "epochs: Input should be greater than or equal to 1 (found 0)" in text
    assert "schedule: Input should be 'linear', 'cosine' or 'constant' (found 'steps')" in text
    assert "learning_rat: Extra inputs are not permitted" in text


def test_a_pass_without_a_row_is_refused(job_values):
    with pytest.raises(ConfigError, match=r"^job: accumulation: 5 is above batch_size 4; a pass needs a row$"):
        parse_job(job_values | {"accumulation": 5}, "job")


def test_rules_are_part_of_the_job_and_none_may_be_left_out(job_values):
    job_values["watch"]["rules"].pop("overfit")
    with pytest.raises(ConfigError, match=r"^job: watch\.rules: overfit missing; every one of .* is to be given ") as refused:
        parse_job(job_values, "job")
    assert len(str(refused.value)) < 600, "a line, not the whole section"


def test_a_job_comes_back_from_its_file(job_values, tmp_path):
    job = Job.model_validate(job_values)
    (tmp_path / "job.json").write_text(job.model_dump_json())
    assert read_job(tmp_path / "job.json") == job


def test_a_file_that_is_no_job_is_told_in_one_line(tmp_path):
    with pytest.raises(ConfigError, match=r"--job: .*none\.json: no such file"):
        read_job(tmp_path / "none.json")
    (tmp_path / "half.json").write_text('{"epochs": ')
    with pytest.raises(ConfigError, match=r"--job: .*half\.json: not JSON"):
        read_job(tmp_path / "half.json")
    (tmp_path / "list.json").write_text(json.dumps([1]))
    with pytest.raises(ConfigError, match=r"list\.json: "):
        read_job(tmp_path / "list.json")


def test_one_seed_runs_in_the_output_itself_and_several_in_folders_of_theirs(job_values):
    job = Job.model_validate(job_values)
    assert run_folders(job) == [job.output]
    several = job.model_copy(update={"num_seeds": 3})
    assert run_folders(several) == [job.output / "seed-7", job.output / "seed-8", job.output / "seed-9"]
