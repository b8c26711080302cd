"""A person decides that a sealed review was rated wrongly."""

from reviewloop.adapters.lake import feature_pointers
from reviewloop.adapters.lake.sealed import correct_rating, open_sealed
from reviewloop.adapters.release import ledger
from reviewloop.config import load_config
from reviewloop.core.release import people
from reviewloop.core.release.events import person
from reviewloop.errors import NothingToDo, Refused


def correct_sealed(day: str, review_id: int, rating: int, by: str, reason: str) -> str:
    """Record another rating (1 to 5) of a review of the sealed part, for good; returns the record's URI. Idempotent.

    ``by`` is the person, ``reason`` why, in words. Marks of models on the old part stay what they are: the next snapshot seals a
    part with the new rating, on which champion and candidate are marked anew. No list of doubtful labels has sealed reviews: this
    is for what people come upon. Raises ``Refused`` for who may not decide, and for a review that is not sealed, and
    ``NothingToDo`` before the first snapshot.
    """
    if why := people.why_not(by, load_config().release):
        raise Refused(f"by: {why}")
    if not reason.strip():
        raise Refused("reason: is empty; a correction of the sealed part says why, in words")
    if rating not in (1, 2, 3, 4, 5):
        raise Refused(f"rating: {rating} is not one of 1, 2, 3, 4, 5")
    latest = feature_pointers.read_pointer("latest")
    if latest is None:
        raise NothingToDo("no features yet: nothing is sealed")
    sealed = open_sealed(latest, "correction")
    found = sealed.loc[(sealed["day"] == day) & (sealed["review_id"] == review_id), "text_digest"]
    if found.empty:
        raise Refused(f"review_id: review {review_id} of {day} is not in the sealed part of the latest snapshot")
    decision = {"by": person(by), "reason": " ".join(reason.split()), "at": ledger.now(), "sealed_uri": latest.sealed_uri}
    return correct_rating(str(found.iloc[0]), rating, decision)
