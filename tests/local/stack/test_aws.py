import asyncio
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from reviewloop_local.stack.aws import changed_service, durable
from reviewloop_local.stack.home import Home
from reviewloop_local.stack.ports import Ports, is_free
from reviewloop_local.stack.services import part_named


@pytest.mark.parametrize(
    ("target", "service"),
    [
        ("AWSGlue.CreateTable", "glue"),
        ("AWSGlue.BatchCreatePartition", "glue"),
        ("AWSGlue.GetTable", None),
        ("AWSGlue.BatchGetPartition", None),
        ("AmazonAthena.CreateWorkGroup", "athena"),
        ("AmazonAthena.StartQueryExecution", None),
        ("AmazonSQS.SendMessage", None),
        ("", None),
    ],
)
def test_only_requests_that_change_a_kept_service_are_saved(target, service):
    assert changed_service(target) == service


def test_state_is_saved_before_the_client_hears_that_it_is_done():
    order: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        order.append("changed")
        await send({"type": "http.response.start"})

    async def send(message: Any) -> None:
        order.append("answered")

    async def receive() -> Any:
        return {}

    scope = {"type": "http", "headers": [(b"x-amz-target", b"AWSGlue.CreateTable")]}
    asyncio.run(durable(app, lambda service: order.append(f"saved {service}"))(scope, receive, send))

    assert order == ["changed", "saved glue", "answered"]


@pytest.fixture
def start_aws(tmp_path: Path) -> Iterator[Callable[[], tuple[subprocess.Popen[bytes], dict[str, Any]]]]:
    """Starts the part as the stack does; each call starts it anew on what the one before left on disk."""
    home = Home(tmp_path / "home")
    home.make()
    port = next(port for port in range(27000, 27900) if is_free(port))
    part = part_named("aws", home, Ports(aws=port))
    started: list[subprocess.Popen[bytes]] = []

    def start() -> tuple[subprocess.Popen[bytes], dict[str, Any]]:
        env = {**os.environ, **part.env, "PYTHONPATH": os.pathsep.join(sys.path)}
        with (home.logs / "aws.log").open("ab") as log:
            process = subprocess.Popen([sys.executable, *part.arguments], env=env, stdout=log, stderr=log)
        started.append(process)
        url = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 40
        while True:
            try:
                urllib.request.urlopen(f"{url}/_ministack/health", timeout=2)
                break
            except OSError:
                assert time.monotonic() < deadline, (home.logs / "aws.log").read_text()
                time.sleep(0.1)
        return process, {"endpoint_url": url, "region_name": "us-east-1"}

    yield start
    for process in started:
        process.kill()
        process.wait(10)


@pytest.mark.contract
def test_a_killed_aws_comes_back_with_its_objects_and_its_tables(start_aws):
    process, where = start_aws()
    boto3.client("s3", **where).create_bucket(Bucket="lake")
    boto3.client("s3", **where).put_object(Bucket="lake", Key="a/b.txt", Body=b"kept")
    glue = boto3.client("glue", **where)
    glue.create_database(DatabaseInput={"Name": "lake"})
    glue.create_table(DatabaseName="lake", TableInput={"Name": "reviews", "PartitionKeys": [{"Name": "day", "Type": "string"}]})
    glue.create_partition(DatabaseName="lake", TableName="reviews", PartitionInput={"Values": ["2026-01-01"]})
    boto3.client("athena", **where).create_work_group(Name="ours")

    process.send_signal(signal.SIGKILL)
    process.wait(10)
    _, where = start_aws()

    assert boto3.client("s3", **where).get_object(Bucket="lake", Key="a/b.txt")["Body"].read() == b"kept"
    partitions = boto3.client("glue", **where).get_partitions(DatabaseName="lake", TableName="reviews")["Partitions"]
    assert [partition["Values"] for partition in partitions] == [["2026-01-01"]]
    assert boto3.client("athena", **where).get_work_group(WorkGroup="ours")["WorkGroup"]["Name"] == "ours"
