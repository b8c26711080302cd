"""deploy/cloudformation without AWS: by AWS's own descriptions of resources, beside deploy/iam, and by what guards the lake."""

import copy
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.helpers.stack_template import FOLDER, resolved, template

from reviewloop.config import load_config
from reviewloop.core.costs.preflight import parse_image, parse_role
from reviewloop.settings import Settings

ROOT = FOLDER.parents[1]
IAM = ROOT / "deploy" / "iam"
TEMPLATES = ("reviewloop.yaml", "batch.yaml")
MAX_TEMPLATE_BYTES = 51_200
"""Of a template that is sent along with the request."""
MAX_INLINE_CHARACTERS = 10_240
"""Of all policies in one role, blanks apart: IAM's limit. A bucket's policy may have twice as many."""
WORDS = {
    "AWS::AccountId": "ACCOUNT", "Name": "BUCKET", "Database": "DATABASE", "Worker": "WORKER", "Producer": "PRODUCER",
    "Training": "TRAINING", "Crawler": "CRAWLER",
}  # fmt: skip
SAME_NAME = {"WORKGROUP", "REPOSITORY", "QUEUE", "DEFINITION"}
"""The stack gives all of these the bucket's name."""
ROLES = {
    "Worker": ["worker"], "Mlflow": ["mlflow"], "Endpoint": ["endpoint"], "Producer": ["producer"], "Analyst": ["analyst"],
    "Training": ["training", "sagemaker"], "Crawler": ["crawler"],
}  # fmt: skip
BUCKETS = {"Lake": ("LakePolicy", "bucket"), "MlflowBucket": ("MlflowBucketPolicy", "mlflow_bucket")}


def lint(path: Path) -> list[str]:
    """cfn-lint's words, by the descriptions of resources that its package carries: nothing is asked of any network."""
    from cfnlint.api import lint_file
    from cfnlint.config import ManualArgs

    found = lint_file(path, config=ManualArgs(regions=["us-east-1"]))
    return [f"{one.rule.id} {one.message} ({path.name}:{one.linenumber})" for one in found]


@pytest.fixture(scope="module")
def stack() -> dict[str, Any]:
    return template("reviewloop.yaml")


def policy(name: str) -> Any:
    text = (IAM / f"{name}.json").read_text()
    text = re.sub(rf"\b({'|'.join(SAME_NAME)})\b", "BUCKET", re.sub(r"\bMLFLOW\b", "BUCKET-mlflow", text))
    return json.loads(text)


@pytest.mark.parametrize("name", TEMPLATES)
def test_aws_describes_every_resource_as_it_stands_there(name: str) -> None:
    assert lint(FOLDER / name) == []
    assert (FOLDER / name).stat().st_size <= MAX_TEMPLATE_BYTES


def test_faults_in_a_template_are_found(tmp_path: Path) -> None:
    text = (FOLDER / "reviewloop.yaml").read_text()
    planted = (
        ("ImageTagMutability: IMMUTABLE", "ImageTagMutability: FIXED", "E3030"),
        ("VersioningConfiguration: {Status: Enabled}", "Versioning: {Status: Enabled}", "E3002"),
        ("!GetAtt Images.RepositoryUri", "!GetAtt Images.Uri", "E6101"),
        ("OutputLocation: !Sub", "OutputLocation: !Ref", "E1020"),
        ('"${Name}-alerts"', '"${Nam}-alerts"', "E1019"),
        ("Effect: Deny", "Effect: Refuse", "E3512"),
    )
    for old, new, _ in planted:
        assert old in text
        text = text.replace(old, new, 1)
    (tmp_path / "faulty.yaml").write_text(text)
    assert {code for _, _, code in planted} <= {one.partition(" ")[0] for one in lint(tmp_path / "faulty.yaml")}


def differences(stack: dict[str, Any]) -> list[str]:
    """Where the template has another policy than ``deploy/iam``, by the names of roles and buckets."""
    resources = stack["Resources"]
    has = {role: resources[role]["Properties"]["Policies"] for role in ROLES}
    wrong = [
        role
        for role, names in ROLES.items()
        if [(one["PolicyName"], resolved(one["PolicyDocument"], WORDS)) for one in has[role]] != [(x, policy(x)) for x in names]
        or {"ManagedPolicyArns", "PermissionsBoundary"} & set(resources[role]["Properties"])
    ]
    return wrong + [
        bucket
        for bucket, (held, name) in BUCKETS.items()
        if resolved(resources[held]["Properties"], WORDS | {bucket: bucket}) != {"Bucket": bucket, "PolicyDocument": policy(name)}
    ]


def test_every_policy_is_the_one_of_deploy_iam_and_every_one_is_used(stack: dict[str, Any]) -> None:
    assert differences(stack) == []
    used = {name for names in ROLES.values() for name in names} | {name for _, name in BUCKETS.values()}
    assert used | OF_A_WAREHOUSE == {path.stem for path in IAM.glob("*.json")}
    kinds = {name: one["Type"] for name, one in stack["Resources"].items()}
    assert {name for name, kind in kinds.items() if kind == "AWS::IAM::Role"} == set(ROLES)
    assert not {"AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::User", "AWS::IAM::AccessKey"} & set(kinds.values())


def test_a_policy_that_differs_is_found(stack: dict[str, Any]) -> None:
    for role in ROLES:
        other = copy.deepcopy(stack)
        other["Resources"][role]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"][0]["Action"].append("s3:DeleteBucket")
        assert differences(other) == [role]
    for bucket, (held, _) in BUCKETS.items():
        other = copy.deepcopy(stack)
        del other["Resources"][held]["Properties"]["PolicyDocument"]["Statement"][-1]
        assert differences(other) == [bucket]


def test_writing_the_policies_again_changes_nothing_and_mends_what_somebody_changed_by_hand(tmp_path: Path) -> None:
    for part in ("cloudformation", "iam"):
        (tmp_path / part).mkdir()
        for path in (ROOT / "deploy" / part).glob("*.*"):
            (tmp_path / part / path.name).write_bytes(path.read_bytes())
    target, shipped = tmp_path / "cloudformation" / "reviewloop.yaml", (FOLDER / "reviewloop.yaml").read_text()
    for text in (shipped, shipped.replace("- s3:DeleteObjectVersion\n", "- s3:GetObject\n")):
        target.write_text(text)
        subprocess.run([sys.executable, tmp_path / "cloudformation" / "write_policies.py"], check=True)
        assert target.read_text() == shipped


def test_the_policies_are_within_iams_limits(stack: dict[str, Any]) -> None:
    names = {**dict.fromkeys(WORDS, "x" * 56), "AWS::AccountId": "1" * 12}  # the longest that the parameters and AWS let in
    for role in ROLES:
        documents = [one["PolicyDocument"] for one in stack["Resources"][role]["Properties"]["Policies"]]
        assert sum(len(json.dumps(resolved(one, names), separators=(",", ":"))) for one in documents) <= MAX_INLINE_CHARACTERS
    for held, _ in BUCKETS.values():
        document = resolved(stack["Resources"][held]["Properties"]["PolicyDocument"], names)
        assert len(json.dumps(document, separators=(",", ":"))) <= 2 * MAX_INLINE_CHARACTERS


def lets_in(stack: dict[str, Any], role: str) -> set[str]:
    names = {"RunsOn": "RunsOn", "AWS::AccountId": "ACCOUNT", "Worker.Arn": "Worker"}
    (one,) = resolved(stack["Resources"][role]["Properties"]["AssumeRolePolicyDocument"], names)["Statement"]
    assert one["Effect"] == "Allow"
    values = one["Principal"].values() if isinstance(one["Principal"], dict) else [one["Principal"]]
    found = {name for value in values for name in ([value] if isinstance(value, str) else value)}
    if any(name in {"sagemaker.amazonaws.com", "ecs-tasks.amazonaws.com", "glue.amazonaws.com"} for name in found):
        assert one["Condition"] == {"StringEquals": {"aws:SourceAccount": "ACCOUNT"}}, f"{role}: for anybody's job"
    return found


def test_who_may_take_a_role(stack: dict[str, Any]) -> None:
    assert {role: lets_in(stack, role) for role in ROLES} == {
        "Worker": {"RunsOn"},
        "Mlflow": {"RunsOn", "Worker"},
        "Endpoint": {"RunsOn", "Worker"},
        "Producer": {"arn:aws:iam::ACCOUNT:root"},
        "Analyst": {"arn:aws:iam::ACCOUNT:root"},
        "Training": {"sagemaker.amazonaws.com", "ecs-tasks.amazonaws.com"},
        "Crawler": {"glue.amazonaws.com"},
    }
    for role, service in (("Training", "sagemaker.amazonaws.com"), ("Crawler", "glue.amazonaws.com")):
        open_to_all = copy.deepcopy(stack)
        del open_to_all["Resources"][role]["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]
        assert service in lets_in(stack, role)
        with pytest.raises(KeyError):
            lets_in(open_to_all, role)


Change = Callable[[dict[str, Any]], Any]
ENDS: dict[str, Change] = {
    "public": lambda one: one["Properties"]["PublicAccessBlockConfiguration"].update(BlockPublicPolicy=False),
    "plain": lambda one: one["Properties"].pop("BucketEncryption"),
    "unversioned": lambda one: one["Properties"]["VersioningConfiguration"].update(Status="Suspended"),
    "deleted": lambda one: one.pop("DeletionPolicy"),
    "replaced": lambda one: one.update(UpdateReplacePolicy="Delete"),
    "expired": lambda one: one["Properties"]["LifecycleConfiguration"]["Rules"][1].update(ExpirationInDays=90),
    "uploads": lambda one: one["Properties"]["LifecycleConfiguration"]["Rules"].pop(0),
    "acls": lambda one: one["Properties"].pop("OwnershipControls"),
}


def unsafe(stack: dict[str, Any]) -> Iterator[str]:
    for name in BUCKETS:
        one = stack["Resources"][name]
        has = one["Properties"]
        rules = has["LifecycleConfiguration"]["Rules"]
        held = {
            "stays with its stack gone": (one.get("DeletionPolicy"), one.get("UpdateReplacePolicy")) == ("Retain", "Retain"),
            "is closed to the public": set(has["PublicAccessBlockConfiguration"].values()) == {True},
            "is encrypted": "BucketEncryption" in has,
            "has versions": has["VersioningConfiguration"] == {"Status": "Enabled"},
            "has no access lists": has.get("OwnershipControls") == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
            "expires nothing that is current": not any(key.startswith("Expiration") for rule in rules for key in rule),
            "gives up unfinished uploads": any("AbortIncompleteMultipartUpload" in rule for rule in rules),
            "gives up old versions": any("NoncurrentVersionExpiration" in rule for rule in rules),
        }
        yield from (f"{name} {words}" for words, is_so in held.items() if not is_so)


def test_the_buckets_are_closed_encrypted_versioned_and_stay(stack: dict[str, Any]) -> None:
    assert list(unsafe(stack)) == []
    for held in ("LakePolicy", "MlflowBucketPolicy", "Catalog"):
        assert stack["Resources"][held]["DeletionPolicy"] == stack["Resources"][held]["UpdateReplacePolicy"] == "Retain"


@pytest.mark.parametrize("bucket", BUCKETS)
@pytest.mark.parametrize("change", ENDS)
def test_a_bucket_that_is_not_is_found(stack: dict[str, Any], bucket: str, change: str) -> None:
    other = copy.deepcopy(stack)
    ENDS[change](other["Resources"][bucket])
    assert len(list(unsafe(other))) == 1


def test_queries_are_bounded_and_images_stay_what_they_are(stack: dict[str, Any]) -> None:
    athena = stack["Resources"]["Workgroup"]["Properties"]["WorkGroupConfiguration"]
    assert athena["EnforceWorkGroupConfiguration"] is True
    assert athena["BytesScannedCutoffPerQuery"] == {"Ref": "ScannedBytesPerQuery"}
    images = stack["Resources"]["Images"]["Properties"]
    assert (images["ImageTagMutability"], images["ImageScanningConfiguration"]) == ("IMMUTABLE", {"ScanOnPush": True})


OF_A_WAREHOUSE = {"warehouse", "loader"}
"""Policies that docs/warehouse.md gives to roles where there is a Redshift: the stack makes none."""
NOT_OF_A_STACK = {
    "profile": "environment.py says aws", "training_image": "environment.py names it, by its commit", "owner": "a person's name",
    "endpoint": "an endpoint that somebody makes by hand", "kubernetes_namespace": "deploy/kubernetes",
    "kubernetes_template": "deploy/kubernetes", "training_queue": "Airflow's", "registered_model": "MLflow's",
    "experiment": "MLflow's", "mlflow_url": "where people open MLflow", "serve_keys": "the endpoint's callers",
    "search_url": "a database of one's own", "signing_key": "a file that never leaves the workers",
    "trusted_keys": "files of one's own", "config_dir": "the image's", "work_dir": "the image's", "model_cache_gb": "a number",
    "job_cache_days": "a number",
}  # fmt: skip
"""Settings that name nothing on AWS, or nothing that a stack can know, each with the reason."""


def outputs() -> set[str]:
    sys.path.insert(0, str(FOLDER))
    try:
        from environment import variable
    finally:
        sys.path.remove(str(FOLDER))
    return {variable(key) for name in TEMPLATES for key in template(name)["Outputs"]}


def test_every_setting_that_names_a_place_on_aws_is_an_output() -> None:
    told = {name.removeprefix("REVIEWLOOP_").lower() for name in outputs() if name.startswith("REVIEWLOOP_")}
    told -= {"sns_topic", "notice_topic"}  # variables of the plugin, not of the settings
    assert told & set(NOT_OF_A_STACK) == set()
    assert told | set(NOT_OF_A_STACK) == set(Settings.model_fields)


def test_every_variable_that_compose_wants_of_aws_is_an_output_or_asked_for_in_the_example() -> None:
    text = (ROOT / "deploy" / "compose.aws.yaml").read_text()
    wanted = set(re.findall(r"\$\{(\w+)", text))
    assert wanted - outputs() == {"REVIEWLOOP_PROFILE", "REVIEWLOOP_TRAINING_IMAGE", "REVIEWLOOP_OWNER", "REVIEWLOOP_ENDPOINT"}


def test_batch_gives_the_machine_whose_price_is_reserved_and_nobody_reaches_it() -> None:
    batch = template("batch.yaml")
    parameters, resources = batch["Parameters"], batch["Resources"]
    assert parameters["InstanceType"]["Default"] == load_config("aws").costs.batch_instance_type
    resources_of = resources["Environment"]["Properties"]["ComputeResources"]
    assert (resources_of["Type"], resources_of["MinvCpus"]) == ("EC2", 0)
    wall = resources["Wall"]["Properties"]
    assert "SecurityGroupIngress" not in wall
    assert {(one["FromPort"], one["ToPort"]) for one in wall["SecurityGroupEgress"]} == {(443, 443)}
    assert resources["Machines"]["Properties"]["LaunchTemplateData"]["MetadataOptions"] == {
        "HttpTokens": "required",
        "HttpPutResponseHopLimit": 1,
    }
    assert resources["Definition"]["Properties"]["ContainerProperties"]["Privileged"] is False


def test_batch_takes_an_image_by_its_commit_and_no_other_name() -> None:
    parameters = template("batch.yaml")["Parameters"]
    good = f"123456789012.dkr.ecr.us-east-1.amazonaws.com/lake:{'a1' * 20}"
    assert parse_image(good)
    assert re.match(parameters["Image"]["AllowedPattern"], good)
    for bad in ("reviewloop:1.0", good.replace("a1" * 20, "latest"), good.partition(":")[0]):
        assert not re.match(parameters["Image"]["AllowedPattern"], bad)
    role = "arn:aws:iam::123456789012:role/training"
    assert parse_role(role)
    assert re.match(parameters["TrainingRole"]["AllowedPattern"], role)
