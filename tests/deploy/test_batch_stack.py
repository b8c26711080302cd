"""deploy/cloudformation/batch.yaml at moto, by the requests that the template amounts to; then preflight."""

from typing import Any

import boto3
import pytest
from tests.helpers.fake_account import NOW, NUMBER, REGION, forget
from tests.helpers.stack_template import resolved, template

from reviewloop.adapters.costs import clients, preflight
from reviewloop.config import load_config
from reviewloop.core.costs.prices import PaidJob

NAME = "reviewloop-acme"
MANIFEST = (
    '{"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": {"digest": "a"}, "layers": []}'
)
JOB = PaidJob("batch", "g5.xlarge", 14400, attempts=4)


def as_requests(value: Any) -> Any:
    """CloudFormation's ``ComputeResources`` is Batch's ``computeResources``; tags are the owner's words."""
    if isinstance(value, dict):
        return {key[0].lower() + key[1:]: one if key == "Tags" else as_requests(one) for key, one in value.items()}
    return [as_requests(one) for one in value] if isinstance(value, list) else value


def make(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The template's roles and Batch's resources, in a network that moto has."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    ec2: Any = boto3.client("ec2")
    subnets = [one["SubnetId"] for one in ec2.describe_subnets()["Subnets"]][:2]
    group = ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]
    iam: Any = boto3.client("iam")
    trust = '{"Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}]}'
    training = iam.create_role(RoleName=f"{NAME}-training", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    profile = iam.create_instance_profile(InstanceProfileName=f"{NAME}-machine")["InstanceProfile"]["Arn"]
    parts = template("batch.yaml")
    launch = resolved(parts["Resources"]["Machines"]["Properties"]["LaunchTemplateData"], {})
    made = ec2.create_launch_template(LaunchTemplateName=f"{NAME}-machines", LaunchTemplateData=launch)["LaunchTemplate"]
    names: dict[str, Any] = {
        "Name": NAME, "Image": f"{NUMBER}.dkr.ecr.{REGION}.amazonaws.com/{NAME}:{'a1' * 20}", "TrainingRole": training,
        "InstanceType": parts["Parameters"]["InstanceType"]["Default"], "MaxVcpus": parts["Parameters"]["MaxVcpus"]["Default"],
        "Subnets": subnets, "Wall": group, "MachineProfile.Arn": profile, "Machines": made["LaunchTemplateId"],
        "Machines.LatestVersionNumber": "1", "AWS::Region": REGION, "Environment": f"{NAME}-machines",
    }  # fmt: skip
    batch: Any = boto3.client("batch")
    has = {
        name: as_requests(resolved(one["Properties"], names)) for name, one in parts["Resources"].items() if "Batch" in one["Type"]
    }
    environment = has["Environment"]
    assert environment.pop("replaceComputeEnvironment") is False
    service = iam.create_role(RoleName=f"{NAME}-batch", AssumeRolePolicyDocument=trust)["Role"]["Arn"]  # AWS makes it by itself
    arn = batch.create_compute_environment(**environment, computeEnvironmentName=f"{NAME}-machines", serviceRole=service)
    has["Queue"]["computeEnvironmentOrder"][0]["computeEnvironment"] = arn["computeEnvironmentArn"]
    batch.create_job_queue(**has["Queue"])
    batch.register_job_definition(**has["Definition"])


class Quotas:
    """Of an account that may have one such machine."""

    def get_paginator(self, _: str) -> "Quotas":
        return self

    def paginate(self, ServiceCode: str) -> list[Any]:  # noqa: N803 (AWS's own name)
        assert ServiceCode == "ec2"
        return [{"Quotas": [{"QuotaName": "Running On-Demand G and VT instances", "Value": 4.0}]}]


def test_what_the_template_makes_is_what_preflight_wants(moto_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    make(moto_endpoint, monkeypatch)
    boto3.client("s3").create_bucket(Bucket=NAME)
    boto3.client("ecr").create_repository(repositoryName=NAME)
    boto3.client("ecr").put_image(repositoryName=NAME, imageManifest=MANIFEST, imageTag="a1" * 20)
    monkeypatch.setattr(clients, "quotas", Quotas)
    monkeypatch.setattr(clients, "told_at", lambda _: NOW)
    told = template("batch.yaml")["Outputs"]
    named = {"BUCKET": NAME, "AWS_ACCOUNT": NUMBER, "AWS_REGION": REGION}
    named |= {
        f"BATCH_{one}": resolved(told[f"ReviewloopBatch{one.title()}"]["Value"], {"Name": NAME}) for one in ("QUEUE", "DEFINITION")
    }
    for name, value in named.items():
        monkeypatch.setenv(f"REVIEWLOOP_{name}", value)
    forget()
    found = preflight.look(JOB, load_config("aws").costs, NOW)
    monkeypatch.undo()
    forget()
    assert [f"{one.what}: {one.told}" for one in found if not one.is_ok] == []
    assert {"queue", "definition", "machines", "image", "role", "quota"} <= {one.what for one in found}
