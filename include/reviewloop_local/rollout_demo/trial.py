"""One rollout, from the ledger's first word of it to the last."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from reviewloop.adapters.lake import model_store, places, s3
from reviewloop.adapters.mlflow import registry
from reviewloop.adapters.mlflow.registry import VersionInfo
from reviewloop.adapters.mlflow.tags import Tag
from reviewloop.adapters.release import champion, ledger
from reviewloop.adapters.release.registration import register_version
from reviewloop.adapters.release.rollouts import end_rollout
from reviewloop.core.digests import bytes_digest
from reviewloop.core.release import standing
from reviewloop.core.release.events import Draft, Event, program
from reviewloop.core.rollout.plan import to_facts
from reviewloop.core.rollout.routing import STARTED
from reviewloop.errors import NothingToDo, TransientError
from reviewloop.steps.rollout.judge_rollout import judge_rollout
from reviewloop_local.endpoint_process import EndpointProcess
from reviewloop_local.errors import LocalError
from reviewloop_local.rollout_demo.customers import Answer, Customers, Seen
from reviewloop_local.rollout_demo.plan import Course
from reviewloop_local.rollout_demo.replayed import Review

LOOK_SECONDS: Final = 3.0
"""Between two looks, where ``sentiment_rollout`` takes minutes: here nobody waits for a schedule."""
REST: Final = 2.0
"""Times what a look took, before the next one: on a slow machine the customers need the cores."""
SAID_SECONDS: Final = 15.0
"""Between two lines about what is still missing."""
PATIENCE: Final = 2.0
"""Times what was forecast that one rollout may take; beyond it the demonstration says what it still waited for."""
START_SECONDS: Final = 60.0
"""Beside it: until the challenger is loaded, and the last records have come."""
MOST_BACK_SECONDS: Final = 5.0
"""From the verdict to the challenger's last answer, at most."""
AFTERWARDS_SECONDS: Final = MOST_BACK_SECONDS + 1
"""That customers still come after the verdict."""
WHO: Final = program("rollout_demo")
Say = Callable[[str], None]


@dataclass(frozen=True)
class Trial:
    """A challenger, and how it ought to end: ``guard`` sends it back; empty, it is to be promoted."""

    name: str
    what: str
    folder: Path
    guard: str


@dataclass(frozen=True)
class Ended:
    """How it did end. ``back_seconds`` from the verdict to the challenger's last answer; None where it never gave one after it."""

    trial: Trial
    decision: str
    guard: str
    stage: str
    reason: str
    seconds: float
    seen: Seen
    by_challenger: Sequence[Answer]
    back_seconds: float | None
    page: bytes

    @property
    def problems(self) -> list[str]:
        """What should have been otherwise, a line each."""
        name, wanted = self.trial.name, self.trial.guard
        told = []
        if not (self.guard == wanted if wanted else self.decision == "finish"):
            ends = f"back by guard {wanted}" if wanted else "promoted"
            told.append(f"{name}: wanted {ends}, but {self.stage}: {self.decision}: {self.reason}")
        if self.seen.num_failed:
            statuses = ", ".join(f"{status}: {num}" for status, num in sorted(self.seen.failures.items()))
            told.append(f"{name}: {self.seen.num_failed} of {len(self.seen.answers)} customers had no answer (status {statuses})")
        if (self.back_seconds or 0.0) > MOST_BACK_SECONDS:
            told.append(f"{name}: answered for {self.back_seconds:.1f} s after the verdict")
        return told


def register(folder: Path) -> VersionInfo:
    """A model folder as a version of the registry."""
    key = bytes_digest(f"rollout_demo {folder.name}".encode())
    model = model_store.publish("transformer", folder, key, "")
    return register_version(model.uri, "", {Tag.JOB_KEY: model.job_key, Tag.MODEL_DIGEST: model.digest})


def crown(version: VersionInfo, rollout: str = "") -> Event:
    """Let a version answer everybody: by this demonstration's word, on a stack that nobody else is asked by."""
    replaces = standing.champion_version(ledger.read())
    now = ledger.now()
    registry.set_version_tags(version.version, {Tag.APPROVED_BY: WHO, Tag.APPROVED_AT: now, Tag.VERDICT: "passed"})
    said = {"approved_by": WHO, "approved_at": now, "previous": replaces or None}
    record = s3.write_json(places.release_record(version.version, "approval=0"), said)
    facts = {"approval": "", "replaces": replaces, "source": version.source, "record": record, "rollout": rollout}
    act = ledger.append(lambda _: Draft("promoted", WHO, version.version, version.tags[Tag.MODEL_DIGEST], facts))
    champion.settle()
    return act


def try_out(
    trial: Trial, course: Course, endpoint: EndpointProcess, reviews: Sequence[Review], rate: float, seed: int, say: Say
) -> Ended:
    """Start the rollout, let ``rate`` customers a second come, and look until it has ended or ``PATIENCE`` is over."""
    version = register(trial.folder)
    began = time.monotonic()
    started = _start(version, course)
    endpoint.wait_for(started.number)
    stage = course.plan.stages[0].name
    decision, guard, reason, verdict, said = "hold", "", "", time.monotonic(), time.monotonic()
    with Customers(endpoint.url, reviews, rate, trial.name.replace(" ", "-"), seed) as customers:
        took = 0.0
        while time.monotonic() - began < PATIENCE * course.seconds + START_SECONDS:
            time.sleep(max(LOOK_SECONDS, REST * took))
            looked = time.monotonic()
            customers.check()
            try:
                found = judge_rollout()
            except TransientError as error:
                say(f"not looked: {error}")
                continue
            took = time.monotonic() - looked
            stage, decision, reason, verdict = found.stage, found.decision, found.reason, time.monotonic()
            if decision != "hold" or verdict - said > SAID_SECONDS:
                say(f"{stage}: {decision}: {reason}")
                said = verdict
            if decision in ("back", "finish", "void"):
                break
        else:
            end_rollout(WHO, f"not decided within {time.monotonic() - began:.0f} s")
        if decision == "finish":
            crown(version, started.sha256)
        if decision == "back":
            guard = str(ledger.read()[-1].facts["guard"])
        time.sleep(AFTERWARDS_SECONDS)
        customers.check()
    by_challenger = customers.seen.by(version.version)
    late = [one.ended - verdict for one in by_challenger if one.ended > verdict] if decision == "back" else []
    return Ended(
        trial, decision, guard, stage, reason, verdict - began, customers.seen, by_challenger,
        max(late, default=None), _page(started),
    )  # fmt: skip


def _start(version: VersionInfo, course: Course) -> Event:
    events = ledger.read()
    facts: dict[str, Any] = {
        **to_facts(course.plan), "source": version.source, "replaces": standing.champion_version(events),
        "approval": "", "shown": "",
        "salt": bytes_digest(f"rollout_demo {version.version}".encode())[:16], "forecast": list(course.told),
    }  # fmt: skip
    return ledger.append(lambda _: Draft(STARTED, WHO, version.version, version.tags[Tag.MODEL_DIGEST], facts))


def _page(started: Event) -> bytes:
    """The rollout's page as its last look left it. Raises ``LocalError`` where there is none."""
    with suppress(NothingToDo):  # the first look after an end keeps the page of it
        judge_rollout()
    uri = places.reports("rollouts", f"rollout={started.number}", "report.html")
    if not s3.exists(uri):
        raise LocalError(f"{uri}: no page of the rollout was kept")
    return s3.read_bytes(uri)
