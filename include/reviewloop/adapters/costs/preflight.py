"""Whether a paid job could start: account, region, clock, bucket, role, image, quota, queue and price, looked at, never changed."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from reviewloop.adapters.aws_errors import asking_aws, aws_error, error_code
from reviewloop.adapters.costs import budget, clients
from reviewloop.adapters.costs.names import required
from reviewloop.adapters.lake import s3
from reviewloop.config import CostsConfig
from reviewloop.core.costs.preflight import Finding, lets_in, parse_image, parse_role, training_quota, vcpu_quota
from reviewloop.core.costs.prices import PaidJob, hourly_usd, most_usd
from reviewloop.errors import ConfigError, PermanentError
from reviewloop.settings import settings

_DENIED: Final = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}
_SAGEMAKER: Final = "sagemaker.amazonaws.com"
_CONTAINERS: Final = "ecs-tasks.amazonaws.com"


def require(job: PaidJob, costs: CostsConfig, now: datetime) -> None:
    """Raises ``ConfigError`` with everything that is missing or wrong, in one line; see ``look``."""
    wrong = [f"{one.what}: {' '.join(one.told.split())}" for one in look(job, costs, now) if not one.is_ok]
    if wrong:
        raise ConfigError(f"preflight: the job does not start: {'; '.join(wrong)} (python -m reviewloop preflight)")


def look(job: PaidJob, costs: CostsConfig, now: datetime) -> list[Finding]:
    """A line on everything that the job needs, good or bad; ``now`` is this machine's clock. Only reads.

    Raises ``TransientError`` where AWS does not answer: that is no verdict.
    """
    account = _found("account", lambda: _account(costs, now))
    if not account.is_ok:  # nothing that is asked with the wrong credentials, or none, says anything
        return [account, _found("price", lambda: _price(job, costs, now))]
    places = _sagemaker(job) if job.kind == "sagemaker" else _batch(job, costs, now)
    return [
        account, _found("region", _region), _found("bucket", _bucket), *places, _found("price", lambda: _price(job, costs, now)),
    ]  # fmt: skip


def month(job: PaidJob, costs: CostsConfig, now: datetime) -> Finding:
    """Whether the month has enough left for the job. Beside ``look``: who starts a job reserves it, which is more than to look."""

    def ask() -> str:
        usd = most_usd(job, costs.prices, settings().aws_region, now)
        name = f"{now:%Y-%m}"
        left = budget.read().left_usd(name, costs.month_cap_usd)
        if usd > left:
            raise ConfigError(f"of {costs.month_cap_usd:.2f} USD for {name} {left:.2f} are left, and the job may cost {usd:.2f}")
        return f"of {costs.month_cap_usd:.2f} USD for {name} {left:.2f} are left"

    return _found("budget", ask)


def _found(what: str, ask: Callable[[], str]) -> Finding:
    try:
        return Finding(what, True, ask())
    except PermanentError as error:
        return Finding(what, False, str(error))


def _ask(what: str, ask: Callable[[], Any], missing: frozenset[str] = frozenset(), told: str = "") -> Any:
    """What AWS answers; ``told`` is said where its word for a refusal is one of ``missing``."""
    try:
        return ask()
    except (ClientError, BotoCoreError) as error:
        code = error_code(error)
        if code in missing:
            raise ConfigError(told) from None
        if code in _DENIED:
            raise ConfigError(f"not known, for we may not {what} ({code}): deploy/iam/worker.json has what is needed") from None
        raise aws_error(error, what) from error


def _account(costs: CostsConfig, now: datetime) -> str:
    told = _ask("ask who we are", lambda: clients.sts().get_caller_identity())
    skew = abs(clients.told_at(told) - now)
    if not settings().aws_account:
        raise ConfigError(f"REVIEWLOOP_AWS_ACCOUNT: empty; the credentials are those of {told['Account']}: say so, if it is meant")
    if told["Account"] != settings().aws_account:
        raise ConfigError(
            f"the credentials are those of account {told['Account']} ({told['Arn']}), and REVIEWLOOP_AWS_ACCOUNT says "
            f"{settings().aws_account}"
        )
    if skew > timedelta(minutes=costs.clock_skew_minutes):
        raise ConfigError(f"this machine's clock is {skew.total_seconds() / 60:.0f} minutes off AWS's: set it right")
    return f"{told['Account']} as {told['Arn']}"


def _region() -> str:
    with asking_aws("find the region"):
        region = str(clients.sagemaker().meta.region_name)
    if not settings().aws_region:
        raise ConfigError(f"REVIEWLOOP_AWS_REGION: empty; the environment's is {region}: say so, if it is meant")
    if region != settings().aws_region:
        raise ConfigError(
            f"the environment's is {region} (AWS_DEFAULT_REGION), and REVIEWLOOP_AWS_REGION says {settings().aws_region}"
        )
    return region


def _bucket() -> str:
    name = settings().bucket
    region = s3.bucket_region(name)
    if region is None:
        raise ConfigError(f"REVIEWLOOP_BUCKET: there is no bucket {name}, or it is another account's; make it, or name another")
    if region != settings().aws_region:
        raise ConfigError(
            f"the bucket {name} is in {region}, and jobs run in {settings().aws_region}: SageMaker reads from its own alone"
        )
    return f"{name} in {region}"


def _sagemaker(job: PaidJob) -> Iterator[Finding]:
    yield _found("role", lambda: _role(required("sagemaker_role", "the ARN of the role that training jobs run as"), _SAGEMAKER))
    yield _found("image", lambda: _image(required("training_image", "the URI of the project's image in ECR")))
    yield _found("quota", lambda: _quota("sagemaker", training_quota(job.instance_type), 1, "machines"))


def _role(arn: str, service: str) -> str:
    parsed = parse_role(arn)
    if parsed is None:
        raise ConfigError(f"{arn} is no ARN of a role (arn:aws:iam::ACCOUNT:role/NAME)")
    account, name = parsed
    if account != settings().aws_account:
        raise ConfigError(f"{arn} is a role of account {account}, and jobs run in {settings().aws_account}")
    found = _ask(
        f"look at the role {name} (iam:GetRole)", lambda: clients.iam().get_role(RoleName=name)["Role"],
        frozenset({"NoSuchEntity"}), f"there is no role {name}; make it, with deploy/iam/training.json",
    )  # fmt: skip
    if not lets_in(found["AssumeRolePolicyDocument"], service):
        raise ConfigError(f"the role {name} does not let {service} take it (its trust policy, sts:AssumeRole)")
    return name


def _image(uri: str) -> str:
    image = parse_image(uri)
    if image is None:
        raise ConfigError(f"{uri} is no image in ECR (ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME:TAG)")
    if image.region != settings().aws_region:
        raise ConfigError(f"{uri} is in {image.region}, and jobs run in {settings().aws_region}: push it there")
    wanted = {"imageDigest": image.digest} if image.digest else {"imageTag": image.tag}
    _ask(
        f"look for the image {uri} (ecr:DescribeImages)",
        lambda: clients.ecr().describe_images(registryId=image.account, repositoryName=image.repository, imageIds=[wanted]),
        frozenset({"RepositoryNotFoundException", "ImageNotFoundException"}), f"{uri} is not there: build and push it",
    )  # fmt: skip
    return uri


def _quota(service: str, name: str, needed: float, unit: str) -> str:
    def ask() -> float | None:
        for page in clients.quotas().get_paginator("list_service_quotas").paginate(ServiceCode=service):
            for quota in page["Quotas"]:
                if quota.get("QuotaName") == name:
                    return float(quota["Value"])
        return None

    value = _ask(f"look at the quotas of {service} (servicequotas:ListServiceQuotas)", ask)
    if value is None:
        raise ConfigError(
            f"Service Quotas knows no {name!r} in {settings().aws_region}: is the machine's name right, and offered there?"
        )
    if value < needed:
        raise ConfigError(f"{name!r} is {value:g}, and the job needs {needed:g} {unit}: ask for more in Service Quotas")
    return f"{name!r} is {value:g} {unit}"


def _batch(job: PaidJob, costs: CostsConfig, now: datetime) -> Iterator[Finding]:
    found: dict[str, Any] = {}

    def queue() -> str:
        name = required("batch_queue", "the name of the job queue")
        queues = _ask(f"look at the queue {name}", lambda: clients.batch().describe_job_queues(jobQueues=[name])["jobQueues"])
        if not queues:
            raise ConfigError(f"there is no queue {name}")
        _require_open("the queue", name, queues[0])
        found["environments"] = environments = _environments(queues[0])
        return f"{name}, on {', '.join(one['computeEnvironmentName'] for one in environments)}"

    def machines() -> str:
        offered = {kind for one in found["environments"] for kind in one["computeResources"].get("instanceTypes", [])}
        most = hourly_usd(job.instance_type, costs.prices, settings().aws_region, now)
        for kind in sorted(offered):
            try:
                price = hourly_usd(kind, costs.prices, settings().aws_region, now)
            except ConfigError as error:
                raise ConfigError(f"the queue may give a {kind}: {error}") from None
            if price > most:
                raise ConfigError(
                    f"the queue may give a {kind} for {price:.2f} USD an hour, and costs.batch_instance_type is "
                    f"{job.instance_type} for {most:.2f}: name the dearest"
                )
        return f"{', '.join(sorted(offered))}; none is dearer than {job.instance_type}"

    def definition() -> str:
        name = required("batch_definition", "the name of the job definition that has the project's image")
        named: Any = {"jobDefinitions": [name]} if ":" in name else {"jobDefinitionName": name, "status": "ACTIVE"}
        listed = _ask(
            f"look at the job definition {name}", lambda: clients.batch().describe_job_definitions(**named)["jobDefinitions"]
        )
        active = [one for one in listed if one.get("status", "ACTIVE") == "ACTIVE"]
        if not active:
            raise ConfigError(f"there is no active job definition {name}")
        found["container"] = max(active, key=lambda one: one["revision"])["containerProperties"]
        return name

    yield (first := _found("queue", queue))
    yield (second := _found("definition", definition))
    if first.is_ok:
        yield _found("machines", machines)
    if second.is_ok:
        yield _found("image", lambda: _image(found["container"]["image"]))
        yield _found("role", lambda: _role(found["container"].get("jobRoleArn", ""), _CONTAINERS))
    if first.is_ok and second.is_ok:
        yield _found("quota", lambda: _vcpus(job, found["environments"], found["container"]))


def _require_open(what: str, name: str, described: Any) -> None:
    if described["state"] != "ENABLED" or described["status"] != "VALID":
        why = described.get("statusReason", "")
        raise ConfigError(f"{what} {name} is {described['state']} and {described['status']}{f': {why}' if why else ''}")


def _environments(queue: Any) -> list[Any]:
    names = [one["computeEnvironment"] for one in queue["computeEnvironmentOrder"]]
    described = _ask(
        "look at the compute environments",
        lambda: clients.batch().describe_compute_environments(computeEnvironments=names)["computeEnvironments"],
    )
    for one in described:
        name = one["computeEnvironmentName"]
        _require_open("the compute environment", name, one)
        if one.get("computeResources", {}).get("type") not in {"EC2", "SPOT"}:
            raise ConfigError(
                f"the compute environment {name} is not one of EC2 machines that Batch manages: its price is not known"
            )
    if not described:
        raise ConfigError(f"the queue {queue['jobQueueName']} has no compute environment")
    return list(described)


def _vcpus(job: PaidJob, environments: list[Any], container: Any) -> str:
    asked = [one["value"] for one in container.get("resourceRequirements", []) if one["type"] == "VCPU"]
    needed = float(asked[0] if asked else container.get("vcpus", 1))
    told = []
    for one in environments:
        resources = one["computeResources"]
        if resources.get("maxvCpus", 0) < needed:
            raise ConfigError(
                f"the compute environment {one['computeEnvironmentName']} has {resources.get('maxvCpus', 0)} vCPUs at most"
            )
        name = vcpu_quota(job.instance_type, is_spot=resources["type"] == "SPOT")
        if name is None:
            raise ConfigError(f"nobody here knows which quota a {job.instance_type} counts to")
        told.append(_quota("ec2", name, needed, "vCPUs"))
    return "; ".join(told)


def _price(job: PaidJob, costs: CostsConfig, now: datetime) -> str:
    usd = most_usd(job, costs.prices, settings().aws_region, now)
    long = f"{job.longest_seconds / 3600:.1f} h on {job.instance_type}"
    if usd > costs.job_cap_usd:
        raise ConfigError(f"{long} may cost {usd:.2f} USD, and costs.job_cap_usd is {costs.job_cap_usd:.2f}")
    return f"{long} cost {usd:.2f} USD at most, by prices of {costs.prices.as_of}"
