"""Files of answers are taken in, and what people have said so far is shown."""

import logging
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from reviewloop.adapters.annotation import answered, queues, uploads
from reviewloop.adapters.annotation.uploads import Upload
from reviewloop.adapters.lake import artifacts, feature_pointers, frames, places, s3
from reviewloop.config import load_config
from reviewloop.core.annotation.answers import Answer
from reviewloop.core.annotation.files import read_answers
from reviewloop.core.annotation.items import UNCLEAR
from reviewloop.core.annotation.resolving import Resolved, agreements, contradicted
from reviewloop.errors import PermanentError
from reviewloop.pages.annotation.answers import answers_page
from reviewloop.pages.links import Links
from reviewloop.refs import AnswersRef
from reviewloop.steps.annotation.record_labels import keep, require_reviewer

log = logging.getLogger(__name__)


def take_answers() -> AnswersRef:
    """Read every file under ``annotation.inbox_prefix``, keep what is new, and write the page on all labels so far. Idempotent.

    A file is taken whole or not at all. What is wrong with one is a warning and stops nothing: no snapshot waits for a person. Who
    uploads it mended is heard the next time; a file that lies there unchanged says nothing new.
    """
    num_new, warnings = 0, []
    for upload in uploads.listed(load_config().annotation.inbox_prefix):
        try:
            num_new += _take(upload)
        except PermanentError as error:
            warnings.append(f"{upload.uri}: {error}")
            log.warning("%s", warnings[-1])
    resolved = answered.resolved()
    told = _told(resolved, warnings)
    folder = places.reports("annotation", "answers")
    s3.write_json(f"{folder}/answers.json", told)
    page = answers_page(told, Links(depth=2))
    counts = {name: told[name] for name in ("num_texts", "num_labels", "num_disputed")}
    log.info("%d new labels; of %d texts that were answered %d have a label", num_new, told["num_texts"], told["num_labels"])
    return AnswersRef(
        num_new=num_new, warnings=tuple(warnings), **counts,
        page_uri=s3.write_bytes(f"{folder}/index.html", page.encode(), "text/html; charset=utf-8"),
    )  # fmt: skip


def _take(upload: Upload) -> int:
    if not upload.by:
        prefix = load_config().annotation.inbox_prefix
        raise PermanentError(f"it is no file of answers: upload it as {prefix}/<queue>/<your user name>.csv")
    require_reviewer(upload.by)
    queue = queues.open_queue(upload.queue)
    gone = queues.erased(queue)
    labels = read_answers(f"queue {queue.name}", upload.read(), {item.item for item in queue.items} - gone, gone)
    return keep(queue, upload.by, upload.at.isoformat(), labels, upload.uri)


def _told(resolved: Mapping[str, Resolved], warnings: list[str]) -> dict[str, Any]:
    latest = feature_pointers.read_pointer("latest")
    train = frames.from_parquet(artifacts.open_artifact(latest.uri).read("train.parquet")) if latest else None
    there = set(train["text_digest"]) if train is not None else set()
    labelled = {digest for digest, text in resolved.items() if text.label}
    disputed = [text.answers for text in resolved.values() if text.is_disputed]
    count, num_texts, share = contradicted(resolved)
    return {
        "num_texts": len(resolved), "num_labels": len(labelled), "num_disputed": len(disputed),
        "num_without_text": len(labelled - there), "warnings": warnings,
        "people": _people(one for text in resolved.values() for one in text.answers),
        "agreements": [asdict(pair) for pair in agreements(resolved)],
        "contradicted": {"count": count, "num_texts": num_texts} | ({} if num_texts == 0 else asdict(share)),
        "disputed": [
            {"item": said[-1].item, "day": said[-1].day, "review_id": said[-1].review_id, "num_people": len(said)}
            for said in disputed
        ],
    }  # fmt: skip


def _people(answers: Iterable[Answer]) -> list[dict[str, Any]]:
    by: dict[str, list[Answer]] = {}
    for one in answers:
        by.setdefault(one.by, []).append(one)
    return [
        {"by": name, "num_answers": len(said), "num_unclear": Counter(one.label for one in said)[UNCLEAR],
         "last": max(one.answered_at for one in said), "guidelines": sorted({one.guideline for one in said})}
        for name, said in sorted(by.items())
    ]  # fmt: skip
