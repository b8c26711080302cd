"""A snapshot in the lake whose texts people may be asked about, and people who answer."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping

import numpy as np
import pandas as pd

from reviewloop.adapters.annotation import queues
from reviewloop.adapters.annotation.queues import Queue
from reviewloop.adapters.lake import artifacts, feature_pointers, frames, places, s3
from reviewloop.config import load_config
from reviewloop.core.annotation.files import HEADER
from reviewloop.core.annotation.items import Item
from reviewloop.core.dataset.provenance import as_delivered
from reviewloop.core.dataset.splits import part_of
from reviewloop.core.reviews import sentiment_of
from reviewloop.core.texts import text_digest
from reviewloop.refs import FeaturesRef, QueueRef

DAY = "2026-01-02"
WORDS = {1: "ripped poor refund scratchy", 3: "okay plain loose fine", 5: "lovely soft perfect warm"}


def reviews(num: int = 150, day: str = DAY, seed: int = 0) -> pd.DataFrame:
    """Rows as a training part holds them: every text is one that the split gives to it."""
    draw = np.random.default_rng(seed)
    rows = []
    split = load_config().features.split
    while len(rows) < num:
        rating = (5, 5, 1, 3)[len(rows) % 4]
        words = " ".join(draw.choice([*WORDS[rating].split(), "dress", "colour", "size", "order", "waist"], 12))
        text = f"{words} {draw.integers(10**6)}"
        digest = text_digest(text)
        if part_of(digest, split.validation, split.test) == "train":
            title = None if len(rows) % 3 else f"=Title {len(rows)}"
            row = {"review_id": len(rows), "day": day, "title": title, "text": text}
            rows.append(row | {"rating": rating, "label": sentiment_of(rating), "text_digest": digest})
    return as_delivered(pd.DataFrame(rows).astype({"title": "string"}))


def snapshot(train: pd.DataFrame, validation: pd.DataFrame | None = None) -> str:
    """Publish it as the latest snapshot; gives its URI."""
    parts = {"train": train, "validation": reviews(40, "2026-01-01", seed=9) if validation is None else validation}
    made = artifacts.publish(places.features(), {f"{name}.parquet": frames.to_parquet(part) for name, part in parts.items()})
    seen = feature_pointers.look("latest")
    features = FeaturesRef(
        uri=made.uri, sealed_uri="", digest=made.digest, last_day=DAY, num_train=len(train), num_validation=40, num_test=0,
        num_new=0, max_seq_length=32, generation=(seen.features.generation if seen.features else 0) + 1,
    )  # fmt: skip
    feature_pointers.move_pointer(seen, features)
    return made.uri


def queue_of(proposed: QueueRef) -> Queue:
    """As it lies in the lake."""
    return queues.open_queue(proposed.digest[:16])


def filled(proposed: QueueRef, label: Callable[[Item], str] | Mapping[str, str]) -> bytes:
    """The queue's own file with a label in each row, or in those that the mapping names."""
    by_item = {item.item: item for item in queue_of(proposed).items}
    rows = list(csv.DictReader(io.StringIO(s3.read_bytes(proposed.csv_uri).decode("utf-8-sig"), newline="")))
    for row in rows:
        row["label"] = label(by_item[row["item"]]) if callable(label) else label.get(row["item"], "")
    return as_csv(rows)


def as_csv(rows: Iterable[Mapping[str, str]]) -> bytes:
    """As a spreadsheet writes it."""
    sink = io.StringIO()
    writer = csv.DictWriter(sink, HEADER)
    writer.writeheader()
    writer.writerows(rows)
    return sink.getvalue().encode()


def upload(proposed: QueueRef, by: str, data: bytes) -> str:
    """Put it where files of answers are looked for; gives its URI."""
    uri = places.inbox(load_config().annotation.inbox_prefix, proposed.digest[:16], f"{by}.csv")
    s3.write_bytes(uri, data, "text/csv")
    return uri
