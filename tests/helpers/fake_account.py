"""An AWS account in memory, at the edge of boto3: every request is validated by AWS's own description of it, kept, and answered.

Lists come in pages of two. An operation may be told to refuse (``troubles``), and something may happen right before one
(``before``).
"""
# ruff: noqa: N802, N803 (AWS's own names)

import hashlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from email.utils import format_datetime
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from botocore.validate import ParamValidator

from reviewloop.adapters.costs import clients, guard
from reviewloop.adapters.jobs.backends import batch
from reviewloop.adapters.lake import s3
from reviewloop.config import load_config
from reviewloop.settings import settings

NOW = datetime.combine(load_config("test").costs.prices.as_of, time(12), UTC)
"""On the day of the prices that are shipped: they are not too old then."""
NUMBER, REGION = "123456789012", "us-east-1"
ROLE = f"arn:aws:iam::{NUMBER}:role/jobs/training"
IMAGE = f"{NUMBER}.dkr.ecr.{REGION}.amazonaws.com/reviewloop:1.0"
LOOKS = ("Get", "Describe", "List", "Head")
"""How the operations begin that change nothing."""
_PAGE = 2


def refused(code: str, status: int = 400, message: str = "") -> ClientError:
    answer: Any = {
        "Error": {"Code": code, "Message": message or code},
        "ResponseMetadata": {"HTTPStatusCode": status, "HTTPHeaders": {}},
    }
    return ClientError(answer, "call")


@dataclass
class Account:
    """``calls`` are the names of the operations that were asked for, in their order."""

    number: str = NUMBER
    now: datetime = NOW
    bucket_region: str = REGION
    buckets: set[str] = field(default_factory=lambda: {"lake"})
    objects: dict[str, bytes] = field(default_factory=dict)
    roles: dict[str, list[str]] = field(
        default_factory=lambda: {"training": ["sagemaker.amazonaws.com", "ecs-tasks.amazonaws.com"]}
    )
    images: set[tuple[str, str]] = field(default_factory=lambda: {("reviewloop", "1.0")})
    quotas: dict[str, float] = field(
        default_factory=lambda: {
            "ml.g5.xlarge for endpoint usage": 0, "ml.m5.large for training job usage": 4, "ml.g5.xlarge for training job usage": 1,
            "Running On-Demand G and VT instances": 8,
        }
    )  # fmt: skip
    training_jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    endpoints: dict[str, dict[str, Any]] = field(default_factory=dict)
    models: dict[str, dict[str, Any]] = field(default_factory=dict)
    invocations: dict[str, float] = field(default_factory=dict)
    metric_status: str = "Complete"
    batch_jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    queue: dict[str, Any] = field(default_factory=lambda: {"state": "ENABLED", "status": "VALID"})
    machines: list[str] = field(default_factory=lambda: ["g5.xlarge", "m5.xlarge"])
    definition: dict[str, Any] = field(
        default_factory=lambda: {"image": IMAGE, "jobRoleArn": ROLE, "resourceRequirements": [{"type": "VCPU", "value": "4"}]}
    )
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    troubles: dict[str, list[ClientError]] = field(default_factory=dict)
    before: dict[str, Callable[[], None]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)

    def changes(self) -> list[str]:
        """The calls that change something."""
        return [call for call in self.calls if not call.startswith(LOOKS)]

    def answer(self, client: BaseClient, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        shapes = client.meta.service_model.operation_model(operation)
        faults = ParamValidator().validate(params, shapes.input_shape)
        assert not faults.has_errors(), f"{operation}: {faults.generate_report()}"
        self.calls.append(operation)
        if happens := self.before.pop(operation, None):
            happens()
        if self.troubles.get(operation):
            raise self.troubles[operation].pop(0)
        answer = getattr(self, f"do_{operation}")(**params)
        if shapes.output_shape and operation not in {"GetObject", "GetRole"}:
            told = ParamValidator().validate(answer, shapes.output_shape).generate_report().splitlines()
            strange = [line for line in told if "Missing required" not in line]
            assert not strange, f"{operation} answers what AWS never does: {strange}"
        headers = {"date": format_datetime(self.now, usegmt=True), "x-amz-bucket-region": self.bucket_region}
        return {**answer, "ResponseMetadata": {"HTTPStatusCode": 200, "HTTPHeaders": headers}}

    # Who we are, and what there is.

    def do_GetCallerIdentity(self) -> dict[str, Any]:
        return {"Account": self.number, "Arn": f"arn:aws:sts::{self.number}:assumed-role/worker/1", "UserId": "A"}

    def do_GetRole(self, RoleName: str) -> dict[str, Any]:
        if RoleName not in self.roles:
            raise refused("NoSuchEntity", 404)
        trust = {"Effect": "Allow", "Principal": {"Service": self.roles[RoleName]}, "Action": "sts:AssumeRole"}
        return {"Role": {"AssumeRolePolicyDocument": {"Statement": [trust]}}}

    def do_DescribeImages(self, registryId: str, repositoryName: str, imageIds: list[dict[str, str]]) -> dict[str, Any]:
        if repositoryName not in {name for name, _ in self.images}:
            raise refused("RepositoryNotFoundException")
        if (repositoryName, next(iter(imageIds[0].values()))) not in self.images:
            raise refused("ImageNotFoundException")
        return {"imageDetails": [{"registryId": registryId, "repositoryName": repositoryName}]}

    def do_ListServiceQuotas(self, ServiceCode: str, NextToken: str = "") -> dict[str, Any]:
        found = [
            {"QuotaName": name, "Value": value}
            for name, value in self.quotas.items()
            if name.startswith("ml.") == (ServiceCode == "sagemaker")
        ]
        return _page("Quotas", found, NextToken)

    # The lake.

    def do_HeadBucket(self, Bucket: str) -> dict[str, Any]:
        if Bucket not in self.buckets:
            raise refused("404", 404)
        return {"BucketRegion": self.bucket_region}

    def do_GetObject(self, Bucket: str, Key: str) -> dict[str, Any]:
        if Key not in self.objects:
            raise refused("NoSuchKey", 404)
        return {"Body": io.BytesIO(self.objects[Key]), "ETag": _etag(self.objects[Key])}

    def do_PutObject(self, Bucket: str, Key: str, Body: Any, IfMatch: str = "", IfNoneMatch: str = "", **_: Any) -> dict[str, Any]:
        there = self.objects.get(Key)
        if (IfNoneMatch and there is not None) or (IfMatch and (there is None or _etag(there) != IfMatch)):
            raise refused("PreconditionFailed", 412)
        self.objects[Key] = Body if isinstance(Body, bytes) else Body.read()
        return {"ETag": _etag(self.objects[Key])}

    def do_DeleteObject(self, Bucket: str, Key: str) -> dict[str, Any]:
        self.objects.pop(Key, None)
        return {}

    # SageMaker.

    def do_CreateTrainingJob(self, TrainingJobName: str, Tags: list[dict[str, str]], **asked: Any) -> dict[str, Any]:
        if TrainingJobName in self.training_jobs:
            raise refused("ResourceInUse")
        arn = self.train(TrainingJobName, {one["Key"]: one["Value"] for one in Tags})
        return {"TrainingJobArn": arn}

    def train(self, name: str, tags: dict[str, str]) -> str:
        """A training job that runs; returns its ARN."""
        arn = f"arn:aws:sagemaker:{REGION}:{NUMBER}:training-job/{name}"
        self.tags[arn] = tags
        self.training_jobs[name] = {
            "TrainingJobName": name, "TrainingJobArn": arn, "CreationTime": self.now, "TrainingJobStatus": "InProgress",
        }  # fmt: skip
        return arn

    def do_DescribeTrainingJob(self, TrainingJobName: str) -> dict[str, Any]:
        if TrainingJobName not in self.training_jobs:
            raise refused("ValidationException", message="Requested resource not found.")
        return dict(self.training_jobs[TrainingJobName])

    def do_ListTrainingJobs(self, StatusEquals: str, NameContains: str, NextToken: str = "") -> dict[str, Any]:
        found = [
            one for name, one in self.training_jobs.items() if one["TrainingJobStatus"] == StatusEquals and NameContains in name
        ]
        keys = ("TrainingJobName", "TrainingJobArn", "CreationTime", "TrainingJobStatus")
        return _page("TrainingJobSummaries", [{key: one[key] for key in keys} for one in found], NextToken)

    def do_StopTrainingJob(self, TrainingJobName: str) -> dict[str, Any]:
        if self.training_jobs.get(TrainingJobName, {}).get("TrainingJobStatus") != "InProgress":
            raise refused(
                "ValidationException", message="The request was rejected because the training job is in status Completed."
            )
        self.training_jobs[TrainingJobName]["TrainingJobStatus"] = "Stopping"
        return {}

    def serve(self, name: str, tags: dict[str, str], model_uri: str, made_at: datetime | None = None) -> None:
        """An endpoint of one variant whose model lies there."""
        arn = f"arn:aws:sagemaker:{REGION}:{NUMBER}:endpoint/{name}"
        self.tags[arn] = tags
        self.models[name] = {
            "ModelName": name,
            "PrimaryContainer": {"Image": IMAGE, "Environment": {"REVIEWLOOP_MODEL": model_uri}},
        }
        self.endpoints[name] = {
            "EndpointName": name, "EndpointArn": arn, "EndpointConfigName": name, "EndpointStatus": "InService",
            "CreationTime": made_at or self.now, "LastModifiedTime": self.now, "ProductionVariants": [{"VariantName": "all"}],
        }  # fmt: skip

    def do_ListEndpoints(self, NextToken: str = "") -> dict[str, Any]:
        keys = ("EndpointName", "EndpointArn", "CreationTime", "LastModifiedTime", "EndpointStatus")
        return _page("Endpoints", [{key: one[key] for key in keys} for one in self.endpoints.values()], NextToken)

    def do_DescribeEndpoint(self, EndpointName: str) -> dict[str, Any]:
        if EndpointName not in self.endpoints:
            raise refused("ValidationException", message=f'Could not find endpoint "{EndpointName}".')
        return dict(self.endpoints[EndpointName])

    def do_DescribeEndpointConfig(self, EndpointConfigName: str) -> dict[str, Any]:
        return {
            "EndpointConfigName": EndpointConfigName,
            "ProductionVariants": [{"VariantName": "all", "ModelName": EndpointConfigName}],
        }

    def do_DescribeModel(self, ModelName: str) -> dict[str, Any]:
        return dict(self.models[ModelName])

    def do_DeleteEndpoint(self, EndpointName: str) -> dict[str, Any]:
        self.do_DescribeEndpoint(EndpointName)
        del self.endpoints[EndpointName]
        return {}

    def do_ListTags(self, ResourceArn: str, NextToken: str = "") -> dict[str, Any]:
        return _page("Tags", [{"Key": key, "Value": value} for key, value in self.tags[ResourceArn].items()], NextToken)

    def do_GetMetricData(self, MetricDataQueries: list[Any], StartTime: datetime, EndTime: datetime) -> dict[str, Any]:
        results = []
        for query in MetricDataQueries:
            name = query["MetricStat"]["Metric"]["Dimensions"][0]["Value"]
            asked = [self.invocations[name]] if self.invocations.get(name) else []
            results.append({"Id": query["Id"], "Values": asked, "StatusCode": self.metric_status})
        return {"MetricDataResults": results}

    # Batch.

    def do_DescribeJobQueues(self, jobQueues: list[str]) -> dict[str, Any]:
        order = [{"order": 1, "computeEnvironment": "machines"}]
        return {
            "jobQueues": [
                {"jobQueueName": name, "computeEnvironmentOrder": order, **self.queue} for name in jobQueues if self.queue
            ]
        }

    def do_DescribeComputeEnvironments(self, computeEnvironments: list[str]) -> dict[str, Any]:
        resources = {"type": "EC2", "instanceTypes": self.machines, "maxvCpus": 16}
        found = {
            "computeEnvironmentName": computeEnvironments[0],
            "state": "ENABLED",
            "status": "VALID",
            "computeResources": resources,
        }
        return {"computeEnvironments": [found]}

    def do_DescribeJobDefinitions(self, jobDefinitionName: str, status: str) -> dict[str, Any]:
        found = {"jobDefinitionName": jobDefinitionName, "revision": 3, "status": status, "containerProperties": self.definition}
        return {"jobDefinitions": [found] if self.definition else []}

    def do_SubmitJob(self, jobName: str, tags: dict[str, str], **_: Any) -> dict[str, Any]:
        job_id = f"{len(self.batch_jobs) + 1:08d}"
        self.batch_jobs[job_id] = {
            "jobId": job_id, "jobName": jobName, "status": "RUNNABLE", "createdAt": int(self.now.timestamp() * 1000), "tags": tags,
        }  # fmt: skip
        return {"jobId": job_id, "jobName": jobName}

    def do_ListJobs(
        self, jobQueue: str, jobStatus: str = "RUNNING", filters: list[Any] | None = None, nextToken: str = ""
    ) -> dict[str, Any]:
        named = filters[0]["values"] if filters else None
        found = [
            {"jobId": one["jobId"], "jobName": one["jobName"], "status": one["status"]}
            for one in self.batch_jobs.values()
            if (one["jobName"] in named if named else one["status"] == jobStatus)
        ]
        return _page("jobSummaryList", found, nextToken, "nextToken")

    def do_DescribeJobs(self, jobs: list[str]) -> dict[str, Any]:
        return {"jobs": [dict(self.batch_jobs[job_id]) for job_id in jobs if job_id in self.batch_jobs]}

    def do_TerminateJob(self, jobId: str, reason: str) -> dict[str, Any]:
        self.batch_jobs[jobId] |= {"status": "FAILED", "statusReason": reason}
        return {}


def _page(name: str, found: list[Any], token: str, key: str = "NextToken") -> dict[str, Any]:
    start = int(token or 0)
    more = {key: str(start + _PAGE)} if start + _PAGE < len(found) else {}
    return {name: found[start : start + _PAGE], **more}


def _etag(data: bytes) -> str:
    return f'"{hashlib.md5(data).hexdigest()}"'


CACHED = (*clients.ALL, s3.client, batch._impatient_client)


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """An account in which everything is as a SageMaker training, and a Batch job, needs it; the lake is in it. It is ``NOW``."""
    monkeypatch.setattr(guard, "now", lambda: NOW)
    found = Account()
    monkeypatch.setattr(BaseClient, "_make_api_call", lambda client, operation, params: found.answer(client, operation, params))
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    names = {
        "BUCKET": "lake", "AWS_ACCOUNT": NUMBER, "AWS_REGION": REGION, "SAGEMAKER_ROLE": ROLE, "TRAINING_IMAGE": IMAGE,
        "BATCH_QUEUE": "queue", "BATCH_DEFINITION": "definition", "ENDPOINT": "",
    }  # fmt: skip
    for name, value in names.items():
        monkeypatch.setenv(f"REVIEWLOOP_{name}", value)
    forget()
    yield found
    monkeypatch.undo()
    forget()


def forget() -> None:
    """Settings and clients are of the environment that they were made in."""
    settings.cache_clear()
    for cached in CACHED:
        if hasattr(cached, "cache_clear"):
            cached.cache_clear()
