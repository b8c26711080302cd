"""Every contender's model on the same rows, by the same code: ``... judge recipe.json CONTENDER ...``."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from transformers import AutoModelForSequenceClassification

from reviewloop.core.reviews import SENTIMENTS
from reviewloop.files import write_json
from reviewloop.models.encoder.device import pick_device
from reviewloop.models.encoder.logits import predict_logits
from reviewloop.training.data.data import read_part
from reviewloop_local.bench.recipe import PREDICTIONS, Part, Recipe, read_recipe

PARTS: Final[tuple[Part, ...]] = ("validation", "held_out")


def judge(recipe: Recipe, names: Sequence[str]) -> None:
    """Write ``{part: {"labels": [...], contender: [...]}}``, class ids in the order of the rows."""
    parts = {part: read_part(recipe.part(part), recipe.max_seq_length, len(SENTIMENTS)) for part in PARTS}
    found = {part: {"labels": rows.labels.tolist()} for part, rows in parts.items()}
    for name in names:
        folder = recipe.home(name) / "model"
        model = AutoModelForSequenceClassification.from_pretrained(folder, use_safetensors=True, local_files_only=True)
        model.to(pick_device())
        pad_id = model.config.pad_token_id or 0
        for part, rows in parts.items():
            logits = predict_logits(model, rows.tokens, recipe.batch_size, pad_id, recipe.max_seq_length)
            found[part][name] = logits.argmax(1).tolist()
    write_json(recipe.folder / PREDICTIONS, found)


if __name__ == "__main__":
    judge(read_recipe(Path(sys.argv[1])), sys.argv[2:])
