"""``make bench-forms``: one fine-tuned model in eleven forms, raced on the time of one review and on the answers that change.

Every form reads the same reviews of the validation part alone, on one core, in turns; then the answers are compared with those of
the weights as trained, in fp32, and a text's answer alone with its answer in a batch of 32. Leaves ``forms.md`` under
``.local/bench-forms/``.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rich.markup import escape

from reviewloop.config import load_config
from reviewloop.core.dataset.snapshots import model_texts
from reviewloop.core.statistics.bootstrap import macro_f1_difference
from reviewloop.errors import ReviewloopError
from reviewloop.models.about import read_about
from reviewloop.models.encoder.token_reader import load_token_reader
from reviewloop.serving.captures.records import one_line
from reviewloop_local.bench.inputs import snapshot
from reviewloop_local.bench_forms.forms import AS_TRAINED, PACKAGES, Form, Ids, Read, forms
from reviewloop_local.bench_serving.__main__ import machine, newest_model
from reviewloop_local.errors import LocalError
from reviewloop_local.generated import put
from reviewloop_local.loop.display import new_console
from reviewloop_local.stack.home import home_from
from reviewloop_local.studies.drift_study import interval
from reviewloop_local.studies.markdown import table

ROUNDS: Final = 6
NUM_TIMED: Final = 40
"""Texts a turn."""
NUM_TEXTS: Final = 1000
NUM_CALIBRATION: Final = 300
"""Texts that set the scales of the forms whose scales are set beforehand."""
COMPANY: Final = 32
NUM_RESAMPLES: Final = 2000
SEED: Final = 20260101


@dataclass
class Ran:
    """What one form did. ``alone`` and ``in_company``: probabilities (n, 3) of the same texts."""

    ms: list[float] = field(default_factory=list)
    alone: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 3)))
    in_company: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 3)))


def race(chosen: Sequence[Form], rows: Sequence[Ids]) -> tuple[dict[str, Ran], list[str]]:
    """All forms that can be made here, and a line on each that cannot."""
    ready, notes, found = dict[str, Read](), [], dict[str, Ran]()
    for form in chosen:
        try:
            ready[form.name] = form.make()
            ready[form.name](rows[:1])
        except Exception as error:  # a runtime that cannot take the model is a result, too
            notes.append(f"{form.name} did not race: {one_line(error)}")
            continue
        found[form.name] = Ran()
        print(f"{form.name}: ready", file=sys.stderr, flush=True)
    for number in range(ROUNDS + 1):
        turn = [rows[place % len(rows)] for place in range(number * NUM_TIMED, (number + 1) * NUM_TIMED)]
        for name, read in ready.items():
            begun = time.process_time()
            for row in turn:
                read([row])
            if number:  # the first turn warms up
                found[name].ms.append(1000 * (time.process_time() - begun) / len(turn))
    for name, read in ready.items():
        found[name].alone = np.concatenate([read([row]) for row in rows])
        batches = [rows[place : place + COMPANY] for place in range(0, len(rows), COMPANY)]
        found[name].in_company = np.concatenate([read(batch) for batch in batches])
        print(f"{name}: {np.median(found[name].ms):.1f} ms", file=sys.stderr, flush=True)
    return found, notes


def markdown(found: Mapping[str, Ran], labels: NDArray[np.int64]) -> str:
    """A row a form."""
    base = found[AS_TRAINED]
    head = [
        "form",
        "ms a review",
        "times as fast",
        "answers changed (95 %)",
        "macro-F1 against fp32 (95 %)",
        "alone and in a batch of 32",
    ]
    return table(head, [_row(name, ran, base, labels) for name, ran in found.items()])


def _row(name: str, ran: Ran, base: Ran, labels: NDArray[np.int64]) -> list[str]:
    times = np.array(base.ms) / np.array(ran.ms)
    answers, before = ran.alone.argmax(axis=1), base.alone.argmax(axis=1)
    changed, apart = int((answers != before).sum()), float(np.abs(ran.alone - ran.in_company).max())
    flips = int((answers != ran.in_company.argmax(axis=1)).sum())
    compared = macro_f1_difference(labels, answers, before, NUM_RESAMPLES, SEED)
    low, high = interval(changed, len(labels))
    return [
        name, f"{np.median(ran.ms):.1f}", f"{np.median(times):.2f} ({times.min():.2f} to {times.max():.2f})",
        f"{changed / len(labels):.2%} ({low:.2%} to {high:.2%})",
        f"{compared.delta:+.4f} ({compared.low:+.4f} to {compared.high:+.4f})",
        "the same bits" if apart == 0 else f"up to {apart:.0e} apart, {flips} of {len(labels):,} another answer",
    ]  # fmt: skip


def _packages(folder: Path) -> list[str]:
    """Install the other runtimes beside the product; why not, where they cannot be had."""
    if folder.is_dir():
        return []
    pip = (sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(folder), *PACKAGES)
    done = subprocess.run(pip, check=False, capture_output=True, text=True)  # noqa: S603 (names from this package)
    if done.returncode == 0:
        return []
    shutil.rmtree(folder, ignore_errors=True)
    return [f"ONNX Runtime and CTranslate2 did not race: {', '.join(PACKAGES)} could not be installed here"]


def main() -> int:
    """Parse, race, print, keep."""
    parser = argparse.ArgumentParser(prog="make bench-forms", description=__doc__.partition("\n")[0], allow_abbrev=False)
    parser.add_argument("--model", type=Path, help="a model folder; by default the newest that the stack here has loaded")
    parser.add_argument("--csv", type=Path, help="a review file, whose validation part is asked; by default sample reviews")
    parser.add_argument("--docs", action="store_true", help="also write the table into docs/serving.md")
    chosen = parser.parse_args()
    console, home = new_console(), home_from(os.environ)
    scratch = home.root / "bench-forms"
    shutil.rmtree(scratch / "made", ignore_errors=True)
    (scratch / "made").mkdir(parents=True)
    try:
        model = chosen.model or newest_model(home)
        config = load_config()
        parts = snapshot(chosen.csv, config).parts
        tokens = load_token_reader(model, int(str(read_about(model)["max_seq_length"])))
        rows = [item.content for item in tokens.prepare(list(model_texts(parts["validation"]))[:NUM_TEXTS])]
        calibration = [item.content for item in tokens.prepare(list(model_texts(parts["train"]))[:NUM_CALIBRATION])]
    except (ReviewloopError, LocalError) as error:
        console.print(f"bench-forms: {escape(str(error))}", style="red")
        return 1
    notes = _packages(scratch / "packages")
    here = machine()
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    import torch

    torch.set_num_threads(1)
    found, refused = race(forms(model, calibration, scratch / "packages", scratch / "made"), rows)
    labels = parts["validation"]["label"].to_numpy(dtype=np.int64)[:NUM_TEXTS]
    about = f"{here}, one of them used; {len(rows):,} reviews, {ROUNDS} turns of {NUM_TIMED}; intervals of speed are over turns."
    tables = "\n\n".join([about, markdown(found, labels), *notes, *refused])
    (scratch / "forms.md").write_text(tables, encoding="utf-8")
    console.print(escape(tables))
    if chosen.docs:
        put("serving.md", f"make bench-forms{' CSV=...' if chosen.csv else ''} DOCS=1", tables)
    return 0


if __name__ == "__main__":
    sys.exit(main())
