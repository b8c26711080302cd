"""What a snapshot says of a group's keys."""

import pandas as pd

from reviewloop.adapters.captures import erasures
from reviewloop.adapters.catalog.curated import read_curated
from reviewloop.adapters.features.views import review_key
from reviewloop.adapters.lake import artifacts, frames, places
from reviewloop.config import GroupConfig, load_config
from reviewloop.core.dataset.provenance import with_provenance
from reviewloop.core.features.as_of import EVENT, TIME
from reviewloop.core.features.products import product_history
from reviewloop.core.features.text import MADE, text_features
from reviewloop.core.features.values import dtypes, require_whole

PARTS = ("train", "validation")


def rows(group: GroupConfig, features_uri: str) -> pd.DataFrame:
    """``group.key``, ``EVENT`` and the group's features, a row a key and time; none where the shop has nothing of the kind."""
    snapshot = artifacts.open_artifact(features_uri)
    return _reviews(group, snapshot) if group.key == "review" else _products(group, snapshot)


def _reviews(group: GroupConfig, snapshot: artifacts.Artifact) -> pd.DataFrame:
    """Of the train and validation part, what customers wrote. The event is the start of the review's day, UTC."""
    parts = [frames.from_parquet(snapshot.read(f"{part}.parquet")).assign(part=part) for part in PARTS]
    found = pd.concat(map(with_provenance, parts), ignore_index=True)
    found = found[found["origin"] == "natural"].reset_index(drop=True)
    found["review"] = pd.array([review_key(*one) for one in zip(found["day"], found["review_id"], strict=True)], dtype="string")
    erased = [review_key(one.day, one.review_id) for one in erasures.of_reviews() if one.day and one.review_id is not None]
    found = found[~found["review"].isin(erased)].drop_duplicates("review")  # balancing may have repeated training rows
    made = text_features(found, [name for name in group.names if name in MADE])
    values = {name: made[name] if name in made else found[name] for name in group.names}
    events = pd.to_datetime(found["day"].astype(str), utc=True).astype(TIME)
    return _typed(pd.DataFrame({"review": found["review"], EVENT: events, **values}), group)


def _products(group: GroupConfig, snapshot: artifacts.Artifact) -> pd.DataFrame:
    """Of all curated reviews that the snapshot was made from, whatever part they are in: their stars alone are read."""
    if "product_id" not in load_config().contract:
        return pd.DataFrame()
    columns = ["product_id", "day", "rating"]
    days = [
        read_curated(places.curated_batch(day, batch)).assign(day=day)[columns]
        for day, batch in sorted(snapshot.meta.get("batches", {}).items())
    ]
    return _typed(product_history(pd.concat(days, ignore_index=True)), group) if days else pd.DataFrame()


def _typed(found: pd.DataFrame, group: GroupConfig) -> pd.DataFrame:
    ordered = found[[group.key, EVENT, *group.names]].reset_index(drop=True)
    return require_whole(ordered.astype(dtypes(group)), group)
