"""What of the lake is superseded goes, where that is asked for."""

import logging

from reviewloop.adapters.retention import removing
from reviewloop.core.release.events import program
from reviewloop.core.retention.report import lines
from reviewloop.core.retention.sizes import in_words
from reviewloop.refs import RetainedRef

log = logging.getLogger(__name__)


def retain_lake(apply: bool = False, by: str = program("retain_lake")) -> RetainedRef:
    """Look at what lies in the lake superseded or half-written; with ``apply`` what nothing names any more and is too old goes.

    Without it nothing is changed. Never what a version, the ledger, a snapshot or the catalog names; where one of these cannot be
    asked it raises, and nothing goes. ``by`` is who asks, as the ledger names people and programs: the record of what was deleted
    has it. Idempotent. ``warnings`` are what could not be deleted, and that something waits for a person's word.
    """
    found = removing.retain(by) if apply else removing.Retained(removing.plan())
    for line in lines(found.decisions, all_of_them=False):
        log.info("%s", line)
    due = [one.item for one in found.decisions if one.act == "go"]
    deleted = found.record.deleted if found.record else ()
    gone = [one for one in deleted if one.state == "gone"]
    warnings = [f"{one.key}: not deleted: {one.told}" for one in deleted if one.state == "failed"]
    due_bytes = sum(one.num_bytes for one in due)
    if due and not apply:
        warnings.append(f"{len(due)} superseded things ({in_words(due_bytes)}) of the lake would go: start lake_retain with apply")
    return RetainedRef(
        num_found=len(found.decisions), num_due=len(due), due_bytes=due_bytes, num_gone=len(gone),
        gone_bytes=sum(one.num_bytes for one in gone), applied=apply, record_uri=found.record_uri, warnings=tuple(warnings),
    )  # fmt: skip
