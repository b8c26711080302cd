"""What leaves the feature store: one review, or a whole group."""

from reviewloop.adapters.features import offline, online, store
from reviewloop.adapters.features.views import review_key
from reviewloop.config import GroupConfig, load_config


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


def delete_group(group: GroupConfig) -> int:
    """Delete a group's rows, offline and online, and its definition; gives how many rows it had. It is published again only after
    ``create``. Idempotent."""
    num = offline.delete(group)
    with store.asking_feast(f"delete the features {group.name}"):
        store.drop(group.name)
    return num
