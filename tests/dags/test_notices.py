"""Programs hear of the ledger's events through real topics of the local AWS: what they read, in which order, and how often."""

import json
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from reviewloop.core.alerts.notices import Notice
from reviewloop_airflow import notices

pytestmark = pytest.mark.contract

FIFO = {"FifoTopic": "true", "ContentBasedDeduplication": "false"}


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"ACCESS_KEY_ID": "test", "SECRET_ACCESS_KEY": "test", "DEFAULT_REGION": "eu-west-1"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)


def notice(number: int, version: str = "2") -> Notice:
    body = {"type": "model.promoted", "timestamp": "2026-03-01T00:00:00Z", "data": {"number": number, "version": version}}
    return Notice(f"event-{number}", version, datetime.now(UTC), json.dumps(body).encode())


def topic_with_queue(name: str) -> tuple[str, Any]:
    """A topic and the queue that reads it: ``(arn, receive)``; ``receive()`` gives what came, in its order, and takes it away."""
    session = boto3.session.Session()  # not the process's own, which another test may have made for another region
    sns, sqs = session.client("sns"), session.client("sqs")
    is_fifo = name.endswith(".fifo")
    topic = sns.create_topic(Name=name, Attributes=FIFO if is_fifo else {})["TopicArn"]
    url = sqs.create_queue(QueueName=name, Attributes={"FifoQueue": "true"} if is_fifo else {})["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})

    def receive() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while came := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            for message in came:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                found.append(message)
        return found

    return topic, receive


@pytest.mark.parametrize("name", ["notices", "notices.fifo"])
def test_a_topic_takes_the_notice_as_it_is(aws: str, name: str) -> None:
    topic, receive = topic_with_queue(name)
    notices.TARGETS["REVIEWLOOP_NOTICE_TOPIC"](topic, notice(1))
    (message,) = receive()
    assert json.loads(message["Body"]) == json.loads(notice(1).body)


def test_a_first_in_first_out_topic_keeps_the_order_and_drops_what_was_sent_twice(aws: str) -> None:
    topic, receive = topic_with_queue("order.fifo")
    for number in (1, 2, 2, 3, 1):
        notices.TARGETS["REVIEWLOOP_NOTICE_TOPIC"](topic, notice(number))
    assert [json.loads(message["Body"])["data"]["number"] for message in receive()] == [1, 2, 3]
