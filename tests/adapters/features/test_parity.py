"""One text, one value: what training, batch, online and the endpoint read of 1,000 keys is the same, to the last bit."""

import random

import numpy as np
import pandas as pd
import pytest
from tests.adapters.features.test_publish import ref

from reviewloop.adapters.features import online, publish, reading
from reviewloop.adapters.features.views import group_named, review_key
from reviewloop.adapters.lake import artifacts, frames, places, s3
from reviewloop.config import load_config
from reviewloop.core.dataset.model_inputs import model_inputs
from reviewloop.core.dataset.provenance import as_delivered
from reviewloop.core.features.as_of import EVENT
from reviewloop.core.features.text import text_features
from reviewloop.core.features.values import differing
from reviewloop.core.texts import model_text, text_digest
from reviewloop.models.encoder.pretrained import fetched
from reviewloop.models.encoder.token_reader import load_token_reader
from reviewloop.models.encoder.tokenizer import load_tokenizer

pytestmark = pytest.mark.contract

NUM = 1000
DAYS = ("2026-01-01", "2026-01-02", "2026-01-03")
WORDS = (
    "soft", "LOVELY!!", "fits?", "naïve", "cafe\u0301", "\u0130stanbul", "straße", "裙子很漂亮", "платье", "🙂👗", "ﬁne",
    "\u200bzero", "a\u00a0b", "\ttab\n", "=SUM(1)", "'quoted'", '"double"', "x" * 40,
    "\ufeffmark", "½", "it's", "N/A", "nan", "\u202eright",
)  # fmt: skip
TITLES = (None, "", "  ", "Great!", "nan", "Élan vital", "🙂", "A title.", "None")


def reviews() -> pd.DataFrame:
    draw = random.Random(7)
    texts = [" ".join(draw.choices(WORDS, k=draw.choice((1, 3, 20, 90, 400)))) + f" {number}" for number in range(NUM)]
    rows = {"review_id": range(NUM), "day": [DAYS[number % 3] for number in range(NUM)], "title": draw.choices(TITLES, k=NUM)}
    rows |= {"text": texts, "label": [number % 3 for number in range(NUM)], "text_digest": [text_digest(text) for text in texts]}
    rows |= {"rating": [(1, 3, 5)[number % 3] for number in range(NUM)], "product_id": [number % 40 for number in range(NUM)]}
    return as_delivered(pd.DataFrame(rows).astype({"title": "string", "text": "string", "day": "string"}))


def curated(rows: pd.DataFrame) -> dict[str, str]:
    """Each day's batch, where ``curate`` puts it."""
    made = {}
    for day, of_day in rows.groupby("day"):
        artifact = artifacts.publish(
            places.curated(str(day)), {"reviews.parquet": frames.to_parquet(of_day)}, folder="batch={digest}"
        )
        made[str(day)] = artifact.uri.rpartition("batch=")[2]
    return made


def test_training_batch_online_and_endpoint_read_the_same(lake: str) -> None:
    rows, config = reviews(), load_config()
    tokenizer = load_tokenizer(config.training.transformer.model)
    made = model_inputs(rows.iloc[:800], rows.iloc[800:].reset_index(drop=True), tokenizer, config.features)
    files = {"train.parquet": frames.to_parquet(made.train), "validation.parquet": frames.to_parquet(made.validation)}
    snapshot = artifacts.publish(s3.lake_uri("features"), files, {"batches": curated(rows)})
    publish.publish(ref(snapshot.uri))

    parts = [frames.from_parquet(snapshot.read(f"{part}.parquet")) for part in ("train", "validation")]
    training = pd.concat(parts, ignore_index=True)
    training["review"] = [review_key(*one) for one in zip(training["day"], training["review_id"], strict=True)]
    keys = [*training["review"], "2026-01-01/77777", "", "é/1"]  # and three that nobody knows
    asked = pd.DataFrame({"review": keys, EVENT: pd.Timestamp.now(tz="UTC")})
    endpoint = load_token_reader(fetched(config.training.transformer.model), made.max_seq_length)
    titles = [None if pd.isna(title) else str(title) for title in training["title"]]
    sent = [model_text(title, text) for title, text in zip(titles, training["text"], strict=True)]

    text, tokens = group_named("review_text"), group_named("review_tokens")
    for group in (text, tokens):
        batch, served = reading.batch(group.name, asked), online.read(group, keys)
        assert differing(batch, served, group) == []
        assert batch[list(group.names)].iloc[NUM:].isna().all(axis=None), "of unknown keys nothing, on both sides"
        known = batch.iloc[:NUM]
        at_the_endpoint = text_features(training, group.names) if group is text else pd.DataFrame({"input_ids": [
            item.content for item in endpoint.prepare(sent)]})  # fmt: skip
        assert differing(known, at_the_endpoint, group) == []
        learnt = training if group is tokens else at_the_endpoint.assign(model_text=training["model_text"])
        assert differing(known, learnt, group) == []
    assert max(map(len, training["input_ids"])) == made.max_seq_length, "some are cut"

    products = group_named("product_history")
    of_products = pd.DataFrame({"product_id": [0, 39, 4444], EVENT: pd.Timestamp.now(tz="UTC")})
    batch, served = reading.batch(products.name, of_products), online.read(products, [0, 39, 4444])
    assert differing(batch, served, products) == []
    assert batch["num_reviews"].tolist() == [25, 25, 0]
    assert np.isnan(batch["mean_rating"].astype("float64").iloc[2])
