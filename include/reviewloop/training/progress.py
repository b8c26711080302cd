"""``metrics.jsonl``: one JSON object a line, in the order of the steps, for whoever follows the run."""

import json
import time
from pathlib import Path
from typing import Any


class Progress:
    """Appends lines. ``kind`` is ``train`` (every few steps) or ``validation`` (once an epoch).

    After a resume the lines since the checkpoint are written again with the same values: a reader goes by step and kind.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        if path.exists():  # a killed writer may leave half a line
            data = path.read_bytes()
            path.write_bytes(data[: data.rfind(b"\n") + 1])

    def write(self, kind: str, step: int, num_steps: int, **values: float) -> None:
        """Append one line."""
        line: dict[str, Any] = {"kind": kind, "step": step, "num_steps": num_steps, "time": round(time.time(), 1)}
        with self._path.open("a", encoding="utf-8") as sink:
            sink.write(json.dumps(line | values) + "\n")
