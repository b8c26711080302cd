"""What a person answered becomes a record: who, when, and by which guideline."""

from collections.abc import Mapping

from reviewloop.adapters.annotation import answered, queues
from reviewloop.adapters.annotation.queues import Queue
from reviewloop.config import load_config
from reviewloop.core.annotation.answers import Told
from reviewloop.core.annotation.items import LABELS
from reviewloop.core.release import people
from reviewloop.errors import Refused
from reviewloop.refs import QueueRef


def record_labels(queue: QueueRef, by: str, answered_at: str, labels: dict[str, str], via: str) -> int:
    """Keep labels (item -> ``negative``, ``neutral``, ``positive`` or ``unclear``) of one person in the ledger; gives how many of
    them are new. ``answered_at`` is ISO 8601 with its offset, ``via`` where they came from.

    Recorded again they are not new. Raises ``Refused``, and keeps nothing, where the person may not answer, or where one of them is
    no label or of no item of the queue.
    """
    of = queues.open_queue(queue.digest[:16])
    require_reviewer(by)
    for item, label in labels.items():
        if item not in {one.item for one in of.items}:
            raise Refused(f"item {item!r} is not in queue {of.name}: answer what it asks")
        if label not in LABELS:
            raise Refused(f"item {item}: label {label!r} is none of {', '.join(LABELS)}")
    return keep(of, by, answered_at, labels, via)


def require_reviewer(by: str) -> None:
    """Raises ``Refused`` where this user may label nothing."""
    config = load_config()
    if why := people.why_not(by, config.release, config.annotation.reviewers, "annotation.reviewers"):
        raise Refused(f"by: {why}")


def keep(queue: Queue, by: str, answered_at: str, labels: Mapping[str, str], via: str) -> int:
    """Keep what was looked at already; gives how many labels are new. What was erased since is kept of nobody."""
    gone = queues.erased(queue)
    left = {item: label for item, label in labels.items() if item not in gone}
    guideline = str(queue.told["guideline"]["name"])
    return answered.record(queue, Told(queue.digest, by, answered_at, via, guideline, left)) if left else 0
