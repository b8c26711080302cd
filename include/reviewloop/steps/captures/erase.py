"""One customer's review leaves the lake."""

import logging

from reviewloop.adapters.annotation import queues
from reviewloop.adapters.captures import erasing
from reviewloop.adapters.erasure import curated, readers, receipt
from reviewloop.adapters.features.forgetting import forget_review
from reviewloop.adapters.lake import artifacts, feature_pointers, places, s3
from reviewloop.config import load_config
from reviewloop.core.release.events import person
from reviewloop.errors import PermanentError
from reviewloop.refs import ErasedRef

log = logging.getLogger(__name__)


def erase(dataset: str, day: str, review_id: int, by: str, reason: str) -> ErasedRef:
    """Erase title, text and names of the review (of the delivery of ``day`` of ``dataset``): from all captured requests, the
    curated day, the parsed delivery, the feature store (online, and offline also of the past), the queues of texts to label, and
    every snapshot to come. Says which models have read it.

    That there was a review, a request and a prediction stays. A captured review of this id whose caller named no day is erased,
    too; requests that a machine ships later, and the day if it is curated again, are erased as they come in. ``by`` is who asks,
    ``reason`` why: both are kept, in ``captures/erasures/`` and in the ledger, with a digest and not a word of the review. Run
    again it finishes what a kill has left, and changes nothing more. ``kept`` names what still holds the words: deliveries as they
    came, snapshots (of the latest the next training learns), the sealed parts that models were judged on, and
    questions that Airflow has shown; backups and what was copied out of the lake are not reached.
    """
    at = erasing.day(day)
    known = load_config().dataset.contract
    if dataset != known:
        raise PermanentError(f"dataset: {dataset!r} is not this lake's, which holds {known!r}")
    begun = erasing.erase(by, reason, dataset=dataset, day=at, review_id=review_id)
    digests = curated.text_digests(at, review_id)
    groups = forget_review(at, review_id)
    read = readers.readers(at, review_id, digests)
    batches = curated.erase(at, review_id)
    staged = curated.drop_staged(at, review_id)
    asked = queues.forget(at, review_id)
    changed = bool(begun.num_reviews or batches or staged or groups)
    facts = {
        "erasure": begun.uri, "reason": begun.reason, "captured": begun.num_reviews, "batches": list(batches),
        "staged": staged, "features": list(groups), "trained": list(read.trained), "judged": list(read.judged),
        "unknown": list(read.unknown),
    }  # fmt: skip
    event = receipt.keep(person(by), receipt.subject_digest(dataset, at, review_id), facts, changed=changed)
    shown = (f"Airflow's own database, where queue {name} was put: delete that run of reviews_annotate" for name in asked)
    kept = (*_deliveries(at), *read.snapshots, *read.sealed, *shown)
    latest = feature_pointers.read_pointer("latest")
    if latest is not None and latest.uri in read.snapshots:
        log.warning("the latest snapshot holds the review: start reviews_features, so that the next training does not read it")
    log.info("receipt: event %d; trained on it: %s; judged on it: %s", event.number, _said(read.trained), _said(read.judged))
    return begun.model_copy(
        update={
            "batches": batches, "online": bool(groups), "trained": read.trained, "judged": read.judged,
            "unknown": read.unknown, "kept": kept, "receipt": event.number,
        }
    )  # fmt: skip


def _deliveries(day: str) -> list[str]:
    root = places.raw(day)
    return [uri.removesuffix(f"/{artifacts.MANIFEST}") for uri in s3.list_uris(f"{root}/") if uri.endswith(artifacts.MANIFEST)]


def _said(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "no model"
