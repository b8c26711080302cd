"""One training of ``make study-finetune``, in a process of its own: ``python -m reviewloop_local.studies.finetune_program FOLDER``.

It trains ``FOLDER/job.json`` as the product does, reads ``FOLDER/texts.json`` (token ids) with the result, and leaves
``answers.npy``.
"""

import json
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Final

import numpy as np

from reviewloop.core.reviews import SENTIMENTS
from reviewloop.models.encoder.logits import predict_logits
from reviewloop.models.encoder.transformer import load_classifier
from reviewloop.training.finetune import finetune
from reviewloop.training.job import MODEL, read_job
from reviewloop.training.memory import keep_freed_memory
from reviewloop.training.optimisation.step import adapt
from reviewloop_local.studies import mean_pooling

JOB: Final = "job.json"
TEXTS: Final = "texts.json"
ANSWERS: Final = "answers.npy"
MEAN: Final = "mean"


def main(arguments: list[str]) -> int:
    """``FOLDER`` and, to pool the mean, ``mean``; returns 0."""
    folder, pools_mean = Path(arguments[0]), arguments[1:] == [MEAN]
    keep_freed_memory()
    job = read_job(folder / JOB)
    with mean_pooling.everywhere() if pools_mean else nullcontext():
        finetune(job)
    model = (mean_pooling.load if pools_mean else load_classifier)(job.output / MODEL, SENTIMENTS)
    adapt(model)
    tokens = [np.array(ids, dtype=np.int64) for ids in json.loads((folder / TEXTS).read_text(encoding="utf-8"))]
    logits = predict_logits(model, tokens, job.batch_size, model.config.pad_token_id or 0, job.max_seq_length)
    np.save(folder / ANSWERS, logits.double().softmax(1).numpy())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
