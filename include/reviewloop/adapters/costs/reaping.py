"""What costs money and nobody needs any more: found, decided on, and taken away where that is asked for.

Each thing is looked at again right before it goes, the ledger too: it may have been renewed, or made the champion's, meanwhile.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from reviewloop.adapters.aws_errors import asking_aws
from reviewloop.adapters.costs import clients, endpoints, jobs
from reviewloop.adapters.release import ledger
from reviewloop.config import load_config
from reviewloop.core.costs.reaping import Decision, Protected, Resource, ResourceKind, decide
from reviewloop.core.rollout.routing import routing
from reviewloop.errors import ConfigError, ReviewloopError
from reviewloop.settings import settings

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Reaped:
    """One thing, and what became of it. ``would go``: it is to go, and nobody asked for that to be done."""

    kind: ResourceKind
    name: str
    act: Literal["keep", "tell", "would go", "gone", "failed"]
    why: str


@dataclass(frozen=True)
class _Kind:
    names: Callable[[], list[str]]
    look: Callable[[str, datetime], Resource | None]
    """At one of them as it is now; None where it is gone, has ended, or is not ours."""
    remove: Callable[[str], None]


_KINDS: Final[dict[ResourceKind, _Kind]] = {
    "training job": _Kind(jobs.training_jobs, lambda name, _: jobs.training_job(name), jobs.stop_training_job),
    "Batch job": _Kind(jobs.batch_jobs, lambda name, _: jobs.batch_job(name), jobs.end_batch_job),
    "endpoint": _Kind(endpoints.names, endpoints.endpoint, endpoints.delete),
}


def reap(*, apply: bool) -> list[Reaped]:
    """Everything of this deployment that costs money while it is there; with ``apply`` what is to go goes.

    What AWS does not answer for is ``failed`` and stays; the rest is done all the same. Raises where AWS's clock, or who answers,
    cannot be asked: then nothing is known to be expired, or not to be the champion's.
    """
    now, known = aws_now(), protected()
    return [one for kind in _KINDS for one in _reap(kind, known, now, apply=apply)]


def aws_now() -> datetime:
    """The time by AWS's clock, in UTC: this machine's may be off by days. Raises ``ConfigError`` in another account than ours."""
    with asking_aws("ask AWS for the time"):
        told = clients.sts().get_caller_identity()
    if settings().aws_account and told["Account"] != settings().aws_account:
        raise ConfigError(f"the credentials are those of account {told['Account']}, and REVIEWLOOP_AWS_ACCOUNT says another")
    return clients.told_at(told)


def protected() -> Protected:
    """What answers, or is tried, by the ledger as it is now."""
    found = routing(ledger.read())
    arms = [arm for arm in (found.champion, found.challenger) if arm] if found else []
    return Protected({arm.version for arm in arms}, {arm.source for arm in arms}, settings().endpoint)


def _reap(kind: ResourceKind, known: Protected, now: datetime, *, apply: bool) -> Iterator[Reaped]:
    try:
        names = _KINDS[kind].names()
    except ReviewloopError as error:
        yield Reaped(kind, "(all)", "failed", str(error))
        return
    for name in names:
        try:
            found = _one(kind, name, known, now, apply=apply)
        except ReviewloopError as error:
            found = Reaped(kind, name, "failed", str(error))
        if found:
            yield found


def _one(kind: ResourceKind, name: str, known: Protected, now: datetime, *, apply: bool) -> Reaped | None:
    found = _KINDS[kind].look(name, now)
    if found is None:
        return None
    decision = _decide(found, known, now)
    if decision.act != "remove":
        return Reaped(kind, name, decision.act, decision.why)
    if not apply:
        return Reaped(kind, name, "would go", decision.why)
    again = _KINDS[kind].look(name, now)
    if again is None:
        return Reaped(kind, name, "gone", "it was gone already")
    decision = _decide(again, protected(), now)
    if decision.act != "remove":
        return Reaped(kind, name, decision.act, decision.why)
    _KINDS[kind].remove(name)
    log.info("%s %s: taken away: %s", kind, name, decision.why)
    return Reaped(kind, name, "gone", decision.why)


def _decide(found: Resource, known: Protected, now: datetime) -> Decision:
    return decide(found, settings().bucket, known, now, load_config().costs)
