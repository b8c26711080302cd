"""That something was erased, in the ledger: by whom, why and with what effect, and of the review nothing but a digest."""

from collections.abc import Mapping
from typing import Any

from reviewloop.adapters.release import ledger
from reviewloop.core.digests import json_digest
from reviewloop.core.release.events import Draft, Event
from reviewloop.core.release.standing import Events

ERASED = "erased"


def subject_digest(dataset: str, day: str, review_id: int) -> str:
    """What the receipt calls the review."""
    return json_digest(["review", dataset, day, review_id])


def keep(by: str, subject: str, facts: Mapping[str, Any], *, changed: bool) -> Event:
    """The receipt. An erasure that changed nothing has the one of before, where that says the same of the models."""

    def decide(events: Events) -> Draft | Event:
        before = next((event for event in reversed(events) if event.kind == ERASED and event.facts.get("subject") == subject), None)
        if before is not None and not changed and before.facts.get("trained") == facts["trained"]:
            return before
        return Draft(ERASED, by, None, None, {"subject": subject, **facts})

    return ledger.append_at_once(decide)  # whoever asks to be forgotten does not wait for the registry
