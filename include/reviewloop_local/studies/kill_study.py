"""What does a kill cost? ``python -m reviewloop_local.studies.kill_study [--kills N]``.

The endpoint is killed (SIGKILL) while it answers, again and again on one disk; the next process ships what the last one left. Exit
status 0 only where every answer that a caller got more than one fsync window before a kill is in the lake, and the captured records
prove by their numbers that nothing is missing between a spool's first and its last.
"""

import argparse
import gzip
import json
import random
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
from rich.console import Console
from rich.table import Table

from reviewloop.core.captures import completeness
from reviewloop.serving.captures.spool import FSYNC_SECONDS
from reviewloop_local.loop.display import new_console
from reviewloop_local.studies.endpoint_program import WORDS, FolderLedger, endpoint_of, make_model
from reviewloop_local.studies.swap_study import free_port

NUM_CLIENTS: Final = 3
SECONDS: Final = (0.3, 1.5)
"""Between the first answer of a process and its kill."""


@dataclass
class Kills:
    """``answered``: request id -> seconds before the kill at which its caller had the answer; infinite where there was none."""

    answered: dict[str, float] = field(default_factory=dict)
    num_kills: int = 0
    records: list[dict[str, Any]] = field(default_factory=list)

    def lost(self) -> list[float]:
        """Seconds before the kill, of answers that are captured nowhere."""
        kept = {record["request_id"] for record in self.records if record["event"] == "answer"}
        return sorted((before for request_id, before in self.answered.items() if request_id not in kept), reverse=True)


def study(folder: Path, num_kills: int, hidden: int = 64) -> Kills:
    """Kill, and start again."""
    ledger, kills, draw = FolderLedger(folder), Kills(), random.Random(2)
    place = folder / "models" / "1"
    first = ledger.tell("promoted", "1", make_model(place, 1, hidden), {"source": str(place)})
    for _ in range(num_kills):
        endpoint = endpoint_of(folder, free_port())
        try:
            endpoint.wait_for(first.number)
            at: dict[str, float] = {}
            clients = [threading.Thread(target=_ask_on, args=(endpoint.url, at)) for _ in range(NUM_CLIENTS)]
            for client in clients:
                client.start()
            time.sleep(draw.uniform(*SECONDS))
            killed = time.monotonic()
            endpoint.process.kill()
            for client in clients:
                client.join()
        finally:
            endpoint.process.kill()
            endpoint.end()
        kills.num_kills += 1
        kills.answered |= {request_id: killed - told for request_id, told in at.items()}
    last = endpoint_of(folder, free_port())  # ships what the killed ones left
    try:
        last.wait_for(first.number)
    finally:
        last.end()
    for path in (folder / "captured").rglob("*.gz"):
        kills.records += [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
    return kills


def _ask_on(url: str, at: dict[str, float]) -> None:
    """Until the process is gone."""
    draw = random.Random(3)
    with httpx.Client(base_url=url, timeout=10) as http:
        while True:
            try:
                answer = http.post("/predict", json={"reviews": [{"text": " ".join(draw.choices(WORDS, k=8))}]})
            except httpx.TransportError:
                return
            if answer.status_code == 200:
                at[answer.json()["request_id"]] = time.monotonic()


def report(console: Console, kills: Kills) -> bool:
    """Print it; whether it is as promised."""
    lines, lost = completeness(kills.records), kills.lost()
    table = Table(title=f"{kills.num_kills} kills", title_justify="left", min_width=60)
    for column in ("", "found"):
        table.add_column(column)
    table.add_row("answers that callers got", f"{len(kills.answered):,}")
    table.add_row("of them captured nowhere", f"{len(lost)}")
    table.add_row("the oldest of these, before its kill", f"{1000 * lost[0]:.0f} ms" if lost else "none")
    table.add_row("spools", f"{len(lines)}")
    table.add_row("numbers that are missing within a spool", f"{sum(line.lost for line in lines)}")
    console.print(table)
    return len(kills.answered) > 0 and not any(line.lost for line in lines) and all(before <= FSYNC_SECONDS for before in lost)


def main() -> int:
    """Run the study."""
    parser = argparse.ArgumentParser(prog="make study-kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        kills = study(Path(folder), chosen.kills)
    return 0 if report(new_console(), kills) else 1


if __name__ == "__main__":
    sys.exit(main())
