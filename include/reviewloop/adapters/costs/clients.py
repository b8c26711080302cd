"""The process's clients of the services that paid jobs run at, and of those that say what they cost; and AWS's own clock."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.config import Config as BotoConfig

from reviewloop.errors import TransientError

if TYPE_CHECKING:
    from mypy_boto3_batch import BatchClient
    from mypy_boto3_sagemaker import SageMakerClient

_PATIENT: Final = BotoConfig(retries={"max_attempts": 5, "mode": "standard"})


@lru_cache(maxsize=1)
def sagemaker() -> "SageMakerClient":
    """From the standard AWS environment, as all of these."""
    return boto3.client("sagemaker", config=_PATIENT)


@lru_cache(maxsize=1)
def batch() -> "BatchClient":
    """AWS Batch."""
    return boto3.client("batch", config=_PATIENT)


@lru_cache(maxsize=1)
def sts() -> Any:
    """Who we are."""
    return boto3.client("sts", config=_PATIENT)


@lru_cache(maxsize=1)
def iam() -> Any:
    """Roles."""
    return boto3.client("iam", config=_PATIENT)


@lru_cache(maxsize=1)
def ecr() -> Any:
    """Images, in the region of the environment."""
    return boto3.client("ecr", config=_PATIENT)


@lru_cache(maxsize=1)
def quotas() -> Any:
    """Service Quotas."""
    return boto3.client("service-quotas", config=_PATIENT)


@lru_cache(maxsize=1)
def cloudwatch() -> Any:
    """Metrics."""
    return boto3.client("cloudwatch", config=_PATIENT)


ALL: Final = (sagemaker, batch, sts, iam, ecr, quotas, cloudwatch)


def told_at(response: Mapping[str, Any]) -> datetime:
    """AWS's clock, in UTC, by the date of its answer. Raises ``TransientError`` for an answer without one."""
    text = response.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date", "")
    try:
        return parsedate_to_datetime(text).astimezone(UTC)
    except (TypeError, ValueError):
        raise TransientError(f"AWS's clock: its answer is dated {text!r}") from None
