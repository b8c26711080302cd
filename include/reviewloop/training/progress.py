"""``metrics.jsonl``: one JSON object a line, in the order of the steps, for whoever follows the run; and the same in the log.

The log's lines are what SageMaker reads metrics from: ``train step=120 loss=0.61 ...``, ``validation step=580 ... macro_f1=0.71``.
"""

import json
import logging
import os
import time
from pathlib import Path
from typing import Any, Final

log = logging.getLogger("finetune")
_NUMBER: Final = "([0-9.e+-]+)"
METRIC_DEFINITIONS: Final[list[dict[str, str]]] = [
    {"Name": f"{kind}.{name}", "Regex": rf"{kind} step=[0-9]+ .*\b{name}={_NUMBER}"}
    for kind, names in {
        "train": ("loss", "learning_rate", "samples_per_second"),
        "validation": ("loss", "accuracy", "macro_f1"),
    }.items()
    for name in names
]
"""How SageMaker finds the metrics in the log, in the form in which its API takes them."""


class Progress:
    """Appends lines. ``kind`` is ``train`` (every few steps) or ``validation`` (once an epoch).

    After a resume the lines since the checkpoint are written again with the same values: a reader goes by step and kind.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._is_open = False

    def write(self, kind: str, step: int, num_steps: int, **values: float) -> None:
        """Append one line, and log it."""
        if not self._is_open:
            self._cut_half_a_line()
            self._is_open = True
        line: dict[str, Any] = {"kind": kind, "step": step, "num_steps": num_steps, "time": round(time.time(), 1)}
        with self._path.open("a", encoding="utf-8") as sink:
            sink.write(json.dumps(line | values) + "\n")
        log.info("%s step=%d %s", kind, step, " ".join(f"{name}={value:.6g}" for name, value in values.items()))

    def _cut_half_a_line(self) -> None:
        """A killed writer may have left one. Only the end goes: were the file written anew, a kill now would take all lines."""
        if self._path.exists():
            os.truncate(self._path, self._path.read_bytes().rfind(b"\n") + 1)
