"""The metrics file of a running fine-tune, followed into MLflow and the log."""

import json
import logging
import time
from pathlib import Path
from typing import Any

from reviewloop.adapters.mlflow import runs

log = logging.getLogger(__name__)
LOG_SECONDS = 10.0
"""A progress line at most this often: every line costs the task log more than it tells."""


class MetricsFollower:
    """Forwards each new line of ``path`` to an MLflow run, under names that begin with ``prefix``.

    A resumed job writes the steps since its checkpoint again, so only the first line of each step and kind counts. After a
    reconnect all lines are sent once more; MLflow drops points that it has.
    """

    def __init__(self, path: Path, run_id: str, batch_size: int, prefix: str = "") -> None:
        self._path = path
        self._run_id = run_id
        self._batch_size = batch_size
        self._prefix = prefix
        self._offset = 0
        self._last = {"train": 0, "validation": 0}
        self._logged_at = float("-inf")

    def forward(self) -> None:
        """Send what is new."""
        lines = [line for line in self._read() if line["step"] > self._last[line["kind"]]]
        for line in lines:
            values = {k: v for k, v in line.items() if k not in {"kind", "step", "num_steps", "time"}}
            named = {f"{self._prefix}{line['kind']}.{k}": v for k, v in values.items()}
            runs.log_metrics(self._run_id, named, at_step=line["step"])
            self._last[line["kind"]] = line["step"]
            if line["kind"] == "validation":
                metrics = f"accuracy {line['accuracy']:.4f}, macro-F1 {line['macro_f1']:.4f}"
                log.info("epoch %d ends: validation loss %.3f, %s", line["epoch"], line["loss"], metrics)
        trained = [line for line in lines if line["kind"] == "train"]
        if trained and time.monotonic() - self._logged_at >= LOG_SECONDS:
            log.info(describe(trained[-1], self._batch_size))
            self._logged_at = time.monotonic()

    def _read(self) -> list[dict[str, Any]]:
        if not self._path.exists():
            return []
        with self._path.open("rb") as source:
            source.seek(self._offset)
            data = source.read()
        whole = data[: data.rfind(b"\n") + 1]  # the last line may be half written
        self._offset += len(whole)
        return [json.loads(line) for line in whole.splitlines()]


def describe(line: dict[str, Any], batch_size: int) -> str:
    """One training line in words: ``step 120/590, loss 0.61, 55 samples/s, 4.6 min left``."""
    rate = line["samples_per_second"]
    minutes = (line["num_steps"] - line["step"]) * batch_size / max(rate, 1e-9) / 60
    return f"step {line['step']}/{line['num_steps']}, loss {line['loss']:.2f}, {rate:.0f} samples/s, {minutes:.1f} min left"
