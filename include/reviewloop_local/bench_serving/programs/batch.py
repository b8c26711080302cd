"""Many texts on one core, in turns: ours, and ``transformers.pipeline`` in fp32 with padded batches.

``python -m reviewloop_local.bench_serving.programs.batch FOLDER AS_TRAINED TEXTS ROUNDS``; writes seconds of each as JSON.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Final

BATCH_SIZE: Final = 32


def main() -> None:
    """One thread each, for both have one core."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    import torch
    from transformers import pipeline

    from reviewloop.models.predictor import load_predictor

    torch.set_num_threads(1)
    texts = json.loads(Path(sys.argv[3]).read_text(encoding="utf-8"))
    ours = load_predictor(Path(sys.argv[1]))
    theirs = pipeline(
        "text-classification", sys.argv[2], top_k=None, truncation=True, max_length=int(sys.argv[5]), batch_size=BATCH_SIZE
    )
    found: dict[str, list[float]] = {"ours": [], "pipeline": []}
    for _ in range(int(sys.argv[4]) + 1):
        for name, read in (("ours", ours.predict_proba), ("pipeline", theirs)):
            start = time.perf_counter()
            read(texts)
            found[name].append(time.perf_counter() - start)
    print(json.dumps({name: seconds[1:] for name, seconds in found.items()}))


if __name__ == "__main__":
    main()
