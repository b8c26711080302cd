"""Which texts people are asked to label next."""

import logging
from typing import Final

import pandas as pd

from reviewloop.adapters.annotation import answered, queues
from reviewloop.adapters.captures import erasures
from reviewloop.adapters.lake import artifacts, feature_pointers, frames
from reviewloop.config import Config, load_config
from reviewloop.core.annotation.choosing import Chosen, choose, text_vectors
from reviewloop.core.annotation.items import Item, item_id
from reviewloop.core.annotation.rehearsal import Known, Rehearsal, rehearse
from reviewloop.core.dataset.balance import class_weights
from reviewloop.core.dataset.folds import folds_of, near_copy_groups, out_of_fold
from reviewloop.core.dataset.provenance import with_provenance
from reviewloop.core.dataset.snapshots import model_texts
from reviewloop.core.dataset.splits import part_of
from reviewloop.core.reviews import SENTIMENTS, sentiment_of
from reviewloop.core.statistics.metrics import Floats
from reviewloop.errors import NothingToDo
from reviewloop.models.refitted import refitted
from reviewloop.refs import QueueRef

log = logging.getLogger(__name__)

_COLUMNS: Final = ["review_id", "day", "title", "text", "rating", "label", "text_digest"]


def propose_queue() -> QueueRef:
    """Choose texts of the latest snapshot's training part, and keep the queue with its page and the file to fill in.

    Those on which people are at odds, some at random, and those of which a model that has not read them is least sure; none that
    somebody answered, nor a near copy of one, and never one of the sealed part. What nobody answered is asked again: the same
    snapshot and the same answers give the same queue. Raises ``NothingToDo`` without a snapshot, and where nothing is left to ask.
    """
    config = load_config()
    features = feature_pointers.read_pointer("latest")
    if features is None:
        raise NothingToDo("no snapshot of reviews yet: reviews_features makes the first one")
    snapshot = artifacts.open_artifact(features.uri)
    train = _askable(frames.from_parquet(snapshot.read("train.parquet")), config)
    resolved = answered.resolved()
    disputed = {digest for digest, text in resolved.items() if text.is_disputed}
    is_asked = train["text_digest"].isin(resolved.keys() - disputed).to_numpy()
    probabilities = _unread(train, config)
    pool = train[~is_asked].reset_index(drop=True)
    chosen = choose(
        pool, probabilities[~is_asked], size=config.annotation.size, random_share=config.annotation.random_share,
        min_jaccard=config.features.near_duplicate_jaccard, asked=train["text"][is_asked].tolist(), disputed=disputed,
    )  # fmt: skip
    if not chosen:
        raise NothingToDo(f"nothing to ask: of the {len(train)} texts of the training part every one was answered, or is like one")
    items = [_item(pool, one) for one in chosen]
    rehearsal = _rehearsal(train, frames.from_parquet(snapshot.read("validation.parquet")), config)
    queue = queues.publish(features.uri, items, config.annotation.guideline, rehearsal)
    queues.show(queue)
    kinds = ", ".join(f"{sum(item.kind == kind for item in items)} {kind}" for kind in dict.fromkeys(item.kind for item in items))
    log.info("queue %s: %d texts of %d that may be asked: %s", queue.name, len(items), len(pool), kinds)
    return queue.ref


def _askable(train: pd.DataFrame, config: Config) -> pd.DataFrame:
    """What customers wrote, each text once: no copy that was made of it, nothing that somebody asked to erase.

    The split is asked once more, though the sealed part lies apart: what a person labels must never be what a model is judged on.
    """
    whole = with_provenance(train)
    distinct = whole[whole["origin"] == "natural"].drop_duplicates("text_digest")[_COLUMNS]
    gone = {(one.day, one.review_id) for one in erasures.of_reviews()}
    split = config.features.split
    may = [
        (day, review_id) not in gone and part_of(digest, split.validation, split.test) == "train"
        for day, review_id, digest in zip(distinct["day"], distinct["review_id"], distinct["text_digest"], strict=True)
    ]
    return distinct[may].reset_index(drop=True)


def _unread(train: pd.DataFrame, config: Config) -> Floats:
    """What the baseline says of each text, (n, 3), without having read it or a near copy; the rare sentiments count as much."""
    groups = near_copy_groups(train["text"].tolist(), config.features.near_duplicate_jaccard)
    folds = folds_of(train["text_digest"].tolist(), groups, config.annotation.folds)
    weighted = train.assign(weight=train["label"].map(class_weights(train["label"], 1.0)))
    return out_of_fold(weighted, folds, refitted(config.training.baseline, config.training.seed))


def _item(pool: pd.DataFrame, chosen: Chosen) -> Item:
    row = pool.iloc[chosen.place]
    day, review_id, digest = str(row["day"]), int(row["review_id"]), str(row["text_digest"])
    rated = SENTIMENTS[sentiment_of(int(row["rating"]))]
    item = item_id(day, review_id, digest)
    return Item(item, day, review_id, digest, chosen.kind, rated, chosen.why, chosen.inclusion_probability)


def _rehearsal(train: pd.DataFrame, validation: pd.DataFrame, config: Config) -> Rehearsal | None:
    texts = [*model_texts(train), *model_texts(validation)]
    vectors, labels = text_vectors(texts), [*train["label"], *validation["label"]]
    pool, held_out = (
        Known(vectors[part], pd.Series(labels[part], dtype="int64").to_numpy())
        for part in (slice(0, len(train)), slice(len(train), None))
    )
    return rehearse(pool, train["text_digest"].tolist(), held_out, config.annotation.rehearsal, config.annotation.random_share)
