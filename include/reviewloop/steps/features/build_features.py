"""Curated days become one training input under one digest."""

import json
import logging
from collections.abc import Mapping
from typing import Any

import pandas as pd

from reviewloop.adapters import deployed
from reviewloop.adapters.annotation import answered
from reviewloop.adapters.catalog import glue
from reviewloop.adapters.inoculation import load_lessons
from reviewloop.adapters.lake import artifacts, feature_pointers, frames, places
from reviewloop.adapters.lake.sealed import freeze_ratings, seal
from reviewloop.config import load_config
from reviewloop.core.annotation.resolving import Resolved, labels, told
from reviewloop.core.dataset.known import known_days
from reviewloop.core.dataset.model_inputs import ModelInputs, require_taken
from reviewloop.core.dataset.pipeline import Passed, passed_through
from reviewloop.core.dataset.snapshots import class_shares
from reviewloop.core.dataset.splits import first_future_day
from reviewloop.core.lake.manifests import HUMAN_LABELS
from reviewloop.errors import NothingToDo
from reviewloop.models.encoder.tokenizer import load_tokenizer
from reviewloop.pages.lengths import draw_lengths
from reviewloop.refs import FeaturesRef
from reviewloop.steps.features._label_unrated import wanted
from reviewloop.steps.features._pipeline import PIPELINE, Given, start
from reviewloop.steps.features._selecting import rows_of

log = logging.getLogger(__name__)


def build_features(day: str | None, known_at: str | None = None) -> FeaturesRef:
    """Publish the snapshot of every curated day up to ``day`` (``None``: all), and let ``features/latest.json`` name it.

    Labels from ratings, and in train from people where they gave one (``HUMAN_LABELS`` says who, when and by which guideline);
    repeated texts dropped, split by text, near copies of sealed texts dropped from train and validation, train sampled and
    augmented where configured, classes balanced in it, token ids. ``known_at`` (ISO 8601) leaves out the days whose rows had not
    landed by then, and the labels that nobody had given: what might have been trained on at that moment, which is never the latest.

    The same curated rows and the same labels give the same digest. Raises ``NothingToDo`` before the first curated day,
    ``PermanentError`` when a part lacks a class or a row that judges is not natural, ``TransientError`` when another snapshot
    became the latest meanwhile.
    """
    config = load_config()
    require_taken(config.feature_store)
    seen = feature_pointers.look("latest")  # before the catalog: whoever moves it meanwhile may have read a newer one
    latest = seen.features
    partitions = {found.day: found for found in glue.partitions("reviews")}
    landed_at = {name: found.landed_at for name, found in partitions.items()}
    batches = {name: partitions[name].batch for name in known_days(landed_at, day, known_at)}
    if not batches:
        then = f", known at {known_at}" if known_at else ""
        raise NothingToDo(f"no curated reviews {'yet' if day is None else f'up to {day}'}{then}")
    tokenizer, resolved = load_tokenizer(config.training.transformer.model), answered.resolved(known_at)
    given = Given(
        config, landed_at, labels(resolved), lambda test: freeze_ratings(test, latest), wanted(batches, config), tokenizer,
        load_lessons(config.contract.name, config.behaviour.suite) if config.features.inoculation else None,
    )  # fmt: skip
    making, passed = passed_through(PIPELINE, start(rows_of(batches, config.contract)), given, _tell)
    snapshot, inputs = making.snapshot, making.read_by_training
    log.info("snapshot of %d days up to %s: %s", len(batches), max(batches), json.dumps(snapshot.counts()))

    sealed = seal(snapshot.parts["test"])  # it lies apart: only the step that evaluates opens it
    reader = {"model": tokenizer.model, "digest": tokenizer.digest}
    identity = {"sealed_digest": sealed.digest, "tokenizer": reader, "max_seq_length": inputs.max_seq_length}
    future = snapshot.parts.get("future")
    sealed_future = seal(future, "future") if future is not None and len(future) else None
    if sealed_future:
        first_day = first_future_day(max(batches), config.features.split.future_days)
        identity |= {"future_digest": sealed_future.digest, "future_from": first_day}
    human = _told_by_people(inputs.train, resolved)
    shares = {name: class_shares(part["label"]) for name, part in snapshot.parts.items() if len(part)}
    # A rebuilt past never hides newer days, and what was known once never what is known now.
    is_newest = known_at is None and (latest is None or latest.last_day <= max(batches))
    previous = {"previous_uri": latest.uri if latest and is_newest else None}  # kept from the first writing, so never itself
    meta = {"batches": batches, "shares": shares, "token_coverage": inputs.token_coverage, **snapshot.counts(), **identity}
    meta |= {"num_human_labels": len(human), "pipeline": [stage.as_json() for stage in passed]}
    files = _files(inputs, identity) | dict(making.evidence) | ({HUMAN_LABELS: _json(human)} if human else {})
    published = artifacts.publish(places.features(), files, {**meta, **previous, "config_digest": config.digest("features")})
    features = FeaturesRef(
        uri=published.uri,
        sealed_uri=sealed.uri,
        digest=published.digest,
        last_day=max(batches),
        num_train=len(inputs.train),
        num_validation=len(inputs.validation),
        num_test=len(snapshot.parts["test"]),
        num_new=_num_new(inputs.train),
        max_seq_length=inputs.max_seq_length,
        future_uri=sealed_future.uri if sealed_future else None,
        num_future=len(future) if future is not None else 0,
        generation=_generation(latest, published.digest) if is_newest else 0,
        made_of=deployed.digest(deployed.deployed_features(config)) if is_newest else "",
    )
    if is_newest:
        feature_pointers.move_pointer(seen, features)
    log.info("features %s: %d training rows, %d of them new", features.uri, features.num_train, features.num_new)
    return features


def _tell(stage: Passed) -> None:
    # A sample is told as a warning: what is learnt from is not all that there is.
    log.log(logging.WARNING if stage.stage == "sample" and stage.rows_out < stage.rows_in else logging.INFO, "%s", stage)


def _files(inputs: ModelInputs, identity: Mapping[str, object]) -> dict[str, bytes]:
    return {
        "train.parquet": frames.to_parquet(inputs.train),
        "validation.parquet": frames.to_parquet(inputs.validation),
        "vocabulary.json": _json(inputs.vocabulary),
        "lengths.png": draw_lengths(inputs.num_tokens, inputs.max_seq_length),
        "snapshot.json": _json(identity),  # so that other test rows make another digest, even where train stays the same
    }


def _told_by_people(train: pd.DataFrame, resolved: dict[str, Resolved]) -> list[dict[str, Any]]:
    by_people = train["label_source"].eq("human") & train["origin"].eq("natural")
    return told(resolved, set(train.loc[by_people, "text_digest"]))


def _num_new(train: pd.DataFrame) -> int:
    """Rows that customers wrote and the last announced snapshot did not hold."""
    return int((train["origin"].eq("natural") & ~train["text_digest"].isin(feature_pointers.announced_texts())).sum())


def _generation(latest: FeaturesRef | None, digest: str) -> int:
    if latest is None:
        return 1
    return max(latest.generation, 1) if latest.digest == digest else latest.generation + 1


def _json(value: object) -> bytes:
    return json.dumps(value, indent=1, sort_keys=True).encode()
