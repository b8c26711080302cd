"""``make bench-serving``: the endpoint, and what people write instead, with one model on the same cores, in turns.

Leaves ``bench.md`` under ``.local/bench-serving/``. Exit status 1 where the CPU multiplies 8-bit integers and ours is less
than four times the twelve lines.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import numpy as np
from rich.console import Console
from rich.markup import escape

from reviewloop.config import load_config
from reviewloop.core.dataset.snapshots import model_texts
from reviewloop.errors import ReviewloopError
from reviewloop.models.about import read_about
from reviewloop.models.encoder.openvino_runtime import multiplies_int8
from reviewloop.models.predictor import load_predictor
from reviewloop_local.bench.inputs import snapshot
from reviewloop_local.bench_serving.breakdown import break_down
from reviewloop_local.bench_serving.contenders import Contender, contenders
from reviewloop_local.bench_serving.load import Answers, Door, closed_loop, open_loop, run
from reviewloop_local.bench_serving.report import NEEDED, markdown, times_the_twelve_lines, verdicts
from reviewloop_local.bench_serving.results import OURS, Overload, Results, rates, together
from reviewloop_local.errors import LocalError
from reviewloop_local.generated import put
from reviewloop_local.loop.display import new_console
from reviewloop_local.stack.home import Home, home_from

NUM_CLIENTS: Final = 8
NUM_TEXTS: Final = 1000
ROUNDS, QUICK_ROUNDS = 6, 3
TURN_SECONDS, QUICK_TURN_SECONDS = 10.0, 3.0
OVERLOAD_SECONDS, QUICK_OVERLOAD_SECONDS = 60.0, 6.0
WARM_UP_SECONDS: Final = 2.0
RECOVERY_SECONDS: Final = 10.0


def bench(model: Path, texts: Sequence[str], scratch: Path, console: Console, *, quick: bool) -> Results:
    """Run all of it. Raises ``ReviewloopError`` where a contender does not start."""
    max_tokens = int(str(read_about(model)["max_seq_length"]))
    loaded = load_predictor(model)
    results = Results(machine(), loaded.form, len(texts))
    if loaded.why_not_preferred:
        results.notes.append(f"Ours: {loaded.why_not_preferred}.")
    console.print("the parts of a request")
    results.breakdown = break_down(loaded, texts, scratch / "breakdown")
    del loaded
    found, notes = contenders(scratch, max_tokens)
    results.notes += notes
    with ExitStack() as stack:
        doors = {}
        for contender in found:
            console.print(f"{contender.name}: starting")
            door = doors[contender.name] = stack.enter_context(contender.served(model, scratch, texts[0]))
            with door.awake():
                run(closed_loop(door, [contender.body(text) for text in texts], NUM_CLIENTS, WARM_UP_SECONDS))
        bodies = {contender.name: [contender.body(text) for text in texts] for contender in found}
        seconds = QUICK_TURN_SECONDS if quick else TURN_SECONDS
        for number in range(QUICK_ROUNDS if quick else ROUNDS):
            _round(results, found, doors, bodies, seconds)
            so_far = ", ".join(f"{name} {np.mean(rates(rounds)):.0f}/s" for name, rounds in results.closed.items())
            console.print(f"round {number + 1}: {so_far}")
        stack.close()  # the others would share the cores with what follows
        ours = next(contender for contender in found if contender.name == OURS)
        door = stack.enter_context(ours.served(model, scratch, texts[0]))
        _overload(results, door, bodies[OURS], QUICK_OVERLOAD_SECONDS if quick else OVERLOAD_SECONDS, console)
    console.print("many texts on one core")
    results.batch = _batch(model, scratch, texts, max_tokens, QUICK_ROUNDS if quick else ROUNDS)
    return results


def _round(
    results: Results,
    found: Sequence[Contender],
    doors: dict[str, Door],
    bodies: dict[str, list[bytes]],
    seconds: float,
) -> None:
    for contender in found:
        door, own = doors[contender.name], bodies[contender.name]
        with door.awake():
            answers, cpu_ms = _closed(door, own, NUM_CLIENTS, seconds)
            results.closed.setdefault(contender.name, []).append(answers)
            results.cpu_ms.setdefault(contender.name, []).append(cpu_ms)
            answers, cpu_ms = _closed(door, own, 1, seconds / 2)
            results.alone.setdefault(contender.name, []).append(answers)
            if contender.name == OURS:
                results.alone_cpu_ms.append(cpu_ms)


def _closed(door: Door, bodies: list[bytes], num_clients: int, seconds: float) -> tuple[Answers, float]:
    """The answers, and the server's processor time for each in milliseconds."""
    before = _cpu_seconds(door)
    answers = run(closed_loop(door, bodies, num_clients, seconds))
    return answers, 1000 * (_cpu_seconds(door) - before) / max(1, len(answers.good))


def _overload(results: Results, door: Door, bodies: list[bytes], seconds: float, console: Console) -> None:
    capacity = float(np.mean(rates(results.closed[OURS])))
    unloaded = together(results.alone[OURS]).ms(0.5) / 1000
    console.print(f"half of {capacity:.0f} requests a second")
    results.half = run(open_loop(door, bodies, capacity / 2, seconds / 2, seed=1))
    for times in (3.0, 10.0):
        console.print(f"{times:.0f} times {capacity:.0f} requests a second")
        before = _rss_mb(door.port)
        answers = run(open_loop(door, bodies, times * capacity, seconds, seed=2))
        back = run(_recovery(door, bodies, 3 * unloaded))
        results.overloads.append(Overload(times, times * capacity, answers, _rss_mb(door.port) - before, back))


def _cpu_seconds(door: Door) -> float:
    """Processor time of all processes of the server so far."""
    import psutil

    first = psutil.Process(door.group)
    times = [one.cpu_times() for one in (first, *first.children(recursive=True))]
    return float(sum(one.user + one.system for one in times))


async def _recovery(door: Door, bodies: list[bytes], quick_seconds: float) -> float | None:
    """Seconds until an answer is as quick as without load."""
    start = time.perf_counter()
    while time.perf_counter() - start < RECOVERY_SECONDS:
        one: Answers = await closed_loop(door, bodies, 1, 0.001)
        if one.good and one.good[0] <= quick_seconds:
            return time.perf_counter() - start
    return None


def _rss_mb(port: int) -> float:
    """Resident memory of the process that listens there, in 10^6 bytes."""
    import psutil

    for one in psutil.net_connections("tcp"):
        if one.status == psutil.CONN_LISTEN and one.laddr and one.laddr.port == port and one.pid:
            return float(psutil.Process(one.pid).memory_info().rss) / 1e6
    raise LocalError(f"nothing listens on port {port}")


def _batch(model: Path, scratch: Path, texts: Sequence[str], max_tokens: int, rounds: int) -> dict[str, list[float]]:
    kept = scratch / "texts.json"
    kept.write_text(json.dumps(list(texts)), encoding="utf-8")
    program = "reviewloop_local.bench_serving.programs.batch"
    command = [
        sys.executable,
        "-m",
        program,
        str(model),
        str(scratch / "as_trained"),
        str(kept),
        str(max(2, rounds // 2)),
        str(max_tokens),
    ]
    done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 (our own interpreter)
    if done.returncode:
        raise LocalError(f"{program} failed: {done.stderr.strip()[-500:]}")
    found: dict[str, list[float]] = json.loads(done.stdout.splitlines()[-1])
    return found


def machine() -> str:
    """The CPU by name, its cores, and whether it multiplies 8-bit integers."""
    from reviewloop.models.cores import num_cores

    told = Path("/proc/cpuinfo")
    lines = told.read_text(encoding="utf-8").splitlines() if told.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    gains = "with" if multiplies_int8() else "without"
    return f"{names[0] if names else 'a CPU without a name'}, {num_cores()} cores, {gains} 8-bit products"


def newest_model(home: Home) -> Path:
    """The newest fine-tuned model that the stack here has loaded."""
    found = [
        path.parent for path in (home.work / "models").glob("*/model.json") if read_about(path.parent)["kind"] == "transformer"
    ]
    served = [folder for folder in found if read_about(folder).get("form") not in (None, "as_trained")] or found
    if not served:
        raise LocalError("no fine-tuned model lies under .local/work/models: `make run` makes one, or give MODEL=folder")
    return max(served, key=lambda folder: folder.stat().st_mtime)


def main() -> int:
    """Parse, run, print, keep."""
    parser = argparse.ArgumentParser(prog="python -m reviewloop_local.bench_serving", description=__doc__)
    parser.add_argument("--model", type=Path, help="a model folder; by default the newest that the stack here has loaded")
    parser.add_argument("--csv", type=Path, help="a review file, whose validation part is asked; by default sample reviews")
    parser.add_argument("--quick", action="store_true", help="short turns and overloads, under 3 minutes")
    parser.add_argument("--docs", action="store_true", help="also write the tables into docs/benchmarks.md")
    chosen = parser.parse_args()
    console, home = new_console(), home_from(os.environ)
    scratch = home.root / "bench-serving"
    scratch.mkdir(parents=True, exist_ok=True)
    try:
        model = chosen.model or newest_model(home)
        texts = model_texts(snapshot(chosen.csv, load_config()).parts["validation"])[:NUM_TEXTS]
        results = bench(model, list(texts), scratch, console, quick=chosen.quick)
    except (ReviewloopError, LocalError) as error:
        console.print(f"bench: {escape(str(error))}", style="red")
        return 1
    tables = markdown(results)
    (scratch / "bench.md").write_text(tables, encoding="utf-8")
    console.print(escape(tables))
    for line in verdicts(results):
        console.print(escape(line))
    if chosen.docs:
        words = ["make bench-serving", *(["CSV=..."] if chosen.csv else []), *(["QUICK=1"] if chosen.quick else []), "DOCS=1"]
        put("benchmarks.md", " ".join(words), tables)
    return int(multiplies_int8() and times_the_twelve_lines(results).value < NEEDED)


if __name__ == "__main__":
    sys.exit(main())
