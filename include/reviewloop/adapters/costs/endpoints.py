"""SageMaker endpoints, as the reaper sees them: their tags, what they serve, and who asked them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from reviewloop.adapters.aws_errors import asking_aws, aws_error
from reviewloop.adapters.costs import clients
from reviewloop.config import load_config
from reviewloop.core.costs.reaping import DEPLOYMENT, Resource
from reviewloop.errors import TransientError
from reviewloop.settings import settings

_MISSING: Final = "ValidationException"
_DAY_SECONDS: Final = 86400


def names() -> list[str]:
    """Every endpoint of the account and region, of every page: whose each is, its tags say."""
    with asking_aws("list endpoints"):
        pages = clients.sagemaker().get_paginator("list_endpoints").paginate()
        return [one["EndpointName"] for page in pages for one in page["Endpoints"]]


def endpoint(name: str, now: datetime) -> Resource | None:
    """As it is now; None where it is gone, or carries another deployment's tag or none."""
    try:
        described: Any = clients.sagemaker().describe_endpoint(EndpointName=name)
    except (ClientError, BotoCoreError) as error:
        if _is_gone(error):
            return None
        raise aws_error(error, f"describe the endpoint {name}") from error
    with asking_aws(f"read the tags of the endpoint {name}"):
        pages = clients.sagemaker().get_paginator("list_tags").paginate(ResourceArn=described["EndpointArn"])
        tags = {one["Key"]: one["Value"] for page in pages for one in page["Tags"]}
    if tags.get(DEPLOYMENT) != settings().bucket:
        return None
    variants = [*described.get("ProductionVariants", []), *described.get("ShadowProductionVariants", [])]
    with asking_aws(f"look at what the endpoint {name} serves"):
        serves = frozenset(_served(described["EndpointConfigName"]))
    invocations = _invocations(name, [one["VariantName"] for one in variants], now)
    return Resource("endpoint", name, tags, described["CreationTime"].astimezone(UTC), invocations, serves)


def delete(name: str) -> None:
    """Nothing where it is gone already. Its configuration and models stay, which cost nothing."""
    try:
        clients.sagemaker().delete_endpoint(EndpointName=name)
    except (ClientError, BotoCoreError) as error:
        if not _is_gone(error):
            raise aws_error(error, f"delete the endpoint {name}") from error


def _is_gone(error: Exception) -> bool:
    # SageMaker has one word for every wrong request.
    return isinstance(error, ClientError) and error.response["Error"]["Code"] == _MISSING and "Could not find" in str(error)


def _served(config: str) -> Iterator[str]:
    """Every place and setting of the models behind an endpoint's configuration."""
    described: Any = clients.sagemaker().describe_endpoint_config(EndpointConfigName=config)
    for variant in [*described.get("ProductionVariants", []), *described.get("ShadowProductionVariants", [])]:
        model: Any = clients.sagemaker().describe_model(ModelName=variant["ModelName"])
        for container in [model.get("PrimaryContainer") or {}, *model.get("Containers", [])]:
            yield container.get("ModelDataUrl", "")
            yield container.get("ModelDataSource", {}).get("S3DataSource", {}).get("S3Uri", "")
            yield from container.get("Environment", {}).values()


def _invocations(name: str, variants: list[str], now: datetime) -> float:
    """Of all variants in the last ``costs.idle_days``, by CloudWatch, which has no point for an hour without any."""
    since = now - timedelta(days=load_config().costs.idle_days)
    queries = [
        {
            "Id": f"v{number}",
            "MetricStat": {
                "Metric": {
                    "Namespace": "AWS/SageMaker",
                    "MetricName": "Invocations",
                    "Dimensions": [{"Name": "EndpointName", "Value": name}, {"Name": "VariantName", "Value": variant}],
                },
                "Period": _DAY_SECONDS,
                "Stat": "Sum",
            },
        }
        for number, variant in enumerate(variants)
    ]
    if not queries:
        return 0.0
    total, states = 0.0, dict.fromkeys((one["Id"] for one in queries), "no answer")
    with asking_aws(f"ask CloudWatch who asked the endpoint {name}"):
        for page in clients.cloudwatch().get_paginator("get_metric_data").paginate(
            MetricDataQueries=queries, StartTime=since, EndTime=now
        ):  # fmt: skip
            for result in page["MetricDataResults"]:
                total += sum(result["Values"])
                states[result["Id"]] = result["StatusCode"]
    if wrong := sorted(set(states.values()) - {"Complete"}):  # what CloudWatch does not know is not nobody
        raise TransientError(f"CloudWatch does not say who asked the endpoint {name}: {', '.join(wrong)}")
    return total
