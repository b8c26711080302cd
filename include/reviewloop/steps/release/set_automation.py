"""How much the loop decides by itself is set by a person, at once."""

import logging

from reviewloop.adapters.release import automation as present
from reviewloop.adapters.release import ledger
from reviewloop.core.release import automation, people
from reviewloop.core.release.events import Draft, person
from reviewloop.core.release.standing import Events
from reviewloop.errors import NothingToDo, Refused

log = logging.getLogger(__name__)


def set_automation(level: str, by: str, reason: str) -> str:
    """Set the level of automation of releases; returns in words what holds now.

    Lowered, it counts at once, also for a question that waits; raised, from the next question on, and never above
    ``release.automation``. ``by`` is the person who decides, ``reason`` why, in words. Anybody may lower it, and only who may
    approve can raise it. Raises ``NothingToDo`` where it is the level already.
    """
    who, release = person(by), present.release_now()
    if level not in automation.LEVELS:
        raise Refused(f"level: {level!r} is none of {', '.join(automation.LEVELS)}")
    if not reason.strip():
        raise Refused("reason: is empty; the ledger keeps why, in words")
    if automation.lowest(level, release.automation) != level:
        raise Refused(f"level: {level} is above {release.automation}, the highest of this configuration (release.automation)")
    why_not = people.why_not(by, release)

    def decide(events: Events) -> Draft:
        before = automation.level_now(events, release.automation)
        if before == level:
            raise NothingToDo(f"the level is {level} already: {automation.MEANING[before]}")
        if why_not and automation.lowest(level, before) == before:
            raise Refused(f"by: {why_not}")
        return Draft(automation.SET, who, facts={"level": level, "before": before, "reason": " ".join(reason.split())})

    event = ledger.append(decide)
    told = f"{level}: {automation.MEANING[automation.lowest(level)]} (ledger, event {event.number}; it was {event.facts['before']})"
    log.info("level of automation: %s", told)
    return told
