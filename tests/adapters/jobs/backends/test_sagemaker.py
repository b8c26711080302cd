"""SageMaker by itself: names that are given once, the request, and archives that nobody need trust."""

import io
import json
import re
import tarfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.helpers.places import SageMakerPlace, books

from reviewloop.adapters.jobs.backends.account import job_name
from reviewloop.adapters.jobs.spec import JobSpec
from reviewloop.adapters.lake import s3
from reviewloop.errors import ConfigError, JobFailed, PermanentError
from reviewloop.settings import settings

pytestmark = pytest.mark.contract

MakeSpec = Callable[..., JobSpec]


@pytest.fixture
def place(moto: str, tmp_path: Path) -> SageMakerPlace:
    return SageMakerPlace(tmp_path, moto)


def test_many_at_once_start_one_job(place: SageMakerPlace, make_spec: MakeSpec) -> None:
    spec = make_spec("race")
    with ThreadPoolExecutor(6) as pool:
        names = set(pool.map(lambda _: place.backend.submit(spec), range(6)))
    assert names == {f"{job_name('race')}-1"}
    assert place.num_jobs() == 1


def test_another_try_has_the_next_number_and_the_same_checkpoints(place: SageMakerPlace, make_spec: MakeSpec) -> None:
    first = place.backend.submit(make_spec("again"))
    books("sagemaker").training_jobs[first].training_job_status = "Failed"
    second = place.backend.submit(make_spec("again"))
    assert second == first.removesuffix("-1") + "-2"
    assert place.backend.submit(make_spec("again")) == second
    places = {job.checkpoint_config["S3Uri"] for job in books("sagemaker").training_jobs.values()}
    assert len(places) == 1


def test_two_deployments_in_one_account_do_not_meet(
    place: SageMakerPlace, make_spec: MakeSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = make_spec("shared")
    first = place.backend.submit(spec)
    another = f"{settings().bucket}-another"
    s3.client().create_bucket(Bucket=another)
    monkeypatch.setenv("REVIEWLOOP_BUCKET", another)
    settings.cache_clear()
    assert place.backend.submit(spec) != first


def test_what_sagemaker_is_asked_for(place: SageMakerPlace, make_spec: MakeSpec) -> None:
    spec = make_spec("asked")
    name = place.backend.submit(JobSpec(spec.name, spec.features_uri, spec.parameters, num_gpus=4))
    told = place.client.describe_training_job(TrainingJobName=name)
    assert told["RoleArn"] == "arn:aws:iam::123456789012:role/sagemaker_role"
    assert told["AlgorithmSpecification"]["TrainingImage"] == "training_image"
    assert told["StoppingCondition"] == {"MaxRuntimeInSeconds": 600}
    assert told["ResourceConfig"] == {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10}
    assert all(len(value) <= 2500 for value in told["HyperParameters"].values()), "SageMaker takes no longer value"
    assert json.loads(told["HyperParameters"]["watch"]) == spec.parameters["watch"]
    assert told["HyperParameters"]["schedule"] == "linear"
    lines = ["train step=10 num_steps=20 loss=0.61 learning_rate=0.005", "validation step=20 loss=0.5 accuracy=0.8 macro_f1=0.71"]
    found = {}
    for metric in told["AlgorithmSpecification"]["MetricDefinitions"]:
        for line in lines:
            if match := re.search(metric["Regex"], line):
                found[metric["Name"]] = float(match[1])
    assert found["train.loss"] == 0.61
    assert found["validation.macro_f1"] == 0.71


def test_a_job_that_took_too_long_says_so(place: SageMakerPlace, make_spec: MakeSpec, tmp_path: Path) -> None:
    name = place.backend.submit(make_spec("slow"))
    book = books("sagemaker").training_jobs[name]
    book.training_job_status, book.secondary_status = "Stopped", "MaxRuntimeExceeded"
    with pytest.raises(JobFailed, match=r"failed: SageMaker says MaxRuntimeExceeded; its log ends:\n\(no output\)"):
        place.backend.result(name, tmp_path / "left")


@pytest.mark.parametrize(("member_name", "link"), [("../../outside", ""), ("outside", "/etc/hostname"), ("/outside", "")])
def test_an_archive_that_leads_out_of_its_folder_is_refused(
    place: SageMakerPlace, make_spec: MakeSpec, tmp_path: Path, member_name: str, link: str
) -> None:
    name = place.backend.submit(make_spec("evil"))
    books("sagemaker").training_jobs[name].training_job_status = "Completed"
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        member = tarfile.TarInfo(member_name)
        if link:
            member.type, member.linkname = tarfile.SYMTYPE, link
        else:
            member.size = 4
        archive.addfile(member, io.BytesIO(b"evil"))
    s3.write_bytes(s3.lake_uri("jobs", "sagemaker", name, "output", "model.tar.gz"), packed.getvalue())
    with pytest.raises(PermanentError, match=r"model\.tar\.gz: .*outside"):
        place.backend.result(name, tmp_path / "result")
    assert not list(tmp_path.rglob("outside"))
    assert not (tmp_path / "result").exists()


@pytest.mark.parametrize("name", ["sagemaker_role", "training_image"])
def test_a_missing_setting_is_one_clear_line(moto: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(f"REVIEWLOOP_{name.upper()}", "")
    settings.cache_clear()
    with pytest.raises(
        ConfigError, match=rf"^REVIEWLOOP_{name.upper()}: empty; set it to .*, or set training.backend.kind to local$"
    ):
        SageMakerPlace(tmp_path, moto)
