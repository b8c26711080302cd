"""All that a question about a release is made of, before it is put into words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from reviewloop.config import AutomationLevel
from reviewloop.core.release.automation import Proposal
from reviewloop.refs import CandidateRef


@dataclass(frozen=True)
class PlanBrief:
    """What a yes begins. ``lines`` say what each verdict will take, ``fault`` why it cannot start as traffic is; empty: it can."""

    name: str
    stages: tuple[str, ...]
    lines: tuple[str, ...] = ()
    fault: str = ""


@dataclass(frozen=True)
class Brief:
    """``report`` is the gates' report (JSON), ``replaces`` the champion's version (empty: none yet).

    ``is_dirty`` says whether uncommitted code made it (None: nobody knows), ``trainer`` who started the training by hand (empty:
    the loop). ``agreed`` of ``asked`` earlier questions were answered as the loop would have.
    """

    candidate: CandidateRef
    report: Mapping[str, Any]
    replaces: str
    trainer: str
    commit: str
    is_dirty: bool | None
    past: tuple[str, ...]
    level: AutomationLevel
    proposal: Proposal
    is_for_the_loop: bool
    waits: timedelta
    agreed: int
    asked: int
    plan: PlanBrief
    approvers: tuple[str, ...]
    trainer_may_approve: bool
    card_uri: str = ""
