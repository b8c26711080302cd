"""What the reaper may touch: what carries this deployment's tags and is expired, and never what answers.

The tags are the authority; a name is only where to look. What is not known for certain is kept, and said.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from reviewloop.config import CostsConfig

DEPLOYMENT: Final = "reviewloop:deployment"
"""The lake's bucket: another deployment in the account has another one."""
OWNER: Final = "reviewloop:owner"
EXPIRES: Final = "reviewloop:expires"
"""ISO 8601, UTC."""
JOB: Final = "reviewloop:job"
VERSION: Final = "reviewloop:version"
"""Of an endpoint: the version of the registered model that it serves."""

ResourceKind = Literal["training job", "Batch job", "endpoint"]


@dataclass(frozen=True)
class Resource:
    """Something on AWS that costs money while it is there."""

    kind: ResourceKind
    name: str
    """By which its service knows it."""
    tags: Mapping[str, str]
    made_at: datetime
    num_invocations: float = 0.0
    """Of an endpoint, in the last ``costs.idle_days``."""
    serves: frozenset[str] = field(default_factory=frozenset)
    """Of an endpoint: every place and setting of the models behind it."""


@dataclass(frozen=True)
class Protected:
    """What answers, or is tried: no endpoint of it is ever touched."""

    versions: Collection[str]
    sources: Collection[str]
    """Where their files lie."""
    endpoint: str = ""
    """The name of the endpoint that callers ask."""


@dataclass(frozen=True)
class Decision:
    """``remove`` it, ``tell`` a person of it, or ``keep`` it, and why, in words."""

    act: Literal["remove", "tell", "keep"]
    why: str


def expires_tag(now: datetime, seconds: float) -> str:
    """The value of the tag ``reviewloop:expires`` for what may live so many seconds from now."""
    return (now + timedelta(seconds=seconds)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def decide(found: Resource, deployment: str, protected: Protected, now: datetime, costs: CostsConfig) -> Decision:
    """What is to become of it. ``now`` is AWS's clock, not this machine's."""
    if found.tags.get(DEPLOYMENT) != deployment:
        return Decision("keep", f"its tag {DEPLOYMENT} is not {deployment}: it is not ours")
    if found.kind == "endpoint" and (why := _protects(found, protected)):
        return Decision("keep", why)
    expires = _time(found.tags.get(EXPIRES, ""))
    if expires is None:
        return Decision("tell", f"its tag {EXPIRES} is {found.tags.get(EXPIRES)!r}, which is no time in UTC: a person decides")
    is_idle = found.kind == "endpoint" and not found.num_invocations
    if now < expires + timedelta(minutes=costs.clock_skew_minutes):
        if is_idle and now - found.made_at >= timedelta(days=costs.idle_days):
            why = f"nobody asked it for {costs.idle_days} days, and it costs until {expires:%Y-%m-%d %H:%M} UTC"
            return Decision("tell", f"{why}: delete it, or let its tag {EXPIRES} end sooner")
        return Decision("keep", f"expires {expires:%Y-%m-%d %H:%M} UTC")
    if found.kind == "endpoint" and not is_idle:
        asked = f"was asked {found.num_invocations:.0f} times in the last {costs.idle_days} days"
        why = f"expired {expires:%Y-%m-%d %H:%M} UTC, and {asked}"
        return Decision("tell", f"{why}: move its callers, or let its tag {EXPIRES} end later")
    return Decision("remove", f"expired {expires:%Y-%m-%d %H:%M} UTC")


def _protects(found: Resource, protected: Protected) -> str:
    """Why this endpoint is never touched; empty where nothing says so."""
    version = found.tags.get(VERSION, "")
    if found.name == protected.endpoint:
        return "it is the endpoint that callers ask (REVIEWLOOP_ENDPOINT)"
    if not version:
        return f"it has no tag {VERSION}: nobody can say that it is not the champion's"
    if version in protected.versions:
        return f"it serves version {version}, which answers or is tried"
    # An endpoint that was updated in its place keeps the tags of the version before.
    if source := next((one for one in protected.sources if any(one in place for place in found.serves)), ""):
        return f"its tag says version {version}, but it serves {source}, which answers or is tried"
    return ""


def _time(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else None
