"""docs/operations.md, "From an empty account": its commands in their order, by a real shell, against emulated AWS, both ways."""

import argparse
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from tests.helpers.aws_command import AwsCommand
from tests.helpers.fake_account import NOW, forget

from reviewloop import preflight
from reviewloop.__main__ import COMMANDS, modules
from reviewloop.adapters.catalog import athena
from reviewloop.adapters.costs import clients, guard
from reviewloop.adapters.lake import s3
from reviewloop.config import load_config
from reviewloop.steps.ingest.land import land

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "operations.md").read_text()
HEADING = "## From an empty account to a champion, and back to nothing\n"
NOT_EMULATED = {"service-quotas", "modify-instance-metadata-options", "reviewloop-batch"}
"""Checked as requests, and not run: a service and an operation that the emulator lacks, a stack whose resources it lacks."""
COMMIT = "a1" * 20
OFTEN: Any = {"Delay": 0.1, "MaxAttempts": 300}
# What a line calls is kept, not run, each call a line of words apart by NUL; only our own scripts that need no module are run.
SHELL = """
keep() { printf '%s\\0' "$@" >>"$CALLS"; echo >>"$CALLS"; }
aws() { keep aws "$@"; }
docker() { keep docker "$@"; }
git() { echo "$COMMIT"; }
python() { if [ "$1" = -m ]; then keep python "$@"; else "$PYTHON" "$@"; fi; }
"""


def commands(page: str) -> list[str]:
    """Every line of every block of the section, with those that end in a backslash made one."""
    section = page.partition(HEADING)[2].partition("\n## ")[0]
    blocks = re.findall(r"^```\n(.*?)^```$", section, re.DOTALL | re.MULTILINE)
    return [re.sub(r"\\\n\s*", "", block) for block in blocks for block in re.split(r"(?<!\\)\n", block) if block.strip()]


class Shell:
    """A person's shell in a clone of the project: what a line exports is there in the next."""

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        self.clone, self.calls, self.kept = folder / "clone", folder / "calls", folder / "kept"
        self.clone.mkdir()
        for name in ("deploy", ".ci", "docker-compose.yaml"):
            (self.clone / name).symlink_to(ROOT / name)
        self.env = {**env, "CALLS": str(self.calls), "KEPT": str(self.kept), "PYTHON": sys.executable, "COMMIT": COMMIT}

    def run(self, line: str) -> list[list[str]]:
        """The calls that the line makes."""
        self.calls.write_text("")
        if line.startswith(".ci/"):
            line = f"keep {line}"
        script = f'{SHELL}\nset -eo pipefail\n{line}\nenv -0 >"$KEPT"'
        done = subprocess.run(["bash", "-c", script], cwd=self.clone, env=self.env, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        self.env = dict(one.split("=", 1) for one in self.kept.read_text().split("\0") if "=" in one)
        return [call.rstrip("\0").split("\0") for call in self.calls.read_text().splitlines()]


def ask(command: AwsCommand) -> None:
    client: Any = boto3.client(command.service)
    if command.waiter:
        client.get_waiter(command.waiter).wait(**command.params, WaiterConfig=OFTEN)
        return
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", command.operation).lower()
    getattr(client, name)(**command.params)


class Quotas:
    """What a new account has once its owner asked for a GPU."""

    def get_paginator(self, _: str) -> "Quotas":
        return self

    def paginate(self, ServiceCode: str) -> Iterator[dict[str, Any]]:  # noqa: N803 (AWS's own name)
        assert ServiceCode == "sagemaker"
        yield {"Quotas": [{"QuotaName": "ml.g5.xlarge for training job usage", "Value": 1.0}]}


@pytest.fixture
def shell(aws: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    """In an account that is empty but for one machine; what the shell learns of its stack the process learns, too."""
    machine = boto3.client("ec2").run_instances(ImageId="ami-1", MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    own = {"INSTANCE": machine, "VPC": "vpc-1", "SUBNETS": "subnet-1,subnet-2", "AWS_ENDPOINT_URL": aws}
    kept = {name: os.environ[name] for name in ("PATH", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION")}
    found = Shell(tmp_path, {**kept, **own})
    (found.clone / "reviews.csv").write_text("Review Text,Rating\nlovely,5\n")
    monkeypatch.setattr(clients, "quotas", Quotas)
    monkeypatch.setattr(guard, "now", lambda: NOW)  # on the day of the prices
    monkeypatch.setattr(clients, "told_at", lambda _: NOW)
    yield found
    monkeypatch.undo()
    forget()
    load_config.cache_clear()


def learn(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in shell.env.items():
        if name.startswith("REVIEWLOOP_"):
            monkeypatch.setenv(name, value)
    forget()
    load_config.cache_clear()  # what was read under another profile


def looked() -> str:
    with redirect_stdout(io.StringIO()) as told:
        preflight.main(["--plan"])
    return told.getvalue()


def there() -> set[str]:
    """Everything in the account that has this section's names."""
    stacks = boto3.client("cloudformation").describe_stacks()["Stacks"]
    found = {one["StackName"] for one in stacks if one["StackName"] == "reviewloop" and one["StackStatus"] != "DELETE_COMPLETE"}
    found |= {one["Name"] for one in boto3.client("s3").list_buckets()["Buckets"] if one["Name"].startswith("reviewloop-acme")}
    found |= {one["Name"] for one in boto3.client("glue").get_databases()["DatabaseList"] if one["Name"] == "reviewloop"}
    found |= {one["RoleName"] for one in boto3.client("iam").list_roles()["Roles"] if one["RoleName"].startswith("reviewloop-")}
    repositories = boto3.client("ecr").describe_repositories()["repositories"]
    found |= {one["repositoryName"] for one in repositories if one["repositoryName"].startswith("reviewloop-acme")}
    topics = [one["TopicArn"].rpartition(":")[2] for one in boto3.client("sns").list_topics()["Topics"]]
    return found | {one for one in topics if one.startswith("reviewloop-acme")}


def at(line: str) -> int:
    (found,) = [number for number, one in enumerate(commands(PAGE)) if one.startswith(line)]
    return found


def test_an_empty_account_becomes_a_place_for_the_loop_and_is_empty_again(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    assert there() == set()
    num_run = 0
    for line in commands(PAGE):
        if "reviewloop-batch" in line and line.startswith("python"):
            continue
        for program, *words in shell.run(line):
            if program == "docker" and words[:3] == ["compose", "down", "--volumes"]:
                guarded_lake_stays(shell)
            if program == ".ci/build-image":
                assert os.access(ROOT / program, os.X_OK)
                assert words[:2] == [shell.env["IMAGE_REPOSITORY"], COMMIT]
                push(words[1])
            elif program == "python":
                assert words == ["-m", "reviewloop", "preflight", "--plan"]
                learn(shell, monkeypatch)
                told = looked()
                assert "WRONG" not in told, told
                assert re.search(r"^ok +budget", told, re.MULTILINE), told
            elif program == "aws":
                if words[:2] == ["ecr", "get-login-password"]:
                    continue
                command = AwsCommand(words, shell.clone)
                if not NOT_EMULATED & set(words):
                    ask(command)
                    num_run += 1
                if command.operation == "PutObject":
                    delivered_is_found(shell)
    assert num_run == 15
    assert there() == set()


def push(tag: str) -> None:
    manifest = json.dumps({"schemaVersion": 2, "config": {"digest": f"sha256:{'0' * 64}", "size": 1}, "layers": []})
    boto3.client("ecr").put_image(repositoryName="reviewloop-acme", imageManifest=manifest, imageTag=tag)
    with pytest.raises(ClientError, match="ImageTagAlreadyExists"):
        boto3.client("ecr").put_image(repositoryName="reviewloop-acme", imageManifest=manifest.replace("1}", "2}"), imageTag=tag)


def delivered_is_found(shell: Shell) -> None:
    """By the step that takes a day in; and Athena answers in the stack's workgroup, in the lake's own folder."""
    landed = land(shell.env["DAY"])
    assert landed.uri.startswith("s3://reviewloop-acme/raw/")
    done = athena.execute("one", "SELECT 1")
    assert done["WorkGroup"] == "reviewloop-acme"
    assert done["ResultConfiguration"]["OutputLocation"].startswith("s3://reviewloop-acme/athena-results/")
    client = boto3.client("s3")
    assert client.get_bucket_versioning(Bucket="reviewloop-acme")["Status"] == "Enabled"
    assert set(client.get_public_access_block(Bucket="reviewloop-acme")["PublicAccessBlockConfiguration"].values()) == {True}
    assert s3.bucket_region("reviewloop-acme") == "us-east-1"


def guarded_lake_stays(shell: Shell) -> None:
    """Nobody ends the stack by a slip, and the lake is not emptied as long as its policy is there."""
    with pytest.raises(ClientError, match="[Tt]ermination"):
        boto3.client("cloudformation").delete_stack(StackName="reviewloop")
    number = at('python deploy/empty_bucket.py "$NAME" ')
    with pytest.raises(AssertionError, match="its policy guards it, and nothing was deleted"):
        shell.run(commands(PAGE)[number])
    assert boto3.client("s3").list_object_versions(Bucket="reviewloop-acme")["Versions"]
    assert "nothing was changed" in subprocess.run(
        [sys.executable, "deploy/empty_bucket.py", "reviewloop-acme"], cwd=ROOT, env=shell.env, capture_output=True, text=True
    ).stdout  # fmt: skip


def test_a_stack_in_which_something_is_not_right_is_seen(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    client: Any = boto3.client("cloudformation")
    body = (ROOT / "deploy" / "cloudformation" / "reviewloop.yaml").read_text()
    named = [{"ParameterKey": "Name", "ParameterValue": "lake-7"}, {"ParameterKey": "Database", "ParameterValue": "lake_7"}]
    client.create_stack(StackName="lake-7", TemplateBody=body, Capabilities=["CAPABILITY_IAM"], Parameters=named)
    client.get_waiter("stack_create_complete").wait(StackName="lake-7", WaiterConfig=OFTEN)
    shell.run(f"python deploy/cloudformation/environment.py lake-7 --commit {COMMIT} >../places.env")
    shell.run("set -a; . ../places.env")
    good = dict(shell.env)
    for name, value, words in (
        ("SAGEMAKER_ROLE", good["REVIEWLOOP_GLUE_ROLE"], "does not let sagemaker.amazonaws.com take it"),
        ("AWS_ACCOUNT", "9" * 12, f"REVIEWLOOP_AWS_ACCOUNT says {'9' * 12}"),
        ("BUCKET", "nobodys-lake", "there is no bucket nobodys-lake"),
        ("TRAINING_IMAGE", "reviewloop:1.0", "reviewloop:1.0 is no image in ECR"),
    ):
        shell.env = good | {f"REVIEWLOOP_{name}": value}
        learn(shell, monkeypatch)
        assert re.search(f"^WRONG .*{re.escape(words)}", looked(), re.MULTILINE), name


def test_what_is_typed_in_a_container_is_known_there() -> None:
    from airflow.cli.cli_config import DAGS_COMMANDS

    typed = [line.removeprefix("docker compose exec worker ") for line in commands(PAGE) if "compose exec worker" in line]
    assert len(typed) == 6
    for line in typed:
        if line.startswith("python -m reviewloop "):
            assert line.split()[3] in {*COMMANDS, *modules()}, line
        else:
            program, *words = subprocess.check_output(
                ["bash", "-c", f"DAY=2026-03-01; printf '%s\\n' {line}"], text=True
            ).splitlines()
            assert (program, words[0]) == ("airflow", "dags")
            (known,) = [one for one in DAGS_COMMANDS if one.name == words[1]]
            parser = argparse.ArgumentParser(exit_on_error=False)
            for argument in known.args:
                argument.add_to_parser(parser)
            chosen = parser.parse_args(words[2:])
            if getattr(chosen, "conf", None):
                assert (chosen.dag_id, json.loads(chosen.conf)) == ("reviews_ingest", {"day": "2026-03-01"})


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ("cloudformation create-stak --stack-name a", "no operation create-stak"),
        ("cloudformation create-stack --stak-name a", "no option --stak-name"),
        ("cloudformation create-stack --capabilities CAPABILITY_IAM", "Missing required parameter"),
        ("cloudformation wait stack-made --stack-name a", "nothing to wait for"),
        ("ec2 associate-iam-instance-profile --instance-id i-1 --iam-instance-profile Arm=a", "Unknown parameter"),
    ],
)
def test_a_command_that_aws_does_not_know_is_found(tmp_path: Path, words: str, fault: str) -> None:
    with pytest.raises(AssertionError, match=fault):
        AwsCommand(words.split(), tmp_path)
