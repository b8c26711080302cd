"""A queue in the lake: which texts, without a word of them, is written once; page and file are made of it and of the snapshot.

So whose words are erased leaves every queue: its page and its file are made again, and are without them.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from reviewloop.adapters.captures import erasures
from reviewloop.adapters.lake import artifacts, frames, places, s3
from reviewloop.config import GuidelineConfig
from reviewloop.core.annotation.files import queue_csv
from reviewloop.core.annotation.items import Item
from reviewloop.core.annotation.rehearsal import Rehearsal
from reviewloop.core.lake.manifests import MANIFEST
from reviewloop.errors import PermanentError, Refused
from reviewloop.pages.annotation.queue import queue_page
from reviewloop.pages.links import Links
from reviewloop.refs import QueueRef

KIND: Final = "annotation"
_FILE: Final = "queue.json"
CSV: Final = "queue.csv"
PAGE: Final = "index.html"


@dataclass(frozen=True)
class Queue:
    """``name`` is what files of answers are put under; ``told`` what its page says beside the texts."""

    uri: str
    digest: str
    features_uri: str
    items: tuple[Item, ...]
    told: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The first letters of its digest."""
        return self.digest[:16]

    @property
    def ref(self) -> QueueRef:
        """As tasks hand it on."""
        return QueueRef(
            uri=self.uri, digest=self.digest, num_items=len(self.items), csv_uri=f"{self.uri}/{CSV}", page_uri=f"{self.uri}/{PAGE}"
        )


@dataclass(frozen=True)
class Shown:
    """An item with its words."""

    item: Item
    title: str
    text: str


def publish(features_uri: str, items: Sequence[Item], guideline: GuidelineConfig, rehearsal: Rehearsal | None) -> Queue:
    """The queue of these items, which is the same for the same items of the same snapshot. Idempotent."""
    record = {
        "features_uri": features_uri, "items": [asdict(item) for item in items],
        "guideline": {"name": guideline.name, "rules": guideline.rules}, "rehearsal": rehearsal.as_json() if rehearsal else None,
    }  # fmt: skip
    data = json.dumps(record, indent=1, sort_keys=True).encode()
    return _parsed(artifacts.publish(_root(), {_FILE: data}, folder="queue={digest}"))


def open_queue(name: str) -> Queue:
    """Raises ``Refused`` where there is no queue of this name."""
    try:
        return _parsed(artifacts.open_artifact(f"{_root()}/queue={name}"))
    except PermanentError as error:
        raise Refused(f"queue {name[:40]!r}: there is none ({error})") from None


def standing() -> Iterator[Queue]:
    """Every queue that there was."""
    for uri in s3.list_uris(f"{_root()}/queue="):
        if uri.endswith(f"/{MANIFEST}"):
            yield _parsed(artifacts.open_artifact(uri.removesuffix(f"/{MANIFEST}")))


def erased(queue: Queue) -> set[str]:
    """Items whose words somebody asked to erase since."""
    asked = {(one.day, one.review_id) for one in erasures.of_reviews()}
    return {item.item for item in queue.items if (item.day, item.review_id) in asked}


def with_words(queue: Queue) -> list[Shown]:
    """The items in their order with title and text, from the snapshot; without those that were erased."""
    train = frames.from_parquet(artifacts.open_artifact(queue.features_uri).read("train.parquet"))
    of = train.drop_duplicates("text_digest").set_index("text_digest")[["title", "text"]].astype(object)
    words = of.where(of.notna(), "").loc[[item.text_digest for item in queue.items]]
    gone = erased(queue)
    whole = zip(queue.items, words["title"], words["text"], strict=True)
    return [Shown(item, str(title), str(text)) for item, title, text in whole if item.item not in gone]


def show(queue: Queue) -> None:
    """Write the file that people fill in, and the page. Again after an erasure: they are without its words then."""
    shown = with_words(queue)
    rows = [{**asdict(one.item), "title": one.title, "text": one.text} for one in shown]
    s3.write_bytes(f"{queue.uri}/{CSV}", queue_csv(rows), "text/csv; charset=utf-8")
    page = queue_page(queue.name, {**queue.told, "rows": rows, "num_erased": len(queue.items) - len(rows)}, Links(depth=2))
    s3.write_bytes(f"{queue.uri}/{PAGE}", page.encode(), "text/html; charset=utf-8")


def forget(day: str, review_id: int) -> tuple[str, ...]:
    """Make page and file of each queue that asked about this review anew, once its erasure is asked for; gives their names."""
    held = [queue for queue in standing() if any((item.day, item.review_id) == (day, review_id) for item in queue.items)]
    for queue in held:
        show(queue)
    return tuple(queue.name for queue in held)


def _root() -> str:
    return places.reports("annotation")


def _parsed(artifact: artifacts.Artifact) -> Queue:
    record = json.loads(artifact.read(_FILE))
    items = tuple(Item(**one) for one in record.pop("items"))
    return Queue(artifact.uri, artifact.digest, str(record.pop("features_uri")), items, record)
