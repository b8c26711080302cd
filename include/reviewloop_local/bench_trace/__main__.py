"""How long a trace takes with many versions in the ledger: ``python -m reviewloop_local.bench_trace``.

The lake is generated and lies in an S3 of its own. Each question is asked as its command, process start included: once of a lake
without the ledger's segments and without what the snapshots' manifests say, then again. Exit status 1 where one of the later ones
takes two seconds or more.
"""

import argparse
import resource
import subprocess
import sys
import time
from itertools import chain as each
from typing import Final

from reviewloop_local.bench_trace import stories
from reviewloop_local.loop.own_stack import own_stack
from reviewloop_local.loop.run import make_buckets

LIMIT_SECONDS: Final = 2.0


def main() -> int:
    """Exit status."""
    parser = argparse.ArgumentParser(prog="python -m reviewloop_local.bench_trace", description=__doc__)
    parser.add_argument("--versions", type=int, default=10_000, help="models that were judged (default: 10000)")
    parser.add_argument("--days", type=int, default=60, help="curated days behind each of them (default: 60)")
    chosen = parser.parse_args()
    with own_stack() as stack:
        stack.up_stores(lambda line: print(line, file=sys.stderr))
        make_buckets()
        batches = stories.days(chosen.days)
        middle = max(1, chosen.versions // 2 // 3 * 3 + 1)
        made = list(stories.versions(chosen.versions, batches, [middle]))
        one = made[middle - 1][0]
        events = stories.chain(each.from_iterable(drafts for _, drafts in made))
        stories.lay(events)
        for day, batch in batches.items():
            stories.score(day, batch, one)
        print(f"{len(made):,} models, {len(events):,} events, {len(batches)} days; the first trace reads every event: ", end="")
        print(f"{_asked(one.version):.1f} s", flush=True)
        day = min(batches)
        print(f"the first trace of a curated batch reads every snapshot's manifest: {_asked(batches[day]):.1f} s", flush=True)
        subjects = {
            "version": one.version, "prediction": f"{day}/1", "snapshot": one.snapshot.digest,
            "refused model": next(found.digest for found, _ in made if found.fate == "refused"), "curated batch": batches[day],
        }  # fmt: skip
        slow = []
        for name, subject in subjects.items():
            began = _processor()
            seconds = _asked(subject, may_lack=name == "refused model")
            print(f"{name:<15} {seconds:5.2f} s, of them {_processor() - began:5.2f} s of processor", flush=True)
            slow += [name] if seconds >= LIMIT_SECONDS else []
    if slow:
        print(f"{LIMIT_SECONDS:g} s or more: {', '.join(slow)}")
    return 1 if slow else 0


def _processor() -> float:
    """Seconds that ended commands took of a processor."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _asked(subject: str, *, may_lack: bool = False) -> float:
    """Seconds of the command. Raises ``RuntimeError`` where its trace is not complete."""
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "reviewloop", "trace", subject], capture_output=True, text=True, check=False)  # noqa: S603 (ours)
    seconds = time.perf_counter() - began
    if done.returncode and not may_lack:
        raise RuntimeError(f"trace {subject}: {done.stderr.strip() or done.stdout[-1000:]}")
    return seconds


if __name__ == "__main__":
    raise SystemExit(main())
