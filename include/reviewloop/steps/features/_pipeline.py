"""The feature pipeline: which stages make a snapshot of curated reviews, in which order, and what decides each.

The order is no setting: what is sampled, labelled by something weaker than a person, made or balanced must be of the training part
alone, so all that comes after the split, and what is made comes after near copies of sealed texts are gone.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import pandas as pd

from reviewloop.config import Config
from reviewloop.core.dataset.augmentation import augment_train
from reviewloop.core.dataset.human_labels import with_human_labels
from reviewloop.core.dataset.inoculation import Lessons, inoculate_train
from reviewloop.core.dataset.model_inputs import Tokenizes, created, transformed, weighed
from reviewloop.core.dataset.pipeline import Making, Stage
from reviewloop.core.dataset.provenance import require_judgeable
from reviewloop.core.dataset.snapshots import Snapshot, split_snapshot, with_ratings, without_near_copies
from reviewloop.core.dataset.splits import Part
from reviewloop.core.sampling.plan import sample_train
from reviewloop.core.sampling.representativeness import SAMPLE
from reviewloop.steps.features._label_unrated import label_unrated
from reviewloop.steps.features._selecting import without_erased

Told = tuple[Making, str]


@dataclass(frozen=True)
class Given:
    """What the stages are given beside the rows: the configuration, and what the lake knows."""

    config: Config
    landed_at: Mapping[str, str]
    """By day, ISO 8601: when its rows landed first."""
    said_by_people: Mapping[str, str]
    """A sentiment by text (``text_digest``)."""
    sealed_ratings: Callable[[pd.DataFrame], Mapping[str, int]]
    """Of the texts of a test part: what each was rated when it was sealed first."""
    unrated: pd.DataFrame | None
    """Reviews without stars; ``None`` where nothing is configured that could label them."""
    tokenizer: Tokenizes
    lessons: Lessons | None
    """The dataset's templates; ``None`` where no row is made from them."""


def start(rows: pd.DataFrame) -> Making:
    """Of the rows of all days' batches."""
    return Making(rows, Snapshot({}, 0, 0, 0))


def _select(making: Making, _given: Given) -> Told:
    kept = without_erased(making.rows)
    return replace(making, rows=kept), f"{len(making.rows) - len(kept):,} were erased"


def _split(making: Making, given: Given) -> Told:
    split, contract = given.config.features.split, given.config.contract
    made = split_snapshot(making.rows, contract, split.validation, split.test, given.landed_at, split.future_days)
    why = f"{made.num_duplicates:,} repeat an earlier text; {made.num_conflicts:,} texts came with more than one sentiment"
    return replace(making, rows=making.rows.iloc[:0].copy(), snapshot=made), why


def _label(making: Making, given: Given) -> Told:
    parts = making.snapshot.parts
    labelled: dict[Part, pd.DataFrame] = {
        "test": with_ratings(parts["test"], given.sealed_ratings(parts["test"])),
        "train": with_human_labels(parts["train"], given.said_by_people),
    }
    num_moved = int((labelled["test"]["rating"] != parts["test"]["rating"]).sum())
    num_human = int(labelled["train"]["label_source"].eq("human").sum())
    made = replace(making.snapshot, parts={**parts, **labelled})
    return replace(making, snapshot=made), f"{num_human:,} by people, {num_moved:,} as they were sealed first, all others by rating"


def _separate(making: Making, given: Given) -> Told:
    made = without_near_copies(making.snapshot, given.config.features.near_duplicate_jaccard)
    return replace(making, snapshot=made), f"{made.num_near_copies:,} are near copies of sealed texts"


def _join(making: Making, given: Given) -> Told:
    if given.unrated is None:
        return making, "off"
    made = label_unrated(making.snapshot, without_erased(given.unrated), given.config)
    return replace(making, snapshot=made), f"{made.num_unrated:,} of {len(given.unrated):,} reviews without stars got a label"


def _sample(making: Making, given: Given) -> Told:
    plan = given.config.features.sampling
    if not plan:
        return making, "off"
    made, table = sample_train(making.snapshot, given.config.contract, plan)
    evidence = {**making.evidence, SAMPLE: json.dumps(table.as_json(), indent=1, sort_keys=True).encode()}
    return replace(making, snapshot=made, evidence=evidence), f"{table.method}: {' '.join([table.in_words(), *table.notes])}"


def _augment(making: Making, given: Given) -> Told:
    features = given.config.features
    if not features.augmentation:
        return making, "off"
    made = augment_train(making.snapshot, features.augmentation, features.near_duplicate_jaccard)
    why = f"{made.num_augmented:,} rows made, {made.num_augmented_refused:,} more refused as copies of what judges"
    return replace(making, snapshot=made), why


def _inoculate(making: Making, given: Given) -> Told:
    plan = given.config.features.inoculation
    if not plan or given.lessons is None:
        return making, "off"
    made = inoculate_train(making.snapshot, given.lessons, plan)
    return replace(making, snapshot=made), f"{made.num_inoculated:,} rows made from templates"


def _create(making: Making, _given: Given) -> Told:
    parts = making.snapshot.parts
    require_judgeable("validation", parts["validation"])
    texts: dict[Part, pd.DataFrame] = {"train": created(parts["train"]), "validation": created(parts["validation"])}
    return replace(making, snapshot=replace(making.snapshot, parts={**parts, **texts})), "model_text, of train and validation"


def _transform(making: Making, given: Given) -> Told:
    parts = making.snapshot.parts
    made = transformed(parts["train"], parts["validation"], given.tokenizer, given.config.features)
    why = f"input_ids, cut to {made.max_seq_length}, which holds {made.token_coverage:.2%} of the training texts whole"
    return replace(making, inputs=made), why


def _balance(making: Making, given: Given) -> Told:
    features = given.config.features
    why = f"{features.balance}, power {features.balance_power:g}, of train alone"
    return replace(making, inputs=weighed(making.read_by_training, features)), why


PIPELINE: Final[tuple[Stage[Given], ...]] = (
    Stage("select", ("dataset.contract",), _select),
    Stage("split", ("features.split",), _split),
    Stage("label", (), _label),
    Stage("separate", ("features.near_duplicate_jaccard",), _separate),
    Stage("join", ("labels.weak", "labels.self_training"), _join),
    Stage("sample", ("features.sampling",), _sample),
    Stage("augment", ("features.augmentation",), _augment),
    Stage("inoculate", ("features.inoculation",), _inoculate),
    Stage("create", ("feature_store.groups",), _create),
    Stage("transform", ("features.seq_lengths", "features.max_seq_coverage"), _transform),
    Stage("balance", ("features.balance", "features.balance_power"), _balance),
)
