"""What follows from the ledger's events: who answers, who answered before, and what still counts.

Every function takes all events, oldest first, as ``adapters.release.ledger.read`` gives them, and asks nothing else.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from reviewloop.core.release.events import Event

Events = tuple[Event, ...]
RELEASES: Final = ("promoted", "rolled_back", "adopted")
ANSWERS: Final = ("approved", "rejected", "sent_back")
"""What may be said to a question. Sent back is no rejection: it waits for something to be done, and is asked again."""


def acts(events: Events) -> Iterator[Event]:
    """Each change of the champion: a promotion, a rollback, and the release that an adoption found answering."""
    for event in events:
        if event.kind in ("promoted", "rolled_back") or (event.kind == "adopted" and event.facts.get("answers") is True):
            yield event


def champion(events: Events) -> Event | None:
    """The act that made the version which answers; None where nothing was ever released."""
    return next(reversed(list(acts(events))), None)


def champion_version(events: Events) -> str:
    """The version that answers, empty before the first release."""
    act = champion(events)
    return str(act.version) if act else ""


def before_champion(events: Events) -> Event | None:
    """The release of the version which answered before the present one, or None."""
    head = champion(events)
    found = [event for event in events if event.kind in RELEASES and head is not None and event.version != head.version]
    return found[-1] if found else None


def release_of(events: Events, version: str) -> Event | None:
    """The newest event by which this version was released, or found to have been by an adoption; None for one that never was."""
    return next((event for event in reversed(events) if event.kind in RELEASES and event.version == version), None)


def adopted_versions(events: Events) -> set[str]:
    """Versions whose release from before the ledger was taken over."""
    return {str(event.version) for event in events if event.kind == "adopted"}


def registration(events: Events, job_key: str) -> Event | None:
    """The event that says which version is the job's."""
    return next((event for event in events if event.kind == "registered" and event.facts.get("job_key") == job_key), None)


def signing(events: Events, digest: str, key_id: str) -> Event | None:
    """The event by which a person had the model of this digest signed with this key."""
    found = (event for event in events if event.kind == "signed" and event.digest == digest)
    return next((event for event in found if event.facts.get("key") == key_id), None)


def numbers_of_others(events: Events, job_key: str) -> set[str]:
    """The versions that were registered, or released before there was a ledger, of other jobs than this one."""
    told = (event for event in events if event.kind in ("registered", "adopted"))
    return {str(event.version) for event in told if event.facts.get("job_key") != job_key}


def judgement(events: Events, digest: str, job_key: str) -> Event | None:
    """The gates' newest verdict on the job's model of this digest."""
    found = (event for event in reversed(events) if event.kind == "judged" and event.digest == digest)
    return next((event for event in found if event.facts.get("job_key") == job_key), None)


def is_current(judged: Event | None, champion_version: str, gates_digest: str) -> bool:
    """Whether the verdict is by these gates and against this champion (empty: none)."""
    if judged is None:
        return False
    return (judged.facts.get("against"), judged.facts.get("gates_digest")) == (champion_version, gates_digest)


def why_not_asked(events: Events, digest: str, job_key: str, gates_digest: str) -> str | None:
    """Why nobody may be asked about this model now, in words; None where somebody may."""
    judged, answering = judgement(events, digest, job_key), champion_version(events)
    if judged is None:
        return "the ledger holds no verdict of the gates on it"
    if judged.facts.get("against") != answering:
        against = f"version {judged.facts['against']}" if judged.facts.get("against") else "no champion"
        return f"it was compared with {against}, but {f'version {answering}' if answering else 'no version'} answers now"
    if judged.facts.get("gates_digest") != gates_digest:
        return "it was judged by other gates than today's"
    if judged.facts.get("verdict") != "passed":
        return f"the gates refused it ({judged.facts.get('refused_by')})"
    return None


def question(events: Events, shown: str) -> Event | None:
    """The newest asking of the question with this digest."""
    return next((event for event in reversed(events) if event.kind == "asked" and event.facts.get("shown") == shown), None)


def answer(events: Events, asked: Event) -> Event | None:
    """The answer to this asking. The first counts: a question is answered once, what comes later is a trace."""
    found = (event for event in events if event.kind in ANSWERS and event.facts.get("asked") == asked.sha256)
    return next(found, None)


def open_questions(events: Events) -> list[Event]:
    """The askings that wait for a person, oldest first: each version's newest that nothing was said to (nor that nobody answered in
    time), while what it would replace still answers."""
    newest = {event.version: event for event in events if event.kind == "asked"}
    settled = {event.facts.get("asked") for event in events}
    answering = champion_version(events)
    found = (event for event in newest.values() if event.sha256 not in settled and event.facts.get("replaces") == answering)
    return sorted(found, key=lambda event: event.number)


def sent_back(events: Events) -> Event | None:
    """The newest way back that nobody has answered with another question yet; None where nothing waits to be mended."""
    asked = next((event.number for event in reversed(events) if event.kind == "asked"), 0)
    found = (event for event in reversed(events) if event.kind == "sent_back" and event.number > asked)
    return next((event for event in found if _counts(events, event)), None)


def _counts(events: Events, said: Event) -> bool:
    """Whether it is the answer to its question, and not one that came second."""
    asked = next((event for event in events if event.sha256 == said.facts.get("asked")), None)
    return asked is not None and answer(events, asked) == said


def is_fresh(approval: Event, now: datetime, max_age: timedelta) -> bool:
    """Whether the approval may still be used: it was given and recorded at most ``max_age`` before ``now``.

    Two clocks tell of it, Airflow's when it was given and the writer's when it was recorded; clocks may differ, but neither by more
    than ``max_age``. A time that is none, or without its offset from UTC, proves nothing.
    """
    try:
        told = [datetime.fromisoformat(str(at)) for at in (approval.facts.get("answered_at"), approval.at)]
        return all(abs(now - at) <= max_age for at in told)
    except (ValueError, TypeError):
        return False


def is_rejected(events: Events, version: str, digest: str) -> bool:
    """Whether the last that a person (or nobody) said of this version was no."""
    asked = [event for event in events if event.kind == "asked" and (event.version, event.digest) == (version, digest)]
    answers = [found for event in asked if (found := answer(events, event)) is not None]
    return bool(answers) and max(answers, key=lambda event: event.number).kind == "rejected"


def promotion_by(events: Events, approval: Event) -> Event | None:
    """The promotion that used this approval; an approval is used once."""
    found = (event for event in events if event.kind == "promoted" and event.facts.get("approval") == approval.sha256)
    return next(found, None)
