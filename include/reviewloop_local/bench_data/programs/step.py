"""Run one step of an ingest and tell what it cost: ``python step.py STEP ARGUMENT``, both as JSON, the ref of the step before.

Imports nothing but the steps, which it finds by their names: so it measures any commit that stands on ``PYTHONPATH``.
"""

import importlib
import json
import pkgutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, get_type_hints


def find(name: str) -> Any:
    """The step ``name``, whatever folder it stands in."""
    import reviewloop.steps

    for module in pkgutil.walk_packages(reviewloop.steps.__path__, "reviewloop.steps."):
        if module.name.rpartition(".")[2] == name and not module.ispkg:
            return getattr(importlib.import_module(module.name), name)
    raise LookupError(f"no step {name}")


def read_for_scoring(curated: Any) -> None:
    """The texts of a curated day as the model is given them: what batch scoring does before the model's first product."""
    from reviewloop.adapters.lake import artifacts
    from reviewloop.adapters.lake.frames import parquet_rows
    from reviewloop.core.dataset.snapshots import model_texts

    artifact = artifacts.open_artifact(curated["uri"])
    with tempfile.TemporaryDirectory() as folder:
        for piece in parquet_rows(artifact.fetch("reviews.parquet", Path(folder)), ("review_id", "title", "text")).pieces():
            model_texts(piece)


def peak_mb() -> float:
    """The most memory that this process has held, in 10^6 bytes; ``ru_maxrss`` would count its parent's before it began."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024 / 1e6


def main() -> None:
    """Print one line of JSON: ``seconds`` by the clock and of the processor, the peak of memory, and the ref."""
    name, given = sys.argv[1], json.loads(sys.argv[2])
    call: Any = read_for_scoring
    if name != "read_for_scoring":
        call = find(name)
        (kind, *_) = get_type_hints(call).values()
        given = kind.model_validate(given) if hasattr(kind, "model_validate") else given
    clock, processor = time.perf_counter(), time.process_time()
    ref = call(given)
    found = {"seconds": time.perf_counter() - clock, "processor": time.process_time() - processor, "peak_mb": peak_mb()}
    print(json.dumps({**found, "ref": ref.model_dump(mode="json") if ref is not None else None}))


if __name__ == "__main__":
    main()
