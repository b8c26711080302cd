"""What leaves the feature store: one review, or a whole group."""

from typing import Final

from reviewloop.adapters.features import offline, online, store
from reviewloop.adapters.features.views import review_key
from reviewloop.adapters.release import ledger
from reviewloop.config import GroupConfig, load_config
from reviewloop.core.release.events import Draft, Event, person
from reviewloop.core.release.standing import Events
from reviewloop.errors import PermanentError

DELETED: Final = "features_deleted"


def forget_review(day: str, review_id: int) -> tuple[str, ...]:
    """Take the review out of every group, offline (also of the past) and online; gives the groups that had it. Idempotent.

    Online its row stays, empty and newer than all that was ever written to it, so that no late writer brings it back. That it is
    not published anew is for the list of erasures to see to.
    """
    key = review_key(day, review_id)
    found = []
    for group in load_config().feature_store.groups:
        if group.key != "review" or not offline.held(group).uri:
            continue
        # Online first: where a kill comes between, the offline rows still tell the next try that there is something to do.
        had = store.has(group.name) and online.bury(group, key)
        if offline.forget(group, key) or had:
            found.append(group.name)
    return tuple(found)


def delete_group(group: GroupConfig, by: str, reason: str) -> tuple[int, int]:
    """Delete a group's rows, offline and online, and its definition; gives how many rows it had, and the number of the ledger's
    event that says who asked for it and why. It is published again only after ``offline.create``.

    Run again it finishes what a kill has left. Raises ``PermanentError`` for a blank name or reason.
    """
    if not reason.strip():
        raise PermanentError("reason: is blank; say in words why the group is deleted, it is kept for good")
    who = person(by)
    num = offline.delete(group)
    with store.asking_feast(f"delete the features {group.name}"):
        was_defined = store.drop(group.name)
    facts = {"group": group.name, "reason": " ".join(reason.split()), "rows": num}

    def decide(events: Events) -> Draft | Event:
        before = next((one for one in reversed(events) if one.kind == DELETED and one.facts.get("group") == group.name), None)
        return before if before is not None and not (num or was_defined) else Draft(DELETED, who, None, None, facts)

    return num, ledger.append(decide, is_witnessed=False).number
