"""Curated days become one training input under one digest."""

import json
import logging
from dataclasses import replace

import pandas as pd

from reviewloop.adapters.captures import erasures
from reviewloop.adapters.catalog import glue, unload
from reviewloop.adapters.lake import artifacts, feature_pointers, frames, places
from reviewloop.adapters.lake.sealed import freeze_ratings, seal
from reviewloop.config import Contract, load_config
from reviewloop.core.dataset.model_inputs import model_inputs, require_taken
from reviewloop.core.dataset.provenance import require_judgeable
from reviewloop.core.dataset.snapshots import class_shares, snapshot_dtypes, split_snapshot, with_ratings, without_near_copies
from reviewloop.core.lake.statements import ColumnNames
from reviewloop.errors import NothingToDo, PermanentError
from reviewloop.models.tokenizer import load_tokenizer
from reviewloop.pages.lengths import draw_lengths
from reviewloop.refs import FeaturesRef

log = logging.getLogger(__name__)


def build_features(day: str | None) -> FeaturesRef:
    """Publish the snapshot of every curated day up to ``day`` (``None``: all), and let ``features/latest.json`` name it.

    Labels from ratings, repeated texts dropped, split by text, near copies of sealed texts dropped from train and validation,
    classes balanced in train, token ids. The same curated rows give the same digest. Raises ``NothingToDo`` before the first
    curated day, ``PermanentError`` when a part lacks a class, ``TransientError`` when another snapshot became the latest
    meanwhile.
    """
    config = load_config()
    require_taken(config.feature_store)
    seen = feature_pointers.look("latest")  # before the catalog: whoever moves it meanwhile may have read a newer one
    latest = seen.features
    partitions = [found for found in glue.partitions("reviews") if day is None or found.day <= day]
    batches, landed_at = {found.day: found.batch for found in partitions}, {found.day: found.landed_at for found in partitions}
    if not batches:
        raise NothingToDo("no curated reviews yet" if day is None else f"no curated reviews up to {day}")
    curated, split = _curated(batches, config.contract), config.features.split
    snapshot = split_snapshot(curated, config.contract, split.validation, split.test, landed_at)
    test = snapshot.parts["test"]
    snapshot = replace(snapshot, parts={**snapshot.parts, "test": with_ratings(test, freeze_ratings(test, latest))})
    snapshot = without_near_copies(snapshot, config.features.near_duplicate_jaccard)
    log.info("snapshot of %d days up to %s: %s", len(batches), max(batches), json.dumps(snapshot.counts()))
    require_judgeable("validation", snapshot.parts["validation"])
    tokenizer = load_tokenizer(config.training.transformer.model)
    inputs = model_inputs(snapshot.parts["train"], snapshot.parts["validation"], tokenizer, config.features)
    log.info("max_seq_length %d holds %.2f %% of the training texts whole", inputs.max_seq_length, 100 * inputs.token_coverage)

    sealed = seal(snapshot.parts["test"])  # it lies apart: only the step that evaluates opens it
    reader = {"model": tokenizer.model, "digest": tokenizer.digest}
    identity = {"sealed_digest": sealed.digest, "tokenizer": reader, "max_seq_length": inputs.max_seq_length}
    files = {
        "train.parquet": frames.to_parquet(inputs.train),
        "validation.parquet": frames.to_parquet(inputs.validation),
        "vocabulary.json": _json(inputs.vocabulary),
        "lengths.png": draw_lengths(inputs.num_tokens, inputs.max_seq_length),
        "snapshot.json": _json(identity),  # so that other test rows make another digest, even where train stays the same
    }
    shares = {name: class_shares(part["label"]) for name, part in snapshot.parts.items()}
    is_newest = latest is None or latest.last_day <= max(batches)  # a rebuilt past never hides newer days
    previous = {"previous_uri": latest.uri if latest and is_newest else None}  # kept from the first writing, so never itself
    meta = {"batches": batches, "shares": shares, "token_coverage": inputs.token_coverage, **snapshot.counts(), **identity}
    published = artifacts.publish(places.features(), files, {**meta, **previous, "config_digest": config.digest("features")})
    features = FeaturesRef(
        uri=published.uri,
        sealed_uri=sealed.uri,
        digest=published.digest,
        last_day=max(batches),
        num_train=len(inputs.train),
        num_validation=len(inputs.validation),
        num_test=len(snapshot.parts["test"]),
        num_new=int((~inputs.train["text_digest"].isin(feature_pointers.announced_texts())).sum()),
        max_seq_length=inputs.max_seq_length,
        generation=_generation(latest, published.digest) if is_newest else 0,
    )
    if is_newest:
        feature_pointers.move_pointer(seen, features)
    log.info("features %s: %d training rows, %d of them new", features.uri, features.num_train, features.num_new)
    return features


def _generation(latest: FeaturesRef | None, digest: str) -> int:
    if latest is None:
        return 1
    return max(latest.generation, 1) if latest.digest == digest else latest.generation + 1


def _curated(batches: dict[str, str], contract: Contract) -> pd.DataFrame:
    columns = ColumnNames(tuple(snapshot_dtypes(contract)))
    rows = unload.query_frame("snapshot", columns=columns, batches=sorted(batches.values()), day=max(batches))
    absent = sorted(set(batches) - set(rows["day"]))
    if absent:
        raise PermanentError(f"snapshot: Athena has no rows of {', '.join(absent)}, which the catalog lists; curate them again")
    return _without_erased(rows)


def _without_erased(rows: pd.DataFrame) -> pd.DataFrame:
    """What somebody asked to erase is in no snapshot from then on, also before its curated day was rewritten."""
    asked = {(one.day, one.review_id) for one in erasures.of_reviews()}
    named = pd.Series([key in asked for key in zip(rows["day"], rows["review_id"], strict=True)], index=rows.index, dtype=bool)
    erased = named | (rows["text"].fillna("") == "")
    if erased.any():
        log.info("%d reviews are left out: their words were erased", int(erased.sum()))
    return rows[~erased].reset_index(drop=True)


def _json(value: object) -> bytes:
    return json.dumps(value, indent=1, sort_keys=True).encode()
