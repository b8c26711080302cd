"""The reviews that every contender trains on, made by the product's own rules and no service."""

from pathlib import Path
from typing import Final

import pandas as pd

from reviewloop.adapters.lake.frames import to_parquet
from reviewloop.config import Config, load_config
from reviewloop.core.dataset.model_inputs import model_inputs
from reviewloop.core.dataset.snapshots import Snapshot, model_texts, split_snapshot
from reviewloop.core.delivery.parsing import parse_whole
from reviewloop.models.encoder.pretrained import fetched
from reviewloop.models.encoder.tokenizer import load_tokenizer
from reviewloop_local.bench.recipe import Recipe
from reviewloop_local.errors import LocalError
from reviewloop_local.sample.reviews import make_reviews, to_csv_bytes

MAX_SEQ_LENGTH: Final = 128
"""The customer's."""
EPOCHS: Final = 2
BATCH_SIZE: Final = 32
NUM_SAMPLE_ROWS: Final = 8000
"""More than are trained on: the part that is held out must be large, for the contenders lie close together."""
DAY: Final = "2026-01-01"


def prepare(folder: Path, csv: Path | None, *, model: str | None, num_train_rows: int, turn_steps: int) -> Recipe:
    """Write the three parts and the recipe into ``folder``.

    At most ``num_train_rows`` are trained on, a multiple of the batch size, so that every step is of the same size.
    ``model`` is named as in the configuration, which names it where this is ``None``. Raises ``LocalError`` for a file
    that is not there or too small, ``DataRejected`` for one that holds no reviews.
    """
    config = load_config()
    settings = config.training.transformer
    model = model or settings.model
    tokenizer = load_tokenizer(model)
    data = snapshot(csv, config)
    features = config.features.model_copy(update={"seq_lengths": (MAX_SEQ_LENGTH,)})
    inputs = model_inputs(data.parts["train"], data.parts["validation"], tokenizer, features)

    num_rows = min(num_train_rows, len(inputs.train)) // BATCH_SIZE * BATCH_SIZE
    if num_rows < 2 * BATCH_SIZE:
        raise LocalError(f"{num_rows} training rows: too few to measure on; give at least {2 * BATCH_SIZE}")
    train = inputs.train.sample(num_rows, random_state=config.training.seed)
    held_out = data.parts["test"]
    held_out_ids = tokenizer.token_ids(model_texts(held_out), MAX_SEQ_LENGTH)
    recipe = Recipe(
        folder=folder,
        base_model=str(fetched(model)),
        num_train_rows=num_rows,
        mean_tokens=float(train["input_ids"].map(len).mean()),
        max_seq_length=MAX_SEQ_LENGTH,
        epochs=EPOCHS,
        batch_size=BATCH_SIZE,
        learning_rate=settings.learning_rate,
        head_learning_rate=settings.head_learning_rate,
        seed=config.training.seed,
        turn_steps=turn_steps,
    )
    recipe.part("train").parent.mkdir(parents=True)
    recipe.part("train").write_bytes(to_parquet(train[["input_ids", "label", "weight"]]))
    recipe.part("validation").write_bytes(to_parquet(inputs.validation[["input_ids", "label"]]))
    with_ids = held_out.assign(input_ids=pd.Series(held_out_ids, index=held_out.index, dtype=object))
    recipe.part("held_out").write_bytes(to_parquet(with_ids[["input_ids", "label"]]))
    recipe.path.write_text(recipe.model_dump_json(indent=2), encoding="utf-8")
    return recipe


def snapshot(csv: Path | None, config: Config) -> Snapshot:
    """The reviews of a file, or sample reviews, labelled and split. Raises as ``prepare`` does."""
    if csv is not None and not csv.is_file():
        raise LocalError(f"CSV: {csv} is not a file; name a review file with Kaggle's columns, or none")
    name, data = (csv.name, csv.read_bytes()) if csv else ("sample.csv", to_csv_bytes(make_reviews(NUM_SAMPLE_ROWS)))
    _, reviews, _ = parse_whole(name, data, config.contract, config.dataset.limits)
    return split_snapshot(reviews.assign(day=DAY), config.contract, config.features.split.validation, config.features.split.test)
