"""The output of a container, as CloudWatch Logs keeps it."""

from functools import lru_cache
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config as BotoConfig
from botocore.exceptions import BotoCoreError, ClientError

from reviewloop.adapters.aws_errors import aws_error, error_code

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

NO_OUTPUT = "(no output)"
MAX_LINES = 10_000
"""CloudWatch hands out no more at once."""


@lru_cache(maxsize=1)
def client() -> "CloudWatchLogsClient":
    """The process's CloudWatch Logs client, from the standard AWS environment."""
    return boto3.client("logs", config=BotoConfig(retries={"max_attempts": 5, "mode": "standard"}))


def tail(group: str, stream_prefix: str, num_lines: int) -> str:
    """The last lines of the newest stream whose name begins so; ``(no output)`` where there is none."""
    what = f"read the log {group}/{stream_prefix}"
    try:
        found = client().describe_log_streams(logGroupName=group, logStreamNamePrefix=stream_prefix)["logStreams"]
        if not found:
            return NO_OUTPUT
        stream = max(found, key=lambda stream: stream.get("creationTime", 0))["logStreamName"]
        limit = min(num_lines, MAX_LINES)
        events = client().get_log_events(logGroupName=group, logStreamName=stream, limit=limit, startFromHead=False)["events"]
    except (ClientError, BotoCoreError) as error:
        if error_code(error) == "ResourceNotFoundException":
            return NO_OUTPUT
        raise aws_error(error, what) from error
    return "\n".join(event["message"].rstrip("\n") for event in events) or NO_OUTPUT
