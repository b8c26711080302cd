"""The report page of a fine-tune, built from the folder of its job: finished, failed or still under way."""

import json
import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from reviewloop.adapters.jobs import process
from reviewloop.config import RuleConfig
from reviewloop.core.watch_rules import RULES, meaning
from reviewloop.core.watch_rules.records import FILES, read_records
from reviewloop.pages.links import Links
from reviewloop.pages.training.figures import training_figures
from reviewloop.pages.training.history import SeedHistory, Training, in_order
from reviewloop.pages.training.page import training_page
from reviewloop.pages.training.series import Record, number

_LOG_LINES: Final = 40
_FILES: Final = {"steps": ("step", "time"), "tensors": ("step", "time"), "system": ("time",), "epochs": ("epoch", "step", "time")}
"""The watch's files, and the fields without which a line of them is no record: all numbers."""


def build(folder: Path, links: Links | None) -> bytes:
    """The page of the job in ``folder`` as HTML. The same files give the same bytes.

    ``links`` is ``None`` for a copy that lies elsewhere than among the reports.
    Raises ``FileNotFoundError`` when there is no ``job.json``: whatever else is missing is said on the page.
    """
    training = read_training(folder)
    return training_page(training, training_figures(training), {rule: meaning(rule) for rule in RULES}, links).encode()


def read_training(folder: Path) -> Training:
    """What the job's folder holds. Several seeds have a folder each, ``seed-<n>``."""
    job = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    found = {int(path.name.removeprefix("seed-")): path for path in folder.glob("seed-*") if path.name[5:].isdigit()}
    runs = [_read_run(path, seed) for seed, path in sorted(found.items())] or [_read_run(folder, int(job.get("seed", 0)))]
    return Training(
        job=job,
        result=_read_json(folder / process.RESULT),
        failure=_read_json(folder / process.FAILURE),
        runs=runs,
        num_rows=_num_rows(Path(str(job.get("train", "nowhere")))),
        log_tail=process.log_tail(folder, _LOG_LINES) if (folder / process.LOG).exists() else "",
    )


def _read_run(folder: Path, seed: int) -> SeedHistory:
    watch = folder / "watch"
    unreadable = 0
    records: dict[str, list[Record]] = {}
    for name, keys in _FILES.items():
        lines, num_lost = _lines(watch / f"{name}.jsonl", keys)
        records[name] = in_order(lines, keys[0])
        unreadable += num_lost
    metrics, num_lost = _lines(folder / "metrics.jsonl", ("step", "time"))
    findings, num_nameless = _lines(watch / "findings.jsonl", ())
    named = [finding for finding in findings if finding.get("rule")]
    unreadable += num_lost + num_nameless + len(findings) - len(named)
    by_kind = in_order([{"kind": "", **line} for line in metrics], "kind", "step")
    return SeedHistory(
        seed=seed,
        metrics=by_kind,
        steps=records["steps"],
        tensors=records["tensors"],
        system=records["system"],
        epochs=records["epochs"],
        findings=named,
        observations=_observations(watch),
        num_unreadable=unreadable,
    )


def _observations(watch: Path) -> dict[str, int]:
    """How many records gave each rule something to look at."""
    counts: Counter[str] = Counter()
    for kind, name in FILES.items():
        records: list[Any] = read_records(kind, (watch / name).read_bytes()) if (watch / name).is_file() else []
        for rule in RULES.values():
            if kind in rule.reads:
                judge = rule(RuleConfig(action="note", threshold=0, patience=1))  # asked what it looks at, not what it finds
                counts[rule.name] += sum(map(judge.applies, records))
    return dict(counts)


def _lines(path: Path, keys: Sequence[str]) -> tuple[list[Record], int]:
    """The records of a JSON Lines file that hold a number under each of ``keys``, and how many lines are none.

    A last line without its end is still being written, or was when its writer was killed: it does not count.
    """
    if not path.exists():
        return [], 0
    data = path.read_bytes()
    lines = data[: data.rfind(b"\n") + 1].splitlines()
    records = [record for line in lines if (record := _record(line, keys)) is not None]
    return records, len(lines) - len(records)


def _record(line: bytes, keys: Sequence[str]) -> Record | None:
    try:
        value = json.loads(line)
    except ValueError:
        return None
    if not isinstance(value, dict) or not all(math.isfinite(number(value.get(key))) for key in keys):
        return None
    return value


def _read_json(path: Path) -> dict[str, Any] | None:
    if not path.exists():
        return None
    value: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return value


def _num_rows(path: Path) -> int | None:
    """Rows of a Parquet file or of a folder of them, from their footers; ``None`` where they are not on this machine."""
    import pyarrow.parquet as pq

    found = sorted(path.glob("*.parquet")) if path.is_dir() else [path] if path.is_file() else []
    return sum(int(pq.read_metadata(one).num_rows) for one in found) if found else None
