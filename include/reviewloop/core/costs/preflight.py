"""What must be so before a paid job starts, in words; and how AWS names the things that are asked about."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from reviewloop.core.costs.prices import PaidJob

_IMAGE: Final = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/(?P<repository>[a-z0-9._/-]+?)"
    r"(?:@(?P<digest>sha256:[0-9a-f]{64})|:(?P<tag>[\w.-]+))?"
)
_ROLE: Final = re.compile(r"arn:aws[a-z-]*:iam::(?P<account>\d{12}):role/(?:[\w+=,.@-]+/)*(?P<name>[\w+=,.@-]+)")
_FAMILIES: Final = {
    "G and VT": ("g", "vt"), "P": ("p",), "Standard (A, C, D, H, I, M, R, T, Z)": ("a", "c", "d", "h", "i", "m", "r", "t", "z"),
}  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; ``told`` says in one line how it is, or what is missing and what to do."""

    what: str
    is_ok: bool
    told: str


@dataclass(frozen=True)
class Image:
    """An image in ECR. Of ``tag`` and ``digest`` at most one is given; neither means the tag ``latest``."""

    account: str
    region: str
    repository: str
    tag: str
    digest: str


def parse_image(uri: str) -> Image | None:
    """None where it is no image in ECR."""
    found = _IMAGE.fullmatch(uri)
    if found is None:
        return None
    digest = found["digest"] or ""
    return Image(found["account"], found["region"], found["repository"], "" if digest else found["tag"] or "latest", digest)


def parse_role(arn: str) -> tuple[str, str] | None:
    """Account and name of an IAM role; None where it is no ARN of one."""
    found = _ROLE.fullmatch(arn)
    return (found["account"], found["name"]) if found else None


def lets_in(policy: Any, service: str) -> bool:
    """Whether a role's trust policy (a mapping, or its JSON) lets this service take the role."""
    read: Any = json.loads(policy) if isinstance(policy, str) else policy
    statements = read.get("Statement", [])
    for one in [statements] if isinstance(statements, Mapping) else statements:
        principal = one.get("Principal", {})
        named = principal.get("Service", []) if isinstance(principal, Mapping) else principal
        actions = one.get("Action", [])
        if (
            one.get("Effect") == "Allow"
            and service in ([named] if isinstance(named, str) else named)
            and "sts:AssumeRole" in ([actions] if isinstance(actions, str) else actions)
        ):
            return True
    return False


def training_quota(instance_type: str) -> str:
    """The name of SageMaker's quota of such machines, as Service Quotas gives it; in instances."""
    return f"{instance_type} for training job usage"


def vcpu_quota(instance_type: str, *, is_spot: bool) -> str | None:
    """The name of EC2's quota that such a machine counts to, in vCPUs; None for a family that nobody here knows."""
    found = re.match(r"[a-z]+", instance_type)
    letters = next((name for name, prefixes in _FAMILIES.items() if found and found[0] in prefixes), None)
    if letters is None:
        return None
    return f"All {letters} Spot Instance Requests" if is_spot else f"Running On-Demand {letters} instances"


def in_words(findings: Sequence[Finding]) -> list[str]:
    """A line each."""
    width = max((len(one.what) for one in findings), default=0)
    return [f"{'ok' if one.is_ok else 'WRONG':<5}  {one.what:<{width}}  {' '.join(one.told.split())}" for one in findings]


def plan(
    job: PaidJob, usd: float | None, source: str, left_usd: float, month: str, settings: Mapping[str, str], tags: Mapping[str, str]
) -> list[str]:
    """What a job would start, cost and write, a line each. ``usd`` is None where its price is not known, ``settings`` whereby."""
    place = {"sagemaker": "a SageMaker training job", "batch": "an AWS Batch job"}[job.kind]
    machine = job.instance_type or "a machine that nobody names"
    attempts = f", {job.attempts} attempts at most" if job.attempts > 1 else ""
    volume = f", a volume of {job.volume_gb} GB" if job.volume_gb else ""
    cost = "a sum that nobody knows, so it would not start" if usd is None else f"at most {usd:.2f} USD (prices: {source})"
    reserve = "nothing" if usd is None else f"{usd:.2f} of the {left_usd:.2f} USD that are left for {month}"
    return [
        f"would start    {place} on {machine}, for {job.max_seconds / 3600:.1f} h{attempts}{volume}",
        *(f"would use      {name} {value}" for name, value in settings.items()),
        f"would cost     {cost}",
        f"would reserve  {reserve}",
        *(f"would tag      {name}={value}" for name, value in tags.items()),
        "changed        nothing: a plan only looks",
    ]
