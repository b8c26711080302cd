"""How AWS names what is asked about."""

import json

import pytest

from reviewloop.core.costs.preflight import Finding, Image, in_words, lets_in, parse_image, parse_role, vcpu_quota
from reviewloop.core.costs.report import table

DIGEST = "sha256:" + "ab" * 32
ECR = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"


@pytest.mark.parametrize(("uri", "expected"), [
    (f"{ECR}/team/reviewloop:1.0", Image("123456789012", "eu-west-1", "team/reviewloop", "1.0", "")),
    (f"{ECR}/reviewloop", Image("123456789012", "eu-west-1", "reviewloop", "latest", "")),
    (f"{ECR}/reviewloop@{DIGEST}", Image("123456789012", "eu-west-1", "reviewloop", "", DIGEST)),
    ("reviewloop:1.0", None), ("ghcr.io/team/reviewloop:1.0", None), (f"{ECR}/reviewloop:1.0:2.0", None), ("", None),
])  # fmt: skip
def test_an_image_in_ecr(uri: str, expected: Image | None) -> None:
    assert parse_image(uri) == expected


@pytest.mark.parametrize(("arn", "expected"), [
    ("arn:aws:iam::123456789012:role/training", ("123456789012", "training")),
    ("arn:aws-cn:iam::123456789012:role/service-role/a/training", ("123456789012", "training")),
    ("arn:aws:iam::123456789012:user/ada", None), ("training", None), ("", None),
])  # fmt: skip
def test_a_role(arn: str, expected: tuple[str, str] | None) -> None:
    assert parse_role(arn) == expected


def trust(**changed: object) -> dict[str, object]:
    one = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return {"Statement": [{**one, **changed}]}


def test_a_role_lets_a_service_in_by_its_trust_policy() -> None:
    service = "sagemaker.amazonaws.com"
    assert lets_in(trust(), service)
    assert lets_in(json.dumps(trust(Action=["sts:AssumeRole", "sts:TagSession"])), service)
    assert lets_in({"Statement": trust()["Statement"][0]}, service)  # type: ignore[index]
    assert not lets_in(trust(Effect="Deny"), service)
    assert not lets_in(trust(Principal={"Service": ["lambda.amazonaws.com"]}), service)
    assert not lets_in(trust(Principal={"AWS": "123456789012"}), service)
    assert not lets_in(trust(Action="sts:TagSession"), service)
    assert not lets_in({}, service)


@pytest.mark.parametrize(("machine", "is_spot", "expected"), [
    ("g5.xlarge", False, "Running On-Demand G and VT instances"), ("g5.xlarge", True, "All G and VT Spot Instance Requests"),
    ("p4d.24xlarge", False, "Running On-Demand P instances"),
    ("m5.large", False, "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances"),
    ("trn1.2xlarge", False, None), ("", False, None),
])  # fmt: skip
def test_a_machine_counts_to_a_quota(machine: str, is_spot: bool, expected: str | None) -> None:
    assert vcpu_quota(machine, is_spot=is_spot) == expected


def test_a_line_each_whatever_aws_says() -> None:
    lines = in_words([Finding("role", True, "worker"), Finding("bucket", False, "two\nlines")])
    assert lines == ["ok     role    worker", "WRONG  bucket  two lines"]
    assert table([("endpoint", "a", "failed", "two\nlines")]) == ["endpoint  a  failed  two lines"]
    assert table([]) == ["nothing on AWS carries the tags of this deployment"]
