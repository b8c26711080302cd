"""One customer's review leaves what the endpoint captured."""

from reviewloop.adapters.captures import erasing
from reviewloop.refs import ErasedRef


def erase_review(dataset: str, day: str, review_id: int, by: str, reason: str) -> ErasedRef:
    """Erase title, text and names of the review (of the delivery of ``day`` of ``dataset``) from all captured requests.

    The request stays, with its arm, version and prediction. A review of this id whose caller named no day is erased, too. Requests
    that a machine ships later are erased as they come in, where they were captured before now. ``by`` is who asks, ``reason`` why:
    both are kept, the text is not. Run again it finishes what a kill has left, and changes nothing more. What was copied out of the
    lake, a backup for one, is not reached.
    """
    return erasing.erase(by, reason, dataset=dataset, day=erasing.day(day), review_id=review_id)
