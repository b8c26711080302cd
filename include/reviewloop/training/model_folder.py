"""The folder that a trained classifier is kept in."""

import json
from pathlib import Path
from typing import Final

from transformers import AutoTokenizer, PreTrainedModel

from reviewloop.core.reviews import SENTIMENTS
from reviewloop.models.encoder.pretrained import fetched
from reviewloop.training.data.vocabulary import whole_vocabulary
from reviewloop.training.job import Job

POLARITIES: Final = (-1, 0, 1)
"""The numbers by which others name the classes of ``SENTIMENTS``, in their order; kept in ``model.json`` for them."""


def save_model_folder(folder: Path, job: Job, model: PreTrainedModel, about: dict[str, object]) -> None:
    """Weights, configuration, tokenizer and ``model.json`` into ``folder``: all that inference needs."""
    with whole_vocabulary(model):
        model.save_pretrained(folder, safe_serialization=True)
    AutoTokenizer.from_pretrained(fetched(job.base_model), local_files_only=True).save_pretrained(folder)
    content = {"kind": "transformer", "labels": list(job.labels), "max_seq_length": job.max_seq_length, **about}
    if job.labels == SENTIMENTS:
        content["polarities"] = list(POLARITIES)
    (folder / "model.json").write_text(json.dumps(content, indent=2, sort_keys=True), encoding="utf-8")
